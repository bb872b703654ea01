#include "controller/reconcile/one_run.h"

#include "controller/reconcile/children.h"
#include "controller/reconcile/runs.h"

namespace proffer::reconcile {

Outcome OneRunReconciler::reconcile(Run& run) {
  if (runEnded(run.object)) return Outcome::done();
  auto job = environment_.store.jobs().latest(run.object.metadata.uid, words_.job);
  if (!job) return outcomeOf(job.error());
  if (!*job) {
    auto started = start(run);
    if (!started && started.error().code == ErrorCode::kInvalidInput) {
      Report().notReady(reason::kInvalidSpec, formatError(started.error())).write(run.object, run.now);
      return Outcome::done();
    }
    if (!started) return outcomeOf(started.error());
    if (const auto* blocked = std::get_if<Blocked>(&*started)) {
      Report().waitingFor(blocked->blocker, blocked->why).write(run.object, run.now);
      return Outcome::done();
    }
    Start& begin = std::get<Start>(*started);
    store::Job wanted;
    wanted.type = words_.job;
    wanted.owner = run.key;
    wanted.ownerUid = run.object.metadata.uid;
    wanted.groupUid = std::move(begin.groupUid);
    wanted.input = std::move(begin.input);
    auto queued = environment_.store.jobs().enqueue(std::move(wanted));
    if (!queued) return outcomeOf(queued.error());
    *job = std::move(*queued);
  }
  describe(run, **job);
  return Outcome::done();
}

void OneRunReconciler::describe(Run& run, const store::Job& job) {
  writeRun(run.object, job);
  Report report;
  switch (runState(run.object)) {
    case RunState::kSucceeded:
      environment_.journal(run.key, store::JournalLevel::kNormal, "Finished",
                           finish(run, job.result, report));
      break;
    case RunState::kFailed: {
      const std::string message = failureOf(job);
      report.notReady(words_.failed, message);
      environment_.journal(run.key, store::JournalLevel::kWarning, words_.failed, message);
      break;
    }
    case RunState::kCancelled:
      report.notReady(reason::kCancelled, fmt::format("{} was cancelled", words_.what));
      break;
    default:
      report.notReady(words_.running, fmt::format("{} is not finished", words_.what))
          .progressing(words_.running, fmt::format("{} is under way", words_.what));
      if (job.error) report.degraded(reason::kRetrying, formatError(*job.error));
      break;
  }
  report.write(run.object, run.now);
}

Result<bool> OneRunReconciler::cleanUp(Run& run, std::optional<Duration>&) {
  PROFFER_TRY(const bool stopped, jobStopped(environment_.store.jobs(), run.object.metadata.uid, words_.job));
  if (!stopped)
    Report().notReady(reason::kTerminating, "waiting for its job to stop").write(run.object, run.now);
  return stopped;
}

}  // namespace proffer::reconcile
