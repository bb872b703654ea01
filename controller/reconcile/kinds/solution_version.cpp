// SolutionVersion: one run of the job "train", which of mode UPDATE takes what is new into the newest good
// version's model. Its end is final; an automatic update may give it another file, and its file goes when it
// goes.
#include <algorithm>
#include <set>

#include "controller/reconcile/children.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/job_places.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/runs.h"
#include "controller/reconcile/train_job.h"
#include "controller/reconcile/trained.h"
#include "controller/reconcile/update_job.h"
#include "controller/reconcile/updating.h"
#include "recipes/catalogue.h"

namespace proffer::reconcile {

namespace {

constexpr std::string_view kTrainJob = "train";
constexpr const char* kServable = "the model can be served";
constexpr std::string_view kShown = "shown";  ///< of the job's input: what the status says from the beginning
constexpr std::string_view kTakenOver = "takenOver";  ///< of the job's input: what it says once it succeeded

class SolutionVersionReconciler final : public Reconciler {
 public:
  explicit SolutionVersionReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "SolutionVersion"; }

  Outcome reconcile(Run& run) override {
    if (runEnded(run.object)) {
      if (runState(run.object) != RunState::kSucceeded) return Outcome::done();
      if (const auto updated = takeUpdate(run); !updated) return outcomeOf(updated.error());
      Report().ready(reason::kTrained, kServable).write(run.object, run.now);
      return Outcome::done();
    }
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

  // A version that a user made waits for the data of its group, or for a version that it updates; one that
  // was updated, until what serves it names the new file.
  std::vector<Waking> wokenBy(const Event& event) override {
    std::vector<Waking> waking;
    const Resource& other = event.any();
    if (event.before && event.after && (other.kind == "Recommender" || other.kind == "Campaign") &&
        stringMember(event.before->status, "updated") != stringMember(other.status, "updated"))
      return {{{"SolutionVersion", other.metadata.group, stringMember(other.status, "version")}}};
    const bool trained = other.kind == "SolutionVersion" && event.after &&
                         runState(*event.after) == RunState::kSucceeded &&
                         (!event.before || runState(*event.before) != RunState::kSucceeded);
    if (other.kind != "Dataset" && !trained) return waking;
    for (const Handle& version : environment_.objects.ofKind("SolutionVersion", other.metadata.group))
      if (runState(*version) == RunState::kNone && (!trained || isUpdate(*version)))
        waking.push_back({version->key()});
    return waking;
  }

 private:
  Result<std::optional<store::Job>> enqueue(Run& run);
  Result<std::optional<store::Job>> enqueueUpdate(Run& run, const SolutionVersionSpec& spec,
                                                  const Resource& owner, const Group& group,
                                                  const TrainingData& data);
  Result<Handle> ownerOf(Run& run, const SolutionVersionSpec& spec);
  void describe(Run& run, const store::Job& job) const;
  Result<void> takeUpdate(Run& run);
  Result<void> dropReplaced(Run& run);

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

// Use cases all do, of the recipes most.
bool needsInteractions(const SolutionVersionSpec& spec, const Resource& owner) {
  const auto* recipe =
      recipes::findRecipe(spec.recipe.empty() ? stringMember(owner.spec, "recipe") : spec.recipe);
  return recipe == nullptr || recipe->needsInteractions;
}

// In the catalogue's order; of those that are built.
std::vector<std::string> recipesWithUpdate(const Environment& environment) {
  std::vector<std::string> names;
  for (const recipes::RecipeInfo& info : recipes::allRecipes())
    if (const auto recipe = environment.recipeOf(info.family); recipe && (*recipe)->updates())
      names.push_back(info.name);
  return names;
}

Result<void> checkUpdates(const Environment& environment, const TrainingRequest& request) {
  PROFFER_TRY(const auto* recipe, environment.recipeOf(request.family));
  if (recipe->updates()) return {};
  return fail(makeError(ErrorCode::kInvalidInput,
                        "recipe {} cannot be updated without training; these can: {}",
                        request.configuration.recipe, fmt::join(recipesWithUpdate(environment), ", "))
                  .in("spec.mode")
                  .hinting("use FULL"));
}

store::Job trainJobOf(const Run& run, const TrainingRequest& request, const recipes::Recipe& recipe,
                      const TrainingData& data, Json input, Json shown) {
  store::Job job;
  job.type = kTrainJob;
  job.owner = run.key;
  job.ownerUid = run.object.metadata.uid;
  job.groupUid = request.groupUid;
  job.input = std::move(input);
  // In the job's row and not only in the status, which a crash may keep from being written.
  job.input[std::string(kShown)] = std::move(shown);
  const auto& rows = data.snapshot->interactions();
  job.input[std::string(kJobMemory)] =
      recipe.memoryNeeded(rows.rowCount(), rows.userCount(), rows.itemCount());
  return job;
}

// Nothing: it waits for something, and the conditions say so.
Result<std::optional<store::Job>> SolutionVersionReconciler::enqueue(Run& run) {
  PROFFER_TRY(SolutionVersionSpec spec, specOf<SolutionVersionSpec>(run.object));
  PROFFER_TRY(const Handle owner, ownerOf(run, spec));
  if (!owner) return std::nullopt;
  PROFFER_TRY(auto group, findGroup(environment_, run.object.metadata.group));
  if (const auto* blocked = std::get_if<Blocked>(&group)) {
    Report().waitingFor(blocked->blocker, blocked->why).write(run.object, run.now);
    return std::nullopt;
  }
  PROFFER_TRY(const auto data,
              trainingData(environment_, std::get<Group>(group), false, needsInteractions(spec, *owner)));
  if (const auto* blocked = std::get_if<Blocked>(&data)) {
    Report().waitingFor(blocked->blocker, blocked->why).write(run.object, run.now);
    return std::nullopt;
  }
  if (!spec.configuration.is_object() || spec.configuration.empty()) spec.configuration = owner->spec;
  if (spec.mode == TrainingMode::kUpdate)
    return enqueueUpdate(run, spec, *owner, std::get<Group>(group), std::get<TrainingData>(data));
  PROFFER_TRY(TrainingRequest request, trainingRequest(spec, std::get<Group>(group)));
  PROFFER_TRY(request.configuration.orderColumn, orderColumnOf(environment_, request.group));
  PROFFER_TRY(const auto* recipe, environment_.recipeOf(request.family));
  Json shown{{"recipe", request.configuration.recipe},
             {"configuration", spec.configuration},
             {"trainingKey", ownTrainingKey(*owner, request.configuration.recipe, spec.configuration,
                                            std::get<TrainingData>(data).shape)}};
  PROFFER_TRY(store::Job queued,
              environment_.store.jobs().enqueue(trainJobOf(
                  run, request, *recipe, std::get<TrainingData>(data), toJson(request), std::move(shown))));
  return queued;
}

// With the recipe and configuration of the newest good version, whose metrics stay true as nothing is
// learned.
Result<std::optional<store::Job>> SolutionVersionReconciler::enqueueUpdate(Run& run,
                                                                           const SolutionVersionSpec& spec,
                                                                           const Resource& owner,
                                                                           const Group& group,
                                                                           const TrainingData& data) {
  PROFFER_TRY(const TrainingRequest asked, trainingRequest(spec, group));
  PROFFER_CHECK(checkUpdates(environment_, asked));
  Handle base;
  for (const Handle& version : versionsOf(environment_, owner, "model"))
    if (runState(*version) == RunState::kSucceeded) base = version;
  if (!base) {
    Report()
        .waitingFor(owner.key().toString(), "it has no trained version yet that could take in what is new")
        .write(run.object, run.now);
    return std::nullopt;
  }
  PROFFER_TRY(const UpdateRequest request, updateRequest(environment_, *base, group));
  PROFFER_CHECK(checkUpdates(environment_, request.training));
  PROFFER_TRY(const auto* recipe, environment_.recipeOf(request.training.family));
  Json shown{{"recipe", request.training.configuration.recipe},
             {"configuration",
              base->status.contains("configuration") ? base->status["configuration"] : spec.configuration},
             {"updatedFrom", base->metadata.name}};
  Json takenOver = Json::object();
  for (const auto* name : {"metrics", "testUsers"})
    if (base->status.contains(name)) takenOver[name] = base->status[name];
  Json input = Json::object();
  input[kUpdateOf] = toJson(request);
  input[std::string(kTakenOver)] = std::move(takenOver);
  PROFFER_TRY(store::Job queued,
              environment_.store.jobs().enqueue(
                  trainJobOf(run, request.training, *recipe, data, std::move(input), std::move(shown))));
  return queued;
}

void SolutionVersionReconciler::describe(Run& run, const store::Job& job) const {
  const bool updating = job.input.contains(kUpdateOf);
  writeRun(run.object, job);
  for (const auto& [name, value] : member(job.input, kShown).items()) run.object.status[name] = value;
  Report report;
  switch (runState(run.object)) {
    case RunState::kSucceeded: {
      for (const Json& part : {member(job.input, kTakenOver), job.result})
        for (const auto& [name, value] : part.items()) run.object.status[name] = value;
      report.ready(reason::kTrained, kServable);
      std::string message = fmt::format("a model of {} items", intMember(job.result, "items"));
      if (updating) {
        run.object.status.erase("update");  // that of the file put in place of another one
        noteUpdate(run.object.status, job, "UPDATE");
        message += ": " + updateInWords(member(job.result, "update"));
      }
      environment_.journal(run.key, store::JournalLevel::kNormal, updating ? "Updated" : "Trained", message);
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
      report.notReady(reason::kTraining, "the training is not finished");
      if (job.state != store::JobState::kQueued) {
        report.progressing(updating ? reason::kUpdating : reason::kTraining,
                           updating ? "the model takes in what is new" : "training and measuring");
      } else if (job.attempt == 0) {
        const auto waits = waitsFor(environment_.store.jobs(), job);
        report.progressing(reason::kQueued, waits ? *waits : formatError(waits.error()));
      }
      if (job.error) report.degraded(reason::kRetrying, formatError(*job.error));
      break;
    }
  }
  report.write(run.object, run.now);
  if (runEnded(run.object) && environment_.collectSoon) environment_.collectSoon();  // its checkpoint
}

// An update that has ended gives the version another file; the old one goes once nothing names it.
Result<void> SolutionVersionReconciler::takeUpdate(Run& run) {
  Json& status = run.object.status;
  PROFFER_TRY(const auto job, environment_.store.jobs().latest(run.object.metadata.uid, kUpdateJob));
  if (job && job->state == store::JobState::kSucceeded &&
      intMember(member(status, "update"), "job") != job->id) {
    if (!status["replaced"].is_array()) status["replaced"] = Json::array();
    status["replaced"].push_back({{"file", status["file"]}, {"artifact", status["artifact"]}});
    for (const auto* name : {"items", "artifact", "file", "artifactBytes"}) status[name] = job->result[name];
    status["update"] = Json{
        {"job", job->id}, {"began", formatTime(job->created)}, {"data", stringMember(job->result, "data")}};
    if (job->finished) status["update"]["finished"] = formatTime(*job->finished);
    noteUpdate(status, *job, "automatic");
    environment_.journal(run.key, store::JournalLevel::kNormal, "Updated",
                         fmt::format("a model of {} items: {}", intMember(job->result, "items"),
                                     updateInWords(member(job->result, "update"))));
  }
  return status.contains("replaced") ? dropReplaced(run) : Result<void>();
}

Result<void> SolutionVersionReconciler::dropReplaced(Run& run) {
  PROFFER_TRY(const store::RouteTable table, environment_.store.routes().read());
  Json kept = Json::array();
  for (const Json& old : run.object.status["replaced"]) {
    const std::string artifact = stringMember(old, "artifact");
    const bool named = std::any_of(table.routes.begin(), table.routes.end(),
                                   [&](const store::Route& route) { return route.artifact == artifact; });
    if (named)
      kept.push_back(old);
    else
      PROFFER_CHECK(environment_.store.files().doom(intMember(old, "file")));
  }
  if (kept.empty())
    run.object.status.erase("replaced");
  else
    run.object.status["replaced"] = std::move(kept);
  if (environment_.collectSoon) environment_.collectSoon();
  return {};
}

Result<bool> SolutionVersionReconciler::cleanUp(Run& run, std::optional<Duration>&) {
  store::Jobs& jobs = environment_.store.jobs();
  PROFFER_TRY(const bool trained, jobStopped(jobs, run.object.metadata.uid, kTrainJob));
  PROFFER_TRY(const bool updated, jobStopped(jobs, run.object.metadata.uid, kUpdateJob));
  if (!trained || !updated) {
    Report().notReady(reason::kTerminating, "waiting for its job to stop").write(run.object, run.now);
    return false;
  }
  std::set<int64_t> files{intMember(run.object.status, "file")};
  for (const Json& old : member(run.object.status, "replaced")) files.insert(intMember(old, "file"));
  // A job may have ended after the status was written last: its result names its file as well.
  for (const auto type : {kTrainJob, kUpdateJob}) {
    PROFFER_TRY(const auto job, jobs.latest(run.object.metadata.uid, type));
    if (job) files.insert(intMember(job->result, "file"));
  }
  for (const int64_t file : files)
    if (file != 0) PROFFER_CHECK(environment_.store.files().doom(file));
  if (environment_.collectSoon) environment_.collectSoon();
  return true;
}

}  // namespace

std::unique_ptr<Reconciler> makeSolutionVersionReconciler(const Environment& environment) {
  return std::make_unique<SolutionVersionReconciler>(environment);
}

}  // namespace proffer::reconcile
