// Slows down an object that is reconciled too often: two writers that undo each other, or a reconciler that
// wakes itself, would otherwise take the whole controller.
//
// Any thread. Each key has a bucket of kBurst runs that fills up again by kPerSecond. An empty bucket opens
// the breaker: the key then runs once every kSlowed until its bucket is half full.
#pragma once

#include <map>
#include <mutex>

#include "base/clock.h"
#include "manifests/resource.h"

namespace proffer::reconcile {

class CircuitBreaker {
 public:
  static constexpr double kBurst = 100;
  static constexpr double kPerSecond = 2;
  static constexpr Duration kSlowed = std::chrono::seconds(10);

  enum class Verdict { kRun, kOpened, kOpen };
  struct Answer {
    Verdict verdict = Verdict::kRun;
    Duration wait{0};  ///< for kOpened and kOpen: how long to put the run off
  };
  /// Asked before every run; kRun counts as one.
  Answer ask(const ResourceKey& key, Time now);
  void forget(const ResourceKey& key);

 private:
  struct Bucket {
    double tokens = kBurst;
    Time filled{};
    bool open = false;
    Time lastRun{};
  };
  std::mutex mutex_;
  std::map<ResourceKey, Bucket> buckets_;
};

}  // namespace proffer::reconcile
