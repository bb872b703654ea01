// The table of operations: every one of the service's control plane, what answers it, and what of its input
// has no effect. docs/compatibility.md is written from it.
//
// Built at compile time; any thread.
#pragma once

#include <span>
#include <string_view>

#include "controller/wire/request.h"

namespace proffer::wire {

struct Operation {
  std::string_view name;
  Handler handler;
  std::string_view ignored = "";  ///< members (with dots below) that are accepted without effect, by blanks
  std::string_view remark = "";   ///< what differs from the service; what is not built
};

std::span<const Operation> operations();
/// Null: there is none.
const Operation* findOperation(std::string_view name);

// datasets.cpp
Result<Json> createDatasetGroup(Request& request);
Result<Json> createSchema(Request& request);
Result<Json> describeSchemaOf(Request& request);
Result<Json> createDataset(Request& request);
Result<Json> updateDataset(Request& request);
// data_jobs.cpp
Result<Json> createDatasetImportJob(Request& request);
Result<Json> createDatasetExportJob(Request& request);
Result<Json> createDataDeletionJob(Request& request);
// live.cpp
Result<Json> createEventTracker(Request& request);
Result<Json> createFilter(Request& request);
Result<Json> listMetricAttributionMetrics(Request& request);
Result<Json> notBuilt(Request& request);
// solutions.cpp
Result<Json> createSolution(Request& request);
Result<Json> updateSolution(Request& request);
// versions.cpp
Result<Json> createSolutionVersion(Request& request);
Result<Json> stopSolutionVersionCreation(Request& request);
Result<Json> getSolutionMetrics(Request& request);
// campaigns.cpp
Result<Json> createCampaign(Request& request);
Result<Json> updateCampaign(Request& request);
// recommenders.cpp
Result<Json> createRecommender(Request& request);
Result<Json> updateRecommender(Request& request);
Result<Json> startRecommender(Request& request);
Result<Json> stopRecommender(Request& request);
// catalogue.cpp
Result<Json> listRecipes(Request& request);
Result<Json> describeRecipe(Request& request);
Result<Json> describeAlgorithm(Request& request);
Result<Json> describeFeatureTransformation(Request& request);
// tags.cpp
Result<Json> listTagsForResource(Request& request);
Result<Json> tagResource(Request& request);
Result<Json> untagResource(Request& request);

}  // namespace proffer::wire
