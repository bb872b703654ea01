// How each kind of resource is shown in the service's shapes: one row per kind. Describe, List and Delete are
// made of these rows; creating and changing differ too much and have handlers of their own.
//
// Built at compile time; any thread.
#pragma once

#include <span>
#include <string_view>

#include "controller/wire/request.h"
#include "manifests/specs.h"

namespace proffer::wire {

struct Kind {
  std::string_view kind;  ///< "Campaign"
  std::string_view noun;  ///< "campaign": the member of Describe's answer; with Arn behind it, of its input
  std::string_view list;  ///< "campaigns": the member of List's answer
  std::string_view summary;  ///< the model's shape of an element of the list
  std::string_view parent;   ///< what List is narrowed by: "solutionArn"; empty: nothing
  std::string_view parentKind;
  /// Every member that Describe may show; what the model's shape does not know is left out, and so is what is
  /// null or empty text.
  Json (*describe)(Request& request, const Resource& resource);
  /// What keeps it from being deleted besides what refers to it; null: nothing does.
  Result<void> (*mayDelete)(Request& request, const Resource& resource);
};

std::span<const Kind> kinds();
/// By the noun as it stands in names of operations, any case; null: there is none.
const Kind* kindOfNoun(std::string_view noun);
const Kind* kindOfList(std::string_view list);

/// The three that all kinds share; the operation's name says which kind.
Result<Json> describeResource(Request& request);
Result<Json> listResources(Request& request);
Result<Json> removeResource(Request& request);

/// {"status", "creationDateTime", "lastUpdatedDateTime", "failureReason"}.
Json lifeOf(Request& request, const Resource& resource);
/// Of a group or a schema.
Domain domainOf(const Resource& resource);  // datasets.cpp
/// Adds the members of `more` to `json`.
Json joined(Json json, const Json& more);

// The rows' functions, by file.
Json describeDatasetGroup(Request& request, const Resource& resource);  // datasets.cpp
Json describeSchema(Request& request, const Resource& resource);
Json describeDataset(Request& request, const Resource& resource);
Result<void> mayDeleteDataset(Request& request, const Resource& resource);
Result<void> mayDeleteSolution(Request& request, const Resource& resource);
Json describeImport(Request& request, const Resource& resource);  // data_jobs.cpp
Json describeExport(Request& request, const Resource& resource);
Json describeDeletion(Request& request, const Resource& resource);
Json describeEventTracker(Request& request, const Resource& resource);  // live.cpp
Json describeFilter(Request& request, const Resource& resource);
Json describeMetricAttribution(Request& request, const Resource& resource);
Json describeBatchJob(Request& request, const Resource& resource);
Json describeRecommender(Request& request, const Resource& resource);      // recommenders.cpp
Json describeSolution(Request& request, const Resource& resource);         // solutions.cpp
Json describeSolutionVersion(Request& request, const Resource& resource);  // versions.cpp
Json describeCampaign(Request& request, const Resource& resource);         // campaigns.cpp

}  // namespace proffer::wire
