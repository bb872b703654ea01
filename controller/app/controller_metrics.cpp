#include "controller/app/controller_metrics.h"

namespace proffer::app {
namespace {

using http::MetricSample;
using Labels = std::map<std::string, std::string>;

MetricSample number(std::string name, std::string help, MetricSample::Type type, Labels labels,
                    double value) {
  MetricSample sample;
  sample.name = std::move(name);
  sample.help = std::move(help);
  sample.type = type;
  sample.labels = std::move(labels);
  sample.value = value;
  return sample;
}

MetricSample counter(std::string name, std::string help, Labels labels, int64_t value) {
  return number(std::move(name), std::move(help), MetricSample::Type::kCounter, std::move(labels),
                static_cast<double>(value));
}

MetricSample gauge(std::string name, std::string help, Labels labels, int64_t value) {
  return number(std::move(name), std::move(help), MetricSample::Type::kGauge, std::move(labels),
                static_cast<double>(value));
}

MetricSample histogram(std::string name, std::string help, Labels labels, const reconcile::Histogram& from) {
  MetricSample sample =
      number(std::move(name), std::move(help), MetricSample::Type::kHistogram, std::move(labels), 0);
  sample.upperBounds.assign(reconcile::kTimeBuckets.begin(), reconcile::kTimeBuckets.end());
  sample.counts.assign(from.buckets.begin(), from.buckets.end());
  sample.sum = from.sum;
  return sample;
}

void addController(const std::string& kind, const reconcile::ControllerMetrics& of,
                   std::vector<MetricSample>& out) {
  const Labels labels{{"controller", kind}};
  for (const auto& [result, count] : of.total)
    out.push_back(counter("proffer_reconcile_total", "Reconciles by controller and result.",
                          {{"controller", kind}, {"result", result}}, count));
  out.push_back(
      counter("proffer_reconcile_errors_total", "Reconciles that ended in an error.", labels, of.errors));
  out.push_back(counter("proffer_reconcile_terminal_errors_total",
                        "Errors that are not tried again before the spec changes.", labels,
                        of.terminalErrors));
  out.push_back(
      counter("proffer_reconcile_panics_total", "Exceptions that left a reconciler.", labels, of.panics));
  out.push_back(counter("proffer_reconcile_throttled_total",
                        "Runs put off because the object was reconciled too often.", labels, of.throttled));
  out.push_back(gauge("proffer_reconcile_active_workers", "Reconciles under way.", labels, of.activeWorkers));
  out.push_back(histogram("proffer_reconcile_time_seconds", "How long a reconcile took.", labels, of.time));
}

void addJobs(const std::string& type, const reconcile::JobMetrics& of, std::vector<MetricSample>& out) {
  for (const auto& [result, count] : of.total)
    out.push_back(counter("proffer_jobs_total", "Attempts of jobs by type and how they ended.",
                          {{"type", type}, {"result", result}}, count));
  out.push_back(gauge("proffer_jobs_running", "Jobs under way.", {{"type", type}}, of.running));
  out.push_back(
      histogram("proffer_job_time_seconds", "How long an attempt of a job took.", {{"type", type}}, of.time));
}

}  // namespace

std::vector<MetricSample> controllerSamples(const reconcile::MetricsSnapshot& snapshot) {
  std::vector<MetricSample> out;
  for (const auto& [kind, metrics] : snapshot.controllers) addController(kind, metrics, out);
  for (const auto& [type, metrics] : snapshot.jobs) addJobs(type, metrics, out);
  out.push_back(
      gauge("proffer_reconcile_queue_depth", "Objects that wait to be reconciled.", {}, snapshot.queueDepth));
  out.push_back(gauge("proffer_reconcile_max_concurrent", "Reconciles that may run at once.", {},
                      snapshot.maxConcurrentReconciles));
  out.push_back(gauge("proffer_resources", "Objects in the store.", {}, snapshot.objects));
  return out;
}

std::vector<MetricSample> explorationSamples(const serving::ExplorationFigures& figures) {
  std::vector<MetricSample> out;
  const char* const kSlots =
      "Slots of answers of recommenders and campaigns that explore, by who filled them.";
  out.push_back(
      counter("proffer_exploration_slots_total", kSlots, {{"by", "exploration"}}, figures.explored));
  out.push_back(counter("proffer_exploration_slots_total", kSlots, {{"by", "model"}},
                        figures.slots - figures.explored));
  out.push_back(counter("proffer_exploration_answers_total",
                        "Answers of recommenders and campaigns that explore.", {}, figures.answers));
  out.push_back(gauge("proffer_exploration_choices", "Choices in lists that exploration has learned from.",
                      {}, figures.choices));
  out.push_back(gauge("proffer_exploration_items",
                      "Items that may be explored now, summed over what explores.", {}, figures.eligible));
  return out;
}

}  // namespace proffer::app
