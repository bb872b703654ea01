#include "controller/wire/kinds.h"

#include <array>

#include "base/text.h"
#include "controller/store/admission.h"
#include "controller/wire/input_check.h"
#include "controller/wire/paging.h"
#include "controller/wire/states.h"

namespace proffer::wire {
namespace {

constexpr std::array kKinds{
    Kind{"DatasetGroup", "datasetGroup", "datasetGroups", "DatasetGroupSummary", "", "", describeDatasetGroup,
         nullptr},
    Kind{"Schema", "schema", "schemas", "DatasetSchemaSummary", "", "", describeSchema, nullptr},
    Kind{"Dataset", "dataset", "datasets", "DatasetSummary", "datasetGroupArn", "DatasetGroup",
         describeDataset, mayDeleteDataset},
    Kind{"DatasetImport", "datasetImportJob", "datasetImportJobs", "DatasetImportJobSummary", "datasetArn",
         "Dataset", describeImport, nullptr},
    Kind{"DatasetExport", "datasetExportJob", "datasetExportJobs", "DatasetExportJobSummary", "datasetArn",
         "Dataset", describeExport, nullptr},
    Kind{"DataDeletion", "dataDeletionJob", "dataDeletionJobs", "DataDeletionJobSummary", "datasetGroupArn",
         "DatasetGroup", describeDeletion, nullptr},
    Kind{"EventTracker", "eventTracker", "eventTrackers", "EventTrackerSummary", "datasetGroupArn",
         "DatasetGroup", describeEventTracker, nullptr},
    Kind{"Filter", "filter", "Filters", "FilterSummary", "datasetGroupArn", "DatasetGroup", describeFilter,
         nullptr},
    Kind{"Recommender", "recommender", "recommenders", "RecommenderSummary", "datasetGroupArn",
         "DatasetGroup", describeRecommender, nullptr},
    Kind{"Solution", "solution", "solutions", "SolutionSummary", "datasetGroupArn", "DatasetGroup",
         describeSolution, mayDeleteSolution},
    Kind{"SolutionVersion", "solutionVersion", "solutionVersions", "SolutionVersionSummary", "solutionArn",
         "Solution", describeSolutionVersion, nullptr},
    Kind{"Campaign", "campaign", "campaigns", "CampaignSummary", "solutionArn", "Solution", describeCampaign,
         nullptr},
    Kind{"MetricAttribution", "metricAttribution", "metricAttributions", "MetricAttributionSummary",
         "datasetGroupArn", "DatasetGroup", describeMetricAttribution, nullptr},
    Kind{"BatchInferenceJob", "batchInferenceJob", "batchInferenceJobs", "BatchInferenceJobSummary",
         "solutionVersionArn", "SolutionVersion", describeBatchJob, nullptr},
    Kind{"BatchSegmentJob", "batchSegmentJob", "batchSegmentJobs", "BatchSegmentJobSummary",
         "solutionVersionArn", "SolutionVersion", describeBatchJob, nullptr},
};

// The model's shape of what Describe answers: that of the answer's only member.
const Shape* describedShape(const Kind& kind) {
  const std::string noun = std::string(kind.noun);
  std::string operation = "Describe" + noun;
  operation[8] = upper(operation.substr(8, 1))[0];
  const ModelOperation* found = ServiceModel::get().operation(operation);
  return found == nullptr ? nullptr : found->output->members.at(0).shape;
}

Json withoutEmptyTexts(const Json& json) {
  Json kept = Json::object();
  for (const auto& [name, value] : json.items())
    if (!value.is_string() || !value.get_ref<const std::string&>().empty()) kept[name] = value;
  return kept;
}

Json shown(Request& request, const Kind& kind, const Resource& resource) {
  return withoutEmptyTexts(kind.describe(request, resource));
}

// Versions of recommenders are the server's own affair.
bool isListed(const Resource& resource) {
  return resource.kind != "SolutionVersion" || resource.spec.contains("solution");
}

}  // namespace

std::span<const Kind> kinds() {
  return kKinds;
}

const Kind* kindOfNoun(std::string_view noun) {
  for (const Kind& kind : kKinds)
    if (equalsIgnoreCase(kind.noun, noun)) return &kind;
  return nullptr;
}

const Kind* kindOfList(std::string_view list) {
  for (const Kind& kind : kKinds)
    if (equalsIgnoreCase(kind.list, list)) return &kind;
  return nullptr;
}

Result<Json> describeResource(Request& request) {
  const Kind* kind = kindOfNoun(std::string_view(request.operation.name).substr(8));
  const std::string noun(kind->noun);
  PROFFER_TRY(const Resource* resource, named(request, kind->kind, noun + "Arn"));
  if (!isListed(*resource)) return noSuchArn(resource->metadata.arn);
  return Json{{noun, knownPart(*describedShape(*kind), shown(request, *kind, *resource))}};
}

// A parent that does not exist: an empty list, but for the versions of a solution (SV-3, ER-3).
Result<Json> listResources(Request& request) {
  const Kind* kind = kindOfList(std::string_view(request.operation.name).substr(4));
  const std::string parent = kind->parent.empty() ? "" : request.text(kind->parent);
  const Resource* within = parent.empty() ? nullptr : request.world.byArn(kind->parentKind, parent);
  if (!parent.empty() && within == nullptr && kind->kind == "SolutionVersion") return noSuchArn(parent);
  const Shape* summary = ServiceModel::get().shape(kind->summary);
  std::vector<Entry> entries;
  for (const Resource& resource : request.world.of(kind->kind)) {
    if (!isListed(resource) || (!parent.empty() && within == nullptr)) continue;
    const Json whole = shown(request, *kind, resource);
    if (!parent.empty() && stringMember(whole, kind->parent) != parent) continue;
    // Neither ARNs nor creation times alone are an order that both people and pages can use.
    entries.push_back(
        {fmt::format("{:020}{}", toMicros(resource.metadata.creationTimestamp), resource.metadata.arn),
         knownPart(*summary, whole)});
  }
  return page(std::move(entries), std::string(kind->list), request.operation.name, request.input);
}

Result<Json> removeResource(Request& request) {
  const Kind* kind = kindOfNoun(std::string_view(request.operation.name).substr(6));
  PROFFER_TRY(const Resource* resource, named(request, kind->kind, std::string(kind->noun) + "Arn"));
  if (kind->kind != "Schema") {
    const std::string status = stateOf(request.world, *resource).status;
    if (isTransitional(status))
      return fail(ErrorCode::kInUse, "{} is {} and cannot be deleted now", resource->metadata.arn, status);
  }
  if (kind->mayDelete != nullptr) PROFFER_CHECK(kind->mayDelete(request, *resource));
  store::DeleteOptions options;
  options.cascade = false;
  options.ifVersion = std::nullopt;
  PROFFER_CHECK(store::deleteResource(request.store, resource->key(), options));
  return Json::object();
}

Json lifeOf(Request& request, const Resource& resource) {
  const State state = stateOf(request.world, resource);
  return {{"status", state.status},
          {"failureReason", state.failureReason},
          {"creationDateTime", timeJson(resource.metadata.creationTimestamp)},
          {"lastUpdatedDateTime", timeJson(lastUpdated(resource))}};
}

Json joined(Json json, const Json& more) {
  for (const auto& [name, value] : more.items()) json[name] = value;
  return json;
}

}  // namespace proffer::wire
