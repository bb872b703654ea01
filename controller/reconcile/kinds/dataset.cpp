// Dataset: resolves its schema, watches its sources, and asks for an import when they changed.
//
// The import is an object of its own (DatasetImport), named after the fingerprint of what it brings in: the
// same content under the same definition is never imported twice, and a failed one is not tried again until
// something changes.
#include "base/hash.h"
#include "controller/reconcile/children.h"
#include "controller/reconcile/compact_job.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/runner.h"
#include "controller/reconcile/runs.h"

namespace proffer::reconcile {

namespace {

constexpr Duration kCompactionPause = std::chrono::hours(1);

std::string importName(const Resource& dataset, const std::string& fingerprint) {
  return childName(dataset.metadata.name, hashHex(hash64(fingerprint)).substr(0, 8));
}

class DatasetReconciler final : public Reconciler {
 public:
  explicit DatasetReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "Dataset"; }
  Outcome reconcile(Run& run) override {
    const Resource before = run.object;
    const Outcome outcome = look(run);
    for (const std::string_view type : {kReady, kDegraded}) recordTrouble(run, before, type);
    return outcome;
  }
  Result<bool> cleanUp(Run& run, std::optional<Duration>& retry) override;

  // A second dataset of a type takes over when the first one goes; what an import brought is taken note of.
  std::vector<Waking> wokenBy(const Event& event) override {
    std::vector<Waking> waking;
    const Resource& changed = event.any();
    // A run that somebody asked for has no owner, and brings data all the same.
    if (changed.kind == "DatasetImport" && event.after && runEnded(*event.after) &&
        (!event.before || !runEnded(*event.before)))
      waking.push_back({{"Dataset", changed.metadata.group, stringMember(changed.spec, "dataset")}});
    if (changed.kind != "Dataset" || event.after) return waking;
    for (const Handle& other : environment_.objects.ofKind("Dataset", event.any().metadata.group))
      waking.push_back({other->key()});
    return waking;
  }

 private:
  Outcome look(Run& run);
  void recordTrouble(const Run& run, const Resource& before, std::string_view type) const;
  Outcome follow(Run& run, const ResolvedDataset& dataset, Report& report);
  Result<void> import(Run& run, const std::string& fingerprint, Report& report);
  void describeImport(Run& run, const Resource& import, Report& report);
  Result<void> writeFigures(Run& run, const ResolvedDataset& dataset);
  Result<std::optional<Duration>> compact(Run& run, const ResolvedDataset& dataset, Report& report);
  Result<void> dropOldImports(const Resource& dataset, const std::string& current);
  Outcome sourceTrouble(Run& run, const Error& error, Report& report);

