// Waiting until objects are as wanted: ready, or gone. What `wait` and `apply --wait` do.
//
// Main thread; a second thread holds the server's long poll, so that a change is noticed at once while
// progress is drawn. It asks only when told to, so that it never keeps the program from ending.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/command.h"
#include "manifests/resource.h"

namespace proffer::cli {

struct Goal {
  ResourceKey key = {};
  std::string condition = std::string(kReady);  ///< empty: the object is to be gone
  ConditionStatus status = ConditionStatus::kTrue;
};

struct WaitOptions {
  std::vector<Goal> goals;
  Duration timeout{};
  bool sayStates = true;  ///< changes of state as lines on err, bars on a terminal
  bool sayMet = false;    ///< a line on out for each goal that is met
  /// An object that by its own declaration or the program's state will never be ready (stopped, or its kind
  /// is not implemented) ends the waiting for it.
  bool stopAtSettled = false;
  /// Ready counts only while nothing is under way. What is degraded at the end is said, and makes it kNo,
  /// unless it is a declared fallback that serves.
  bool throughChanges = false;
  Duration calm{};  ///< all goals must hold for so long, in which what a change sets off in others begins
};

/// kDone: all are met. kNo: some are settled otherwise. kTimedOut: what blocks each was printed.
Result<ExitCode> waitForGoals(Context& context, const WaitOptions& options);

}  // namespace proffer::cli
