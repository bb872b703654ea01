#include "controller/reconcile/metrics.h"

#include <algorithm>

namespace proffer::reconcile {

void Histogram::observe(Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  const auto bucket = std::lower_bound(kTimeBuckets.begin(), kTimeBuckets.end(), seconds);
  ++buckets[static_cast<size_t>(bucket - kTimeBuckets.begin())];
  ++count;
  sum += seconds;
}

void Metrics::started(const std::string& kind) {
  std::lock_guard guard(mutex_);
  ++values_.controllers[kind].activeWorkers;
}

void Metrics::finished(const std::string& kind, const std::string& result, Duration time) {
  std::lock_guard guard(mutex_);
  auto& metrics = values_.controllers[kind];
  --metrics.activeWorkers;
  ++metrics.total[result];
  metrics.time.observe(time);
}

void Metrics::failed(const std::string& kind, bool terminal) {
  std::lock_guard guard(mutex_);
  ++values_.controllers[kind].errors;
  if (terminal) ++values_.controllers[kind].terminalErrors;
}

void Metrics::panicked(const std::string& kind) {
  std::lock_guard guard(mutex_);
  ++values_.controllers[kind].panics;
}

void Metrics::throttled(const std::string& kind) {
  std::lock_guard guard(mutex_);
  ++values_.controllers[kind].throttled;
}

void Metrics::jobStarted(const std::string& type) {
  std::lock_guard guard(mutex_);
  ++values_.jobs[type].running;
}

void Metrics::jobFinished(const std::string& type, const std::string& result, Duration time) {
  std::lock_guard guard(mutex_);
  auto& metrics = values_.jobs[type];
  --metrics.running;
  ++metrics.total[result];
  metrics.time.observe(time);
}

MetricsSnapshot Metrics::snapshot() const {
  std::lock_guard guard(mutex_);
  return values_;
}

}  // namespace proffer::reconcile
