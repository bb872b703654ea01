// Remembers the signatures of requests that changed something, so that nobody who overheard one can send it
// again.
//
// Any thread. Memory is bounded: at most `capacity` signatures, some 100 bytes each, for as long as the time
// window would let them in. When it is full, further ones are refused, not forgotten.
//
// A signature names one second of its signer's clock, so an honest client that makes the same call twice
// within that second signs the same, and the service answers both. So the same signature is let in again, a
// few times, within two seconds of the first, and never later.
#pragma once

#include <mutex>
#include <queue>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"

namespace proffer::auth {

class ReplayGuard {
 public:
  explicit ReplayGuard(size_t capacity = 1 << 17) : capacity_(capacity) {}

  enum class Verdict { kNew, kReplay, kFull };
  /// `validUntil`: when the time window closes.
  Verdict note(std::string_view signature, Time now, Time validUntil);
  /// The request came to nothing (a failure of ours): it may be sent again.
  void forget(std::string_view signature);
  size_t size() const;

 private:
  struct Seen {
    Time first{};
    int times = 0;
    uint64_t serial = 0;
  };
  struct Due {
    Time until{};
    Hash128 signature;
    uint64_t serial = 0;
    bool operator>(const Due& other) const { return until > other.until; }
  };
  struct HashOf {
    size_t operator()(const Hash128& hash) const { return hash.low; }
  };
  void expire(Time now);

  const size_t capacity_;
  mutable std::mutex mutex_;
  std::unordered_map<Hash128, Seen, HashOf> seen_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  uint64_t serial_ = 0;
};

}  // namespace proffer::auth
