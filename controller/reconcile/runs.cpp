#include "controller/reconcile/runs.h"

#include "controller/reconcile/runner.h"

namespace proffer::reconcile {

namespace {

// In the words of the API's statuses, not of the jobs' table.
std::string_view stateWord(store::JobState state) {
  switch (state) {
    case store::JobState::kQueued:
      return "Queued";
    case store::JobState::kRunning:
      return "Running";
    case store::JobState::kSucceeded:
      return "Succeeded";
    case store::JobState::kFailed:
      return "Failed";
    case store::JobState::kCancelled:
      return "Cancelled";
  }
  return "Queued";
}

}  // namespace

RunState runState(const Resource& object) {
  const std::string state = stringMember(member(object.status, "run"), "state");
  if (state == "Succeeded") return RunState::kSucceeded;
  if (state == "Failed") return RunState::kFailed;
  if (state == "Cancelled") return RunState::kCancelled;
  return state.empty() ? RunState::kNone : RunState::kUnfinished;
}

std::string failureOf(const store::Job& job) {
  if (!job.error) return "it failed";
  std::string message = formatError(*job.error);
  const bool worldMended = worthRetrying(job.error->code) || job.error->code == ErrorCode::kCorrupt;
  if (!worldMended) return message;
  const int tries = job.attempt - job.interruptions;
  if (tries > 1) message += fmt::format("; tried {} times", tries);
  return message +
         fmt::format("; when that is mended, delete {} to have it tried again", job.owner.toString());
}

void writeRun(Resource& object, const store::Job& job) {
  Json run = Json::object();
  // A job between two attempts shows as running: the difference would only make the status flap.
  const bool unfinished = !job.finished && job.attempt > 0;
  run["state"] = unfinished ? "Running" : stateWord(job.state);
  run["job"] = job.id;
  run["attempts"] = job.attempt;
  if (job.started) run["started"] = formatTime(*job.started);
  if (job.finished) run["finished"] = formatTime(*job.finished);
  object.status["run"] = std::move(run);
}

}  // namespace proffer::reconcile
