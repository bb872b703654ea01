// The part of status that objects with a job of their own share: how the run stands. Any thread.
//
// status.run = {state, attempts, started, finished}. Once the state is an end it stays, also when the job's
// row was pruned long ago, so a finished run never runs again.
#pragma once

#include <optional>

#include "controller/store/jobs.h"
#include "manifests/resource.h"

namespace proffer::reconcile {

enum class RunState { kNone, kUnfinished, kSucceeded, kFailed, kCancelled };

RunState runState(const Resource& object);
inline bool runEnded(const Resource& object) {
  return runState(object) > RunState::kUnfinished;
}
/// Why a failed job failed, and what to do to have it tried again where nothing that the controller watches
/// would.
std::string failureOf(const store::Job& job);
/// Writes status.run from the job.
void writeRun(Resource& object, const store::Job& job);

}  // namespace proffer::reconcile
