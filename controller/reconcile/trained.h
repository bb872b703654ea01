// What the reconcilers of Solution and Recommender share beside the training itself: their conditions and
// their end. Any thread.
#pragma once

#include <string>
#include <vector>

#include "controller/reconcile/conditions.h"
#include "controller/reconcile/routing.h"
#include "controller/reconcile/training.h"

namespace proffer::reconcile {

/// The training key of a version of `owner`: fields of its spec that no training reads are left out.
std::string ownTrainingKey(const Resource& owner, std::string_view recipe, const Json& configuration,
                           std::string_view shape);

/// Waits for what blocks; what is usable stays so, and Degraded says what is missing.
Outcome waitFor(const Resource& object, const Blocked& blocked, Report& report);

/// Copies the newest good version into status: version, recipe, metrics, data, items, and
/// what its last update changed.
void describeVersion(Run& run, const TrainingState& state);

/// Conditions of something that is ready as soon as a version is there (a Solution).
void describeTraining(const TrainingState& state, bool automatic, Report& report);

/// Conditions of what answers requests: Ready once a replica has loaded the route; what was Ready stays so
/// while a new version is loaded, since the old one goes on answering.
void describeServing(const Resource& object, const RouteState& served, Report& report);

/// Cleaning up: all owned versions go first. True once they are gone.
Result<bool> versionsGone(const Environment& environment, Run& run);

/// All objects of `kind` in a group whose datasets change.
std::vector<Waking> wokenByDatasets(const Environment& environment, std::string_view kind,
                                    const Event& event);

}  // namespace proffer::reconcile
