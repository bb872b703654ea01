#include "controller/reconcile/compact_job.h"

#include <algorithm>

namespace proffer::reconcile {

namespace {

class CompactExecutor final : public Executor {
 public:
  explicit CompactExecutor(const Environment& environment) : environment_(environment) {}
  std::string_view type() const override { return kCompactJob; }

  Result<JobEnd> run(const store::Job& job, Progress& progress) override {
    std::optional<Duration> retain;
    if (const int64_t micros = intMember(job.input, "retain"); micros > 0) retain = Duration(micros);
    PROFFER_TRY(const data::CompactionReport report,
                environment_.data.compactDataset(stringMember(job.input, "groupUid"),
                                                 stringMember(job.input, "datasetUid"), retain, job.id,
                                                 job.attempt, progress));
    return JobEnd{.result = {{"rewritten", report.rewritten},
                             {"written", report.written},
                             {"rowsExpired", report.rowsExpired}}};
  }

 private:
  const Environment& environment_;
};

}  // namespace

Json inputOf(const CompactRequest& request) {
  Json json{{"groupUid", request.groupUid}, {"datasetUid", request.datasetUid}};
  if (request.retain) json["retain"] = request.retain->count();
  return json;
}

std::optional<Time> compactionDue(const data::DatasetFigures& figures, std::optional<Duration> retain,
                                  Time now) {
  if (figures.segments > data::kManySegments) return now;
  if (!retain || figures.rows == 0) return std::nullopt;
  const Duration late = std::clamp<Duration>(*retain / 10, std::chrono::hours(1), std::chrono::hours(24));
  return fromMicros(figures.firstTime * 1'000'000) + *retain + late;
}

std::unique_ptr<Executor> makeCompactExecutor(const Environment& environment) {
  return std::make_unique<CompactExecutor>(environment);
}

}  // namespace proffer::reconcile
