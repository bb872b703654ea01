#include "controller/reconcile/trained.h"

namespace proffer::reconcile {

std::string ownTrainingKey(const Resource& owner, std::string_view recipe, const Json& configuration,
                           std::string_view shape) {
  if (owner.kind == "Solution")
    return trainingKey(recipe, configuration,
                       {"schedules", "keepVersions", "autoTraining", "incrementalUpdate"}, shape);
  return trainingKey(
      recipe, configuration,
      {"exploration", "minRecommendationRequestsPerSecond", "metadata", "schedules", "fallback", "state"},
      shape);
}

Outcome waitFor(const Resource& object, const Blocked& blocked, Report& report) {
  if (!wasReady(object)) {
    report.waitingFor(blocked.blocker, blocked.why);
    return Outcome::done();
  }
  report.keepReady(object, reason::kWaiting, "");
  report.degraded(reason::kWaiting, fmt::format("waiting for {}: {}", blocked.blocker, blocked.why));
  return Outcome::done();
}

void describeVersion(Run& run, const TrainingState& state) {
  Json& status = run.object.status;
  if (!state.latestGood) {
    for (const auto* name : {"version", "updated", "lastUpdate"}) status.erase(name);
    return;
  }
  const Json& from = state.latestGood->status;
  status["version"] = state.latestGood->metadata.name;
  for (const auto* name : {"recipe", "metrics", "data", "items"})
    if (from.contains(name)) status[name] = from[name];
  if (const std::string updated = stringMember(member(from, "update"), "finished"); !updated.empty())
    status["updated"] = updated;
  else
    status.erase("updated");
  if (const Json& updates = member(from, "updates"); updates.is_array() && !updates.empty())
    status["lastUpdate"] = updates.front();
  else
    status.erase("lastUpdate");
}

void describeTraining(const TrainingState& state, bool automatic, Report& report) {
  if (state.latestGood)
    report.ready(reason::kTrained, "a trained version is there");
  else if (state.failure)
    report.notReady(reason::kTrainingFailed, *state.failure);
  else if (state.training)
    report.notReady(reason::kTraining, "the first version is being trained");
  else if (!automatic)
    report.notReady(reason::kNotTrained,
                    "automatic training is off and there is no version yet; add a SolutionVersion");
  else
    report.notReady(reason::kNotTrained, "there is no version yet");
  if (!state.queued.empty())
    report.progressing(reason::kQueued, "the new version " + state.queued);
  else if (state.training)
    report.progressing(reason::kTraining, "a new version is being trained");
  if (state.latestGood && state.failure) report.degraded(reason::kTrainingFailed, *state.failure);
  if (!state.training && state.updating)
    report.progressing(reason::kUpdating, "the model takes in what is new");
  if (state.updateFailure) report.degraded(reason::kUpdateFailed, *state.updateFailure);
  if (!state.scheduleProblem.empty()) report.degraded(reason::kInvalidSpec, state.scheduleProblem);
}

void describeServing(const Resource& object, const RouteState& served, Report& report) {
  if (served.loaded) {
    report.ready(reason::kServing, "answers requests");
  } else if (!served.error.empty()) {
    if (served.serving)
      report.keepReady(object, reason::kLoadFailed, served.error).degraded(reason::kLoadFailed, served.error);
    else
      report.notReady(reason::kLoadFailed, served.error);
  } else {
    report.keepReady(object, reason::kLoading, "the version is trained; serving loads it");
    report.progressing(reason::kLoading, "serving loads the version");
  }
}

Result<bool> versionsGone(const Environment& environment, Run& run) {
  bool gone = true;
  for (const Handle& child : environment.objects.ownedBy(run.object.metadata.uid)) {
    if (!child->deleting()) PROFFER_CHECK(environment.objects.remove(child->key()));
    Report().waitingFor(child->key().toString(), "it is being deleted").write(run.object, run.now);
    gone = false;
  }
  return gone;
}

std::vector<Waking> wokenByDatasets(const Environment& environment, std::string_view kind,
                                    const Event& event) {
  std::vector<Waking> waking;
  const Resource& dataset = event.any();
  if (dataset.kind != "Dataset") return waking;
  for (const Handle& object : environment.objects.ofKind(kind, dataset.metadata.group))
    waking.push_back({object->key()});
  return waking;
}

}  // namespace proffer::reconcile
