#include "controller/reconcile/circuit_breaker.h"

#include <algorithm>

namespace proffer::reconcile {

CircuitBreaker::Answer CircuitBreaker::ask(const ResourceKey& key, Time now) {
  std::lock_guard guard(mutex_);
  const auto [entry, isNew] = buckets_.try_emplace(key);
  Bucket& bucket = entry->second;
  if (!isNew) {
    const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
    bucket.tokens = std::min(kBurst, bucket.tokens + std::max(0.0, seconds) * kPerSecond);
  }
  bucket.filled = now;
  if (bucket.open && bucket.tokens >= kBurst / 2) bucket.open = false;
  if (bucket.open && now - bucket.lastRun < kSlowed) return {Verdict::kOpen, bucket.lastRun + kSlowed - now};
  if (!bucket.open && bucket.tokens < 1) {
    bucket.open = true;
    return {Verdict::kOpened, kSlowed};
  }
  bucket.tokens = std::max(0.0, bucket.tokens - 1);
  bucket.lastRun = now;
  return {};
}

void CircuitBreaker::forget(const ResourceKey& key) {
  std::lock_guard guard(mutex_);
  buckets_.erase(key);
}

}  // namespace proffer::reconcile
