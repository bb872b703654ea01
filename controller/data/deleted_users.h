// Which users were deleted, up to which sequence number: by a salted hash of their ids, so that the list does
// not say who they were. Any thread.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "controller/store/group_log.h"

namespace proffer::data {

class DeletedUsers {
 public:
  void setSalt(int64_t salt) {
    std::lock_guard guard(mutex_);
    salt_ = salt;
  }
  int64_t salt() const {
    std::shared_lock guard(mutex_);
    return salt_;
  }
  void add(const store::DeletedUserRow& row) {
    std::lock_guard guard(mutex_);
    rows_[row.hash] = row;
  }
  int64_t size() const {
    std::shared_lock guard(mutex_);
    return static_cast<int64_t>(rows_.size());
  }
  static std::string hashOf(int64_t salt, std::string_view id) {
    std::string salted(reinterpret_cast<const char*>(&salt), sizeof salt);
    salted += id;
    return hashHex(hash128(salted));
  }
  /// Nothing: was not deleted.
  std::optional<store::DeletedUserRow> find(std::string_view id) const {
    std::shared_lock guard(mutex_);
    if (rows_.empty()) return std::nullopt;
    const auto found = rows_.find(hashOf(salt_, id));
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
  }
  /// Whether what a user did with this sequence number is to be forgotten.
  bool forgets(std::string_view id, int64_t sequence) const {
    const auto row = find(id);
    return row && sequence <= row->sequence;
  }

 private:
  mutable std::shared_mutex mutex_;
  int64_t salt_ = 0;
  absl::flat_hash_map<std::string, store::DeletedUserRow> rows_;
};

}  // namespace proffer::data
