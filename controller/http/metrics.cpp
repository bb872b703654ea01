#include "controller/http/metrics.h"

#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

namespace proffer::http {
namespace {

// From 100 microseconds, a cached answer, to the longest a watch may wait.
const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

prometheus::MetricType typeOf(MetricSample::Type type) {
  switch (type) {
    case MetricSample::Type::kCounter:
      return prometheus::MetricType::Counter;
    case MetricSample::Type::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricSample::Type::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric toClientMetric(const MetricSample& sample) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
  metric.counter.value = sample.value;
  metric.gauge.value = sample.value;
  uint64_t cumulated = 0;
  for (size_t i = 0; i < sample.counts.size(); ++i) {
    cumulated += sample.counts[i];
    const double bound =
        i < sample.upperBounds.size() ? sample.upperBounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulated, bound});
  }
  metric.histogram.sample_count = cumulated;
  metric.histogram.sample_sum = sample.sum;
  return metric;
}

}  // namespace

Metrics::Metrics()
    : requestSeconds_(prometheus::BuildHistogram()
                          .Name("proffer_http_request_seconds")
                          .Help("Time from a request's head to its answer, by route, method and status")
                          .Register(registry_)) {}

void Metrics::observeRequest(std::string_view route, std::string_view method, int status, Duration took) {
  std::string key = fmt::format("{} {} {}", route, method, status);
  prometheus::Histogram* histogram = nullptr;
  {
    std::lock_guard guard(mutex_);
    prometheus::Histogram*& known = series_[std::move(key)];
    if (known == nullptr)
      known = &requestSeconds_.Add({{"route", std::string(route)},
                                    {"method", std::string(method)},
                                    {"status", std::to_string(status)}},
                                   kSeconds);
    histogram = known;
  }
  histogram->Observe(std::chrono::duration<double>(took).count());
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  std::map<std::string, size_t> known;
  for (const MetricSource& source : sources_) {
    for (const MetricSample& sample : source()) {
      const auto [found, isNew] = known.emplace(sample.name, families.size());
      if (isNew) {
        prometheus::MetricFamily family;
        family.name = sample.name;
        family.help = sample.help;
        family.type = typeOf(sample.type);
        families.push_back(std::move(family));
      }
      families[found->second].metric.push_back(toClientMetric(sample));
    }
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace proffer::http
