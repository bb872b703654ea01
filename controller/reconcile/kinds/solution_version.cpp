// SolutionVersion: one run of the job "train". Its end is final; its file goes when it goes.
#include "controller/reconcile/children.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/runs.h"
#include "controller/reconcile/train_job.h"
#include "controller/reconcile/trained.h"

namespace proffer::reconcile {

namespace {

constexpr std::string_view kTrainJob = "train";
constexpr std::string_view kShown = "shown";  ///< of the job's input: what the status says from the beginning

class SolutionVersionReconciler final : public Reconciler {
 public:
  explicit SolutionVersionReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "SolutionVersion"; }

  Outcome reconcile(Run& run) override {
    if (runEnded(run.object)) return Outcome::done();
    auto job = environment_.store.jobs().latest(run.object.metadata.uid, kTrainJob);
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

  Result<bool> cleanUp(Run& run, std::optional<Duration>&) override;

  // A version that a user made waits for the data of its group.
  std::vector<Waking> wokenBy(const Event& event) override {
    std::vector<Waking> waking;
    if (event.any().kind != "Dataset") return waking;
    for (const Handle& version : environment_.objects.ofKind("SolutionVersion", event.any().metadata.group))
      if (runState(*version) == RunState::kNone) waking.push_back({version->key()});
    return waking;
  }

 private:
  Result<std::optional<store::Job>> enqueue(Run& run);
  Result<Handle> ownerOf(Run& run, const SolutionVersionSpec& spec);
  void describe(Run& run, const store::Job& job) const;

  const Environment& environment_;
};

// The solution or recommender, which owns its versions also when a user made them. Null: it is waited for.
Result<Handle> SolutionVersionReconciler::ownerOf(Run& run, const SolutionVersionSpec& spec) {
  const ResourceKey key{spec.solution ? "Solution" : "Recommender", run.object.metadata.group,
                        spec.solution ? *spec.solution : spec.recommender.value_or("")};
  const Handle owner = environment_.objects.get(key);
  if (!owner || owner->deleting()) {
    Report()
        .waitingFor(key.toString(), owner ? "it is being deleted" : "it does not exist")
        .write(run.object, run.now);
    return Handle();
  }
  auto& owners = run.object.metadata.ownerReferences;
  const auto owns = [&](const OwnerReference& reference) { return reference.uid == owner->metadata.uid; };
  if (std::none_of(owners.begin(), owners.end(), owns)) {
    owners.push_back({owner->kind, owner->metadata.name, owner->metadata.uid});
    PROFFER_TRY(const Handle updated, environment_.objects.update(run.object));
    run.object = *updated;
  }
  return owner;
}

// Nothing: it waits for something, and the conditions say so.
Result<std::optional<store::Job>> SolutionVersionReconciler::enqueue(Run& run) {
  PROFFER_TRY(SolutionVersionSpec spec, specOf<SolutionVersionSpec>(run.object));
  PROFFER_TRY(const Handle owner, ownerOf(run, spec));
  if (!owner) return std::nullopt;
  if (spec.mode == TrainingMode::kUpdate)
    return fail(Error{ErrorCode::kNotImplemented, "training mode UPDATE is not implemented"}
                    .in("spec.mode")
                    .hinting("use FULL"));
  PROFFER_TRY(auto group, findGroup(environment_, run.object.metadata.group));
  if (const auto* blocked = std::get_if<Blocked>(&group)) {
    Report().waitingFor(blocked->blocker, blocked->why).write(run.object, run.now);
    return std::nullopt;
  }
  PROFFER_TRY(const auto data, trainingData(environment_, std::get<Group>(group), false));
  if (const auto* blocked = std::get_if<Blocked>(&data)) {
    Report().waitingFor(blocked->blocker, blocked->why).write(run.object, run.now);
    return std::nullopt;
  }
  if (!spec.configuration.is_object() || spec.configuration.empty()) spec.configuration = owner->spec;
  PROFFER_TRY(const TrainingRequest request, trainingRequest(spec, std::get<Group>(group)));
  PROFFER_TRY([[maybe_unused]] const auto* recipe, recipes::recipeOfFamily(request.family));
  store::Job job;
  job.type = kTrainJob;
  job.owner = run.key;
  job.ownerUid = run.object.metadata.uid;
  job.groupUid = request.groupUid;
  job.input = toJson(request);
  // In the job's row and not only in the status, which a crash may keep from being written.
  job.input[std::string(kShown)] =
      Json{{"recipe", request.configuration.recipe},
           {"configuration", spec.configuration},
           {"trainingKey", ownTrainingKey(*owner, request.configuration.recipe, spec.configuration,
                                          std::get<TrainingData>(data).shape)}};
  PROFFER_TRY(store::Job queued, environment_.store.jobs().enqueue(std::move(job)));
  return queued;
}

void SolutionVersionReconciler::describe(Run& run, const store::Job& job) const {
  writeRun(run.object, job);
  for (const auto& [name, value] : member(job.input, kShown).items()) run.object.status[name] = value;
  Report report;
  switch (runState(run.object)) {
    case RunState::kSucceeded: {
      for (const auto& [name, value] : job.result.items()) run.object.status[name] = value;
      report.ready(reason::kTrained, "the model can be served");
      environment_.journal(run.key, store::JournalLevel::kNormal, "Trained",
                           fmt::format("a model of {} items", intMember(job.result, "items")));
      break;
    }
    case RunState::kFailed: {
      const std::string message = failureOf(job);
      report.notReady(reason::kTrainingFailed, message);
      environment_.journal(run.key, store::JournalLevel::kWarning, "TrainingFailed", message);
      break;
    }
    case RunState::kCancelled:
      report.notReady(reason::kCancelled, "the training was cancelled");
      break;
    default: {
      report.notReady(reason::kTraining, "the training is not finished")
          .progressing(reason::kTraining, "training and measuring");
      if (job.error) report.degraded(reason::kRetrying, formatError(*job.error));
      break;
    }
  }
  report.write(run.object, run.now);
}

Result<bool> SolutionVersionReconciler::cleanUp(Run& run, std::optional<Duration>&) {
  store::Jobs& jobs = environment_.store.jobs();
  PROFFER_TRY(const bool stopped, jobStopped(jobs, run.object.metadata.uid, kTrainJob));
  if (!stopped) {
    Report().notReady(reason::kTerminating, "waiting for its job to stop").write(run.object, run.now);
    return false;
  }
  // The job may have ended after the status was written last: its result names the file as well.
  PROFFER_TRY(const auto job, jobs.latest(run.object.metadata.uid, kTrainJob));
  int64_t file = intMember(run.object.status, "file");
  if (file == 0 && job) file = intMember(job->result, "file");
  if (file != 0) PROFFER_CHECK(environment_.store.files().doom(file));
  if (environment_.collectSoon) environment_.collectSoon();
  return true;
}

}  // namespace

std::unique_ptr<Reconciler> makeSolutionVersionReconciler(const Environment& environment) {
  return std::make_unique<SolutionVersionReconciler>(environment);
}

}  // namespace proffer::reconcile
