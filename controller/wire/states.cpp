#include "controller/wire/states.h"

#include <array>

#include "controller/wire/request.h"

namespace proffer::wire {
namespace {

// Reasons of a Ready condition that is False and will stay so until somebody changes something.
constexpr std::array<std::string_view, 7> kFailures{"InvalidSpec",      "NotImplemented", "ImportFailed",
                                                    "TrainingFailed",   "LoadFailed",     "TooLittleData",
                                                    "SourceUnavailable"};

bool isFailure(std::string_view reason) {
  return std::find(kFailures.begin(), kFailures.end(), reason) != kFailures.end() ||
         (reason.size() > 6 && reason.ends_with("Failed"));
}

State failed(const Condition& ready) {
  return {std::string(kCreateFailed), ready.message};
}

// What is usable when Ready, and fails by its reason.
State general(const Resource& resource) {
  const auto ready = findCondition(resource, kReady);
  if (!ready) return {std::string(kCreatePending), ""};
  if (ready->status == ConditionStatus::kTrue) return {std::string(kActive), ""};
  if (isFailure(ready->reason)) return failed(*ready);
  return {std::string(ready->reason == "Waiting" ? kCreatePending : kCreateInProgress), ""};
}

// What has a job: a run that ends once.
State ofRun(const Resource& resource) {
  const std::string state = runStateOf(resource);
  const auto ready = findCondition(resource, kReady);
  if (state == "Succeeded") return {std::string(kActive), ""};
  if (state == "Failed") return {std::string(kCreateFailed), ready ? ready->message : "it failed"};
  if (state == "Cancelled") {
    if (resource.kind == "SolutionVersion") return {"CREATE STOPPED", ""};
    return {std::string(kCreateFailed), "it was cancelled"};
  }
  if (resource.kind == "SolutionVersion" && resource.metadata.annotations.count("proffer/stop") != 0)
    return {state.empty() || state == "Queued" ? "CREATE STOPPED" : "CREATE STOPPING", ""};
  if (state == "Running") return {std::string(kCreateInProgress), ""};
  if (state.empty() && ready && ready->status != ConditionStatus::kTrue && isFailure(ready->reason))
    return failed(*ready);
  // Older runs, and kinds that do not say how their job stands.
  if (state.empty() && ready) return general(resource);
  return {std::string(kCreatePending), ""};
}

State ofDeletionJob(const Resource& resource) {
  const State state = ofRun(resource);
  if (state.status == kActive) return {"COMPLETED", ""};
  if (state.status == kCreateFailed) return {"FAILED", state.failureReason};
  return {state.status == kCreateInProgress ? "IN_PROGRESS" : "PENDING", ""};
}

// A dataset and a solution are there as soon as they are right: data and versions have statuses of their own.
State asDeclared(const Resource& resource) {
  const auto ready = findCondition(resource, kReady);
  if (!ready) return {std::string(kCreatePending), ""};
  if (ready->status == ConditionStatus::kTrue) return {std::string(kActive), ""};
  if (ready->reason == "InvalidSpec" || ready->reason == "NotImplemented") return failed(*ready);
  const auto waiting = findCondition(resource, kWaitingFor);
  const bool forOthers = waiting && waiting->message.find("Schema/") != std::string::npos;
  return {std::string(forOthers ? kCreatePending : kActive), ""};
}

State ofRecommender(const Resource& resource) {
  const auto ready = findCondition(resource, kReady);
  const bool stopped = stringMember(resource.spec, "state") == "stopped";
  const bool isStopped = ready && ready->reason == "Stopped";
  const bool current = ready && ready->observedGeneration == resource.metadata.generation;
  if (stopped) return {isStopped ? "INACTIVE" : current ? "STOP IN_PROGRESS" : "STOP PENDING", ""};
  if (isStopped) return {"START PENDING", ""};
  return general(resource);
}

}  // namespace

std::string runStateOf(const Resource& resource) {
  return stringMember(member(resource.status, "run"), "state");
}

State stateOf(World&, const Resource& resource) {
  if (resource.deleting())
    return {resource.kind == "DatasetGroup" ? "DELETE PENDING" : "DELETE IN_PROGRESS", ""};
  if (resource.kind == "DataDeletion") return ofDeletionJob(resource);
  if (resource.kind == "Dataset" || resource.kind == "Solution") return asDeclared(resource);
  if (resource.kind == "Recommender") return ofRecommender(resource);
  for (const char* run : {"DatasetImport", "DatasetExport", "SolutionVersion"})
    if (resource.kind == run) return ofRun(resource);
  return general(resource);
}

State updateState(World&, const Resource& resource, int64_t generation) {
  const auto ready = findCondition(resource, kReady);
  const auto progressing = findCondition(resource, kProgressing);
  const auto degraded = findCondition(resource, kDegraded);
  const bool seen = ready && ready->observedGeneration >= generation;
  if (!seen) return {std::string(kCreatePending), ""};
  if (degraded && degraded->status == ConditionStatus::kTrue && isFailure(degraded->reason))
    return {std::string(kCreateFailed), degraded->message};
  if (ready->status != ConditionStatus::kTrue && isFailure(ready->reason)) return failed(*ready);
  if (progressing && progressing->status == ConditionStatus::kTrue)
    return {std::string(kCreateInProgress), ""};
  const bool done =
      ready->status == ConditionStatus::kTrue || resource.kind == "Solution" || ready->reason == "Stopped";
  return {std::string(done ? kActive : kCreateInProgress), ""};
}

bool isTransitional(std::string_view status) {
  for (const std::string_view word : {"PENDING", "IN_PROGRESS", "STOPPING"})
    if (status.ends_with(word)) return true;
  return false;
}

Time lastUpdated(const Resource& resource) {
  Time latest = resource.metadata.creationTimestamp;
  for (const Condition& condition : conditionsOf(resource))
    if (condition.type == kReady) latest = std::max(latest, condition.lastTransitionTime);
  for (const char* end : {"started", "finished"})
    if (const auto time = parseTime(stringMember(member(resource.status, "run"), end)))
      latest = std::max(latest, *time);
  if (const Json update = latestUpdate(resource); update.is_object())
    latest = std::max(latest, fromMicros(intMember(update, "time")));
  if (resource.metadata.deletionTimestamp) latest = std::max(latest, *resource.metadata.deletionTimestamp);
  return latest;
}

}  // namespace proffer::wire
