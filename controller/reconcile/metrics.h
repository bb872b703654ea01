// What the controller counts about itself, as plain numbers that the HTTP side shows under /metrics.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace proffer::reconcile {

/// Upper bounds, in seconds, of the histograms' buckets; one more bucket takes the rest.
inline constexpr std::array<double, 12> kTimeBuckets{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05,
                                                     0.1,    0.5,    1,     5,     10,   60};

struct Histogram {
  std::array<int64_t, kTimeBuckets.size() + 1> buckets{};  ///< not cumulative
  int64_t count = 0;
  double sum = 0;  ///< seconds
  void observe(Duration time);
};

/// Of one controller, that is of one kind.
struct ControllerMetrics {
  std::map<std::string, int64_t>
      total;           ///< reconcile_total by result: success, requeue_after, error, conflict
  int64_t errors = 0;  ///< reconcile_errors_total: those that back off, and terminal ones
  int64_t terminalErrors = 0;
  int64_t panics = 0;     ///< exceptions that left a reconciler
  int64_t throttled = 0;  ///< runs put off because the object was reconciled too often
  int64_t activeWorkers = 0;
  Histogram time;
};

struct JobMetrics {
  std::map<std::string, int64_t>
      total;  ///< attempts by how they ended: succeeded, failed, retried, cancelled
  int64_t running = 0;
  Histogram time;
};

struct MetricsSnapshot {
  std::map<std::string, ControllerMetrics> controllers;  ///< by kind
  std::map<std::string, JobMetrics> jobs;                ///< by job type
  int64_t queueDepth = 0;
  int64_t maxConcurrentReconciles = 0;
  int64_t objects = 0;  ///< in the controller's copy
};

/// Any thread.
class Metrics {
 public:
  void started(const std::string& kind);
  void finished(const std::string& kind, const std::string& result, Duration time);
  void failed(const std::string& kind, bool terminal);
  void panicked(const std::string& kind);
  void throttled(const std::string& kind);
  void jobStarted(const std::string& type);
  void jobFinished(const std::string& type, const std::string& result, Duration time);
  MetricsSnapshot snapshot() const;

 private:
  mutable std::mutex mutex_;
  MetricsSnapshot values_;
};

}  // namespace proffer::reconcile
