// What /metrics shows, in Prometheus' text form: the server's own figures, and what others hand over.
//
// Any thread. Names begin with proffer_ and use base units; no ids stand in labels.
#pragma once

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"

namespace proffer::http {

/// One time series of another part of the program, as of now.
struct MetricSample {
  enum class Type { kCounter, kGauge, kHistogram };
  std::string name;  ///< "proffer_reconcile_total"
  std::string help;
  Type type = Type::kCounter;
  std::map<std::string, std::string> labels;
  double value = 0;                 ///< counter, gauge
  std::vector<double> upperBounds;  ///< histogram: of the buckets, ascending, without infinity
  std::vector<uint64_t> counts;     ///< histogram: per bucket, not cumulated; one more for infinity
  double sum = 0;                   ///< histogram
};
using MetricSource = std::function<std::vector<MetricSample>()>;

class Metrics {
 public:
  Metrics();
  /// `route` is the route's pattern, "none" for an unknown path.
  void observeRequest(std::string_view route, std::string_view method, int status, Duration took);
  /// Asked at every scrape, from the scraping thread. Called before the server starts.
  void addSource(MetricSource source) { sources_.push_back(std::move(source)); }
  std::string text() const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Histogram>& requestSeconds_;
  std::mutex mutex_;
  std::map<std::string, prometheus::Histogram*> series_;
  std::vector<MetricSource> sources_;
};

}  // namespace proffer::http
