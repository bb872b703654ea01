// The job "train": measures a recipe on the service's split, trains it on all data, and writes the artifact.
// A version of mode UPDATE trains nothing: another version's model takes in what is new (update_job.h).
// What it has done is kept now and then (job_checkpoints.h), for the attempt after a crash.
// The request is fixed when the job is queued, so that a later change of the solution changes nothing of this
// version.
#pragma once

#include <memory>
#include <string>

#include "controller/reconcile/datasets.h"
#include "controller/reconcile/environment.h"
#include "controller/reconcile/runner.h"
#include "manifests/domains.h"
#include "recipes/recipe.h"

namespace proffer::reconcile {

struct TrainingRequest {
  std::string group;
  std::string groupUid;
  std::string family;
  recipes::TrainingConfiguration configuration;
  std::vector<std::string> automaticFilter;  ///< as in serving: the metrics leave out the same items
};
Json toJson(const TrainingRequest& request);
Result<TrainingRequest> trainingRequestFromJson(const Json& json);

/// What the use case's event type is called in this group (spec.eventTypes).
std::string ownEventType(const RecommenderSpec& spec, const std::string& event);
/// Rules that select these event types of a use case, by the group's own names; none select everything.
std::vector<recipes::EventRule> eventRules(const std::vector<std::string>& events,
                                           const RecommenderSpec& spec);
/// Event types whose items a user does not see again, by the group's own names.
std::vector<std::string> automaticFilter(const UseCase& useCase, const RecommenderSpec& spec);
/// What a solution trains on (TO-1, TO-2, TO-30).
std::vector<recipes::EventRule> eventRules(const SolutionSpec& spec);

/// The popularity that is served while a recommender's own model is not there. It counts all interactions.
inline constexpr std::string_view kFallbackRecipe = "aws-popularity-count";

/// From a version's recipe and the configuration that it keeps. kInvalidInput names the field of the
/// configuration.
Result<TrainingRequest> trainingRequest(const SolutionVersionSpec& version, const Group& group);

std::unique_ptr<Executor> makeTrainExecutor(const Environment& environment);

}  // namespace proffer::reconcile
