// DatasetImport: one run of the job "import". Its end is final.
#include "base/text.h"
#include "controller/reconcile/children.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/import_job.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/runs.h"

namespace proffer::reconcile {

namespace {

constexpr std::string_view kImportJob = "import";

class DatasetImportReconciler final : public Reconciler {
 public:
  explicit DatasetImportReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "DatasetImport"; }

  Outcome reconcile(Run& run) override {
    if (runEnded(run.object)) return Outcome::done();
    auto job = environment_.store.jobs().latest(run.object.metadata.uid, kImportJob);
    if (job && !*job) {
      auto queued = enqueue(run);
      if (!queued) return outcomeOf(queued.error());
      if (!*queued) return Outcome::done();
      job = std::move(*queued);
    }
    if (!job) return outcomeOf(job.error());
    describe(run, **job);
    return Outcome::done();
  }

  Result<bool> cleanUp(Run& run, std::optional<Duration>&) override {
    PROFFER_TRY(const bool stopped,
                jobStopped(environment_.store.jobs(), run.object.metadata.uid, kImportJob));
    if (!stopped)
      Report().notReady(reason::kTerminating, "waiting for its job to stop").write(run.object, run.now);
    return stopped;
  }

 private:
  Result<std::optional<store::Job>> enqueue(Run& run);
  void describe(Run& run, const store::Job& job) const;

  const Environment& environment_;
};

// Nothing: it waits for its dataset, and the conditions say so.
Result<std::optional<store::Job>> DatasetImportReconciler::enqueue(Run& run) {
  PROFFER_TRY(const DatasetImportSpec spec, specOf<DatasetImportSpec>(run.object));
  const ResourceKey key{"Dataset", run.object.metadata.group, spec.dataset};
  const Handle dataset = environment_.objects.get(key);
  if (!dataset || dataset->deleting()) {
    Report()
        .waitingFor(key.toString(), dataset ? "it is being deleted" : "it does not exist")
        .write(run.object, run.now);
    return std::nullopt;
  }
  PROFFER_TRY(auto resolved, resolveDataset(environment_, *dataset));
  if (const auto* blocked = std::get_if<Blocked>(&resolved)) {
    Report().waitingFor(blocked->blocker, blocked->why).write(run.object, run.now);
    return std::nullopt;
  }
  auto& found = std::get<ResolvedDataset>(resolved);
  Json datasetSpec = dataset->spec;
  if (const Json& own = member(run.object.spec, "sources"); own.is_array() && !own.empty()) {
    datasetSpec["sources"] = own;
    found.definition.ownRun = found.definition.sources.empty();
  }
  store::Job job;
  job.type = kImportJob;
  job.owner = run.key;
  job.ownerUid = run.object.metadata.uid;
  job.groupUid = found.group.uid;
  job.input = importRequestJson({found.group.name, found.group.uid, found.definition}, datasetSpec);
  PROFFER_TRY(store::Job queued, environment_.store.jobs().enqueue(std::move(job)));
  return queued;
}

// "1,234 rows, 3 bad ones left out".
static std::string rowsInWords(const Json& report) {
  const int64_t kept = intMember(report, "rowsKept"), bad = intMember(report, "rowsBad");
  std::string words = fmt::format("{} {}", withThousands(kept), kept == 1 ? "row" : "rows");
  if (bad > 0) words += fmt::format(", {} bad {} left out", withThousands(bad), bad == 1 ? "one" : "ones");
  return words;
}

static ResourceKey datasetOf(const Resource& import) {
  return {"Dataset", import.metadata.group, stringMember(import.spec, "dataset")};
}

void DatasetImportReconciler::describe(Run& run, const store::Job& job) const {
  writeRun(run.object, job);
  Report report;
  switch (runState(run.object)) {
    case RunState::kSucceeded: {
      run.object.status["report"] = job.result;
      report.ready(reason::kImported, "the rows are imported");
      const std::string rows = rowsInWords(job.result);
      environment_.journal(run.key, store::JournalLevel::kNormal, "Imported", rows);
      environment_.journal(datasetOf(run.object), store::JournalLevel::kNormal, "Imported",
                           fmt::format("{}: {}", run.key.name, rows));
      break;
    }
    case RunState::kFailed: {
      const std::string message = failureOf(job);
      report.notReady(reason::kImportFailed, message);
      environment_.journal(run.key, store::JournalLevel::kWarning, "ImportFailed", message);
      environment_.journal(datasetOf(run.object), store::JournalLevel::kWarning, "ImportFailed",
                           fmt::format("{}: {}", run.key.name, message));
      break;
    }
    case RunState::kCancelled:
      report.notReady(reason::kCancelled, "the import was cancelled");
      break;
    default: {
      report.notReady(reason::kImporting, "the import is not finished")
          .progressing(reason::kImporting, "reading the sources");
      if (job.error) report.degraded(reason::kRetrying, formatError(*job.error));
      break;
    }
  }
  report.write(run.object, run.now);
}

}  // namespace

std::unique_ptr<Reconciler> makeDatasetImportReconciler(const Environment& environment) {
  return std::make_unique<DatasetImportReconciler>(environment);
}

}  // namespace proffer::reconcile