  const Environment& environment_;
};

// What keeps a dataset from its data and was not so before; how its imports ended, they say themselves.
void DatasetReconciler::recordTrouble(const Run& run, const Resource& before, std::string_view type) const {
  static const std::set<std::string, std::less<>> kTroubles{std::string(reason::kInvalidSpec),
                                                            std::string(reason::kSourceUnavailable),
                                                            std::string(reason::kCompactionFailed)};
  const auto now = findCondition(run.object, type);
  if (!now || !kTroubles.contains(now->reason)) return;
  const auto then = findCondition(before, type);
  if (then && then->reason == now->reason && then->message == now->message) return;
  environment_.journal(run.key, store::JournalLevel::kWarning, now->reason, now->message);
}

Outcome DatasetReconciler::look(Run& run) {
  Report report;
  auto resolved = resolveDataset(environment_, run.object);
  if (!resolved) {
    if (resolved.error().code != ErrorCode::kInvalidInput) return outcomeOf(resolved.error());
    const std::string message = formatError(resolved.error());
    report.keepReady(run.object, reason::kInvalidSpec, message);
    if (report.isReady()) report.degraded(reason::kInvalidSpec, message);
    report.write(run.object, run.now);
    return Outcome::done();
  }
  if (const auto* blocked = std::get_if<Blocked>(&*resolved)) {
    report.waitingFor(blocked->blocker, blocked->why).write(run.object, run.now);
    return Outcome::done();
  }
  const auto& dataset = std::get<ResolvedDataset>(*resolved);
  const Handle counts = datasetOfType(environment_, dataset.group.name, dataset.spec.type);
  if (counts && counts->metadata.uid != run.object.metadata.uid) {
    report.notReady(
        reason::kInvalidSpec,
        fmt::format("the group has a dataset of type {} already: {}; a group holds one of each type",
                    datasetTypeName(dataset.spec.type), counts->key().toString()));
    report.write(run.object, run.now);
    return Outcome::done();
  }
  const Outcome outcome = follow(run, dataset, report);
  if (!outcome.failed()) report.write(run.object, run.now);
  return outcome;
}

Outcome DatasetReconciler::follow(Run& run, const ResolvedDataset& dataset, Report& report) {
  if (const auto written = writeFigures(run, dataset); !written) return outcomeOf(written.error());
  // Without data too: filters are checked against its columns.
  if (const auto published = publishCatalogue(environment_, dataset.group); !published)
    return outcomeOf(published.error());
  if (dataset.definition.sources.empty() && !hasData(run.object)) {
    report.ready(reason::kNoSources, "no sources are declared");
    // What is streamed into it shows once it is folded.
    return environment_.data.live() ? Outcome::again(environment_.sourcePoll) : Outcome::done();
  }
  if (dataset.definition.sources.empty()) {
    report.ready(reason::kNoSources, "no sources are declared; what was imported before stays");
    const auto next = compact(run, dataset, report);
    if (!next) return outcomeOf(next.error());
    return *next ? Outcome::again(**next) : Outcome::done();
  }
  const auto check =
      environment_.data.checkSources(dataset.group.uid, dataset.definition, environment_.roots);
  environment_.looks->note(run.object.metadata.uid);
  if (!check) return sourceTrouble(run, check.error(), report);
  if (check->changed) {
    if (const auto imported = import(run, check->fingerprint, report); !imported)
      return outcomeOf(imported.error());
  } else {
    report.ready(reason::kImported, "everything at the sources is imported");
    // A crash between the import's commit and the end of its job leaves the run unfinished: it has yet to say
    // so.
    const std::string name = importName(run.object, check->fingerprint);
    if (environment_.objects.get({"DatasetImport", run.object.metadata.group, name}))
      run.object.status["latestImport"] = name;
    if (const auto dropped = dropOldImports(run.object, name); !dropped) return outcomeOf(dropped.error());
    const auto next = compact(run, dataset, report);
    if (!next) return outcomeOf(next.error());
    if (*next) return Outcome::again(std::min(**next, environment_.sourcePoll));
  }
  return Outcome::again(environment_.sourcePoll);
}

// What is wrong outside is looked at again with the next poll; what was imported before goes on being used.
Outcome DatasetReconciler::sourceTrouble(Run& run, const Error& error, Report& report) {
  if (worthRetrying(error.code)) return Outcome::error(error.wrap("look at the sources"));
  const std::string message = formatError(error);
  if (hasData(run.object)) {
    report.ready(reason::kImported, "the data of the last import is used")
        .degraded(reason::kSourceUnavailable, message);
  } else {
    report.notReady(reason::kSourceUnavailable, message);
  }
  return Outcome::again(environment_.sourcePoll);
}

Result<void> DatasetReconciler::import(Run& run, const std::string& fingerprint, Report& report) {
  const std::string name = importName(run.object, fingerprint);
  Handle import = environment_.objects.get({"DatasetImport", run.object.metadata.group, name});
  if (import && (import->deleting() || runState(*import) == RunState::kSucceeded)) {
    // The same content came back after another one: the run of then has to go before its name can be used
    // again.
    if (!import->deleting()) PROFFER_CHECK(environment_.objects.remove(import->key()));
    report.keepReady(run.object, reason::kImporting, "the sources changed; importing")
        .progressing(reason::kImporting, "the sources changed; importing");
    return {};
  }
  if (!import) {
    Json spec = Json::object();
    spec["dataset"] = run.object.metadata.name;
    spec["mode"] = "FULL";
    if (run.object.spec.contains("sources")) spec["sources"] = run.object.spec["sources"];
    PROFFER_TRY(import, createChild(environment_.objects,
                                    childOf(run.object, "DatasetImport", name, std::move(spec))));
  }
  run.object.status["latestImport"] = name;  // where its report stands
  describeImport(run, *import, report);
  return dropOldImports(run.object, name);
}

void DatasetReconciler::describeImport(Run& run, const Resource& import, Report& report) {
  if (!runEnded(import)) {
    report.keepReady(run.object, reason::kImporting, "the first import is under way")
        .progressing(reason::kImporting, "importing what changed at the sources");
    return;
  }
  const std::string message = whyNotReady(import);
  if (hasData(run.object)) {
    report.ready(reason::kImported, "the data of the last good import is used")
        .degraded(reason::kImportFailed, message);
  } else {
    report.notReady(reason::kImportFailed, message);
  }
}

// Queues the compaction that is due; when to look again, if there is to be one.
Result<std::optional<Duration>> DatasetReconciler::compact(Run& run, const ResolvedDataset& dataset,
                                                           Report& report) {
  if (dataset.spec.type != DatasetType::kInteractions) return std::nullopt;
  PROFFER_TRY(const data::DatasetFigures figures,
              environment_.data.figures(dataset.group.uid, run.object.metadata.uid));
  const auto due = compactionDue(figures, dataset.spec.retain, run.now);
  if (!due) return std::nullopt;
  store::Jobs& jobs = environment_.store.jobs();
  PROFFER_TRY(const auto latest, jobs.latest(run.object.metadata.uid, kCompactJob));
  if (latest && !latest->finished) return std::nullopt;  // its end wakes the dataset
  if (latest && latest->state == store::JobState::kFailed && latest->error)
    report.degraded(reason::kCompactionFailed, formatError(*latest->error));
  Time begin = *due;
  // What the last one could not change, the next one cannot, either.
  if (latest) begin = std::max<Time>(begin, *latest->finished + kCompactionPause);
  if (begin > run.now) return begin - run.now;
  store::Job job;
  job.type = kCompactJob;
  job.owner = run.key;
  job.ownerUid = run.object.metadata.uid;
  job.groupUid = dataset.group.uid;
  job.input = inputOf(CompactRequest{dataset.group.uid, run.object.metadata.uid, dataset.spec.retain});
  PROFFER_TRY([[maybe_unused]] const store::Job queued, jobs.enqueue(std::move(job)));
  return std::nullopt;
}

Result<void> DatasetReconciler::writeFigures(Run& run, const ResolvedDataset& dataset) {
  PROFFER_TRY(const data::DatasetFigures figures,
              environment_.data.figures(dataset.group.uid, run.object.metadata.uid));
  if (figures.fingerprint.empty()) return {};
  Json json = Json::object();
  json["rows"] = figures.rows;
  json["users"] = figures.users;
  json["items"] = figures.items;
  if (!figures.perEventType.empty()) json["eventTypes"] = figures.perEventType;
  if (figures.firstTime != 0) json["firstTime"] = formatTime(fromMicros(figures.firstTime * 1'000'000));
  if (figures.lastTime != 0) json["lastTime"] = formatTime(fromMicros(figures.lastTime * 1'000'000));
  json["segments"] = figures.segments;
  json["bytes"] = figures.bytes;
  json["fingerprint"] = figures.fingerprint;
  run.object.status["data"] = std::move(json);
  return {};
}

Result<void> DatasetReconciler::dropOldImports(const Resource& dataset, const std::string& current) {
  std::vector<Handle> finished;
  for (const Handle& child : environment_.objects.ownedBy(dataset.metadata.uid)) {
    if (child->kind != "DatasetImport" || child->deleting() || child->metadata.name == current) continue;
    if (runEnded(*child))
      finished.push_back(child);
    else
      PROFFER_CHECK(environment_.objects.remove(child->key()));  // it brings in what is no longer wanted
  }
  if (finished.size() <= environment_.keepImports) return {};
  std::sort(finished.begin(), finished.end(), [](const Handle& a, const Handle& b) {
    return std::pair(a->metadata.creationTimestamp, a->metadata.uid) <
           std::pair(b->metadata.creationTimestamp, b->metadata.uid);
  });
  finished.resize(finished.size() - environment_.keepImports);
  for (const Handle& old : finished) PROFFER_CHECK(environment_.objects.remove(old->key()));
  return {};
}

Result<bool> DatasetReconciler::cleanUp(Run& run, std::optional<Duration>&) {
  bool waiting = false;
  for (const Handle& child : environment_.objects.ownedBy(run.object.metadata.uid)) {
    if (!child->deleting()) PROFFER_CHECK(environment_.objects.remove(child->key()));
    Report().waitingFor(child->key().toString(), "it is being deleted").write(run.object, run.now);
    waiting = true;
  }
  if (waiting) return false;
  PROFFER_TRY(const bool stopped,
              jobStopped(environment_.store.jobs(), run.object.metadata.uid, kCompactJob));
  if (!stopped) return false;
  const Handle group = environment_.objects.get({"DatasetGroup", "", run.object.metadata.group});
  if (!group || group->deleting()) return true;  // the group takes all data along at once
  PROFFER_CHECK(environment_.data.dropDataset(group->metadata.uid, run.object.metadata.uid));
  PROFFER_CHECK(publishCatalogue(environment_, Group{group->metadata.name, group->metadata.uid, {}, {}}));
  return true;
}

}  // namespace

std::unique_ptr<Reconciler> makeDatasetReconciler(const Environment& environment) {
  return std::make_unique<DatasetReconciler>(environment);
}

}  // namespace proffer::reconcile
