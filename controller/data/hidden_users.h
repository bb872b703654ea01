// Users that were deleted, as readers of segments see them: their rows in segments are hidden, in all that
// were imported, whenever that was, and in those of streamed data as old as the deletion.
//
// Any thread; what is added is in effect at once.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <shared_mutex>

namespace proffer::data {

class HiddenUsers {
 public:
  /// `segment`: the newest one that may hold what is to be hidden.
  void add(uint32_t user, int64_t segment) {
    std::lock_guard guard(mutex_);
    users_[user] = segment;
    any_.store(true, std::memory_order_release);
  }
  bool any() const { return any_.load(std::memory_order_acquire); }
  bool hides(uint32_t user, bool streamed, int64_t segment) const {
    if (!any()) return false;
    std::shared_lock guard(mutex_);
    const auto found = users_.find(user);
    return found != users_.end() && (!streamed || segment <= found->second);
  }

 private:
  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<uint32_t, int64_t> users_;
  std::atomic<bool> any_{false};
};

}  // namespace proffer::data
