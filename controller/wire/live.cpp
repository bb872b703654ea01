// Event trackers and filters, and what is shown of the kinds that nothing acts on yet: metric attributions
// and batch jobs.
#include "base/text.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/states.h"
#include "dsl/check.h"
#include "manifests/domains.h"
#include "manifests/filter_fields.h"
#include "manifests/kind_table.h"
#include "manifests/specs.h"
#include "manifests/tracking.h"

namespace proffer::wire {
namespace {

Result<std::vector<SchemaField>> columnsOf(Request& request, const DatasetSpec& spec, Domain domain) {
  if (spec.schemaFields) return *spec.schemaFields;
  if (!spec.schemaName) return defaultSchema(domain, spec.type);
  const Resource* schema = request.world.find("Schema", "", *spec.schemaName);
  if (schema == nullptr) return fail(ErrorCode::kNotFound, "there is no schema {}", *spec.schemaName);
  PROFFER_TRY(const SchemaSpec schemaSpec, specOf<SchemaSpec>(*schema));
  if (schemaSpec.avro) return fieldsFromAvro(*schemaSpec.avro);
  return schemaSpec.fields;
}

// What filters may name of the datasets that the group has now (F42).
dsl::Fields fieldsOfGroup(Request& request, const Resource& group) {
  dsl::Fields fields;
  for (const Resource& dataset : request.world.of("Dataset")) {
    if (dataset.metadata.group != group.metadata.name || dataset.deleting()) continue;
    const auto spec = specOf<DatasetSpec>(dataset);
    if (!spec) continue;
    if (auto columns = columnsOf(request, *spec, domainOf(group)))
      fieldsOf(fields, spec->type) = filterFields(spec->type, *columns);
  }
  return fields;
}

}  // namespace

Json describeEventTracker(Request& request, const Resource& resource) {
  const auto parts = split(resource.metadata.arn, ':');
  return joined({{"name", resource.metadata.name},
                 {"eventTrackerArn", resource.metadata.arn},
                 {"accountId", parts.size() > 4 ? parts[4] : ""},
                 {"trackingId", trackingIdOf(resource)},
                 {"datasetGroupArn", request.world.groupArn(resource)}},
                lifeOf(request, resource));
}

// One for each group (ET-1).
Result<Json> createEventTracker(Request& request) {
  PROFFER_TRY(const Resource* group, named(request, "DatasetGroup", "datasetGroupArn"));
  for (const Resource& tracker : request.world.of("EventTracker"))
    if (tracker.metadata.group == group->metadata.name && !tracker.deleting())
      return fail(ErrorCode::kAlreadyExists, "The dataset group has an event tracker already: {}",
                  tracker.metadata.arn);
  PROFFER_CHECK(requireActive(request, *group));
  PROFFER_TRY(const Resource made,
              create(request, fresh("EventTracker", group, request.text("name"), Json::object()), ""));
  return Json{{"eventTrackerArn", made.metadata.arn}, {"trackingId", trackingIdOf(made)}};
}

Json describeFilter(Request& request, const Resource& resource) {
  return joined({{"name", resource.metadata.name},
                 {"filterArn", resource.metadata.arn},
                 {"datasetGroupArn", request.world.groupArn(resource)},
                 {"filterExpression", stringMember(resource.spec, "expression")}},
                lifeOf(request, resource));
}

Result<Json> createFilter(Request& request) {
  PROFFER_TRY(const Resource* group, named(request, "DatasetGroup", "datasetGroupArn"));
  const std::string name = request.text("name");
  const std::string expression = request.text("filterExpression");
  const auto quotas =
      stringMember(group->spec, "quotas") == "aws" ? QuotaProfile::kAws : QuotaProfile::kGenerous;
  const auto dialect = dsl::Dialect::kPersonalize;
  const auto analysis =
      dsl::analyze(expression, fieldsOfGroup(request, *group), {dialect, mostFilterFields(dialect, quotas)});
  if (!analysis.errors.empty())
    return fail(analysis.errors.front().code, "{}", dsl::serviceMessage(analysis.errors.front(), expression));
  const std::string suffix = "filter/" + name;
  if (request.world.byArn("Filter", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  PROFFER_CHECK(requireActive(request, *group));
  Json spec{{"expression", expression}, {"dialect", "personalize"}};
  PROFFER_TRY(const Resource made, create(request, fresh("Filter", group, name, std::move(spec)), suffix));
  return Json{{"filterArn", made.metadata.arn}};
}

Json describeMetricAttribution(Request& request, const Resource& resource) {
  return joined({{"name", resource.metadata.name},
                 {"metricAttributionArn", resource.metadata.arn},
                 {"datasetGroupArn", request.world.groupArn(resource)}},
                lifeOf(request, resource));
}

Result<Json> listMetricAttributionMetrics(Request& request) {
  Json list = Json::array();
  if (request.has("metricAttributionArn")) {
    const Resource* found = request.world.byArn("MetricAttribution", request.text("metricAttributionArn"));
    if (found != nullptr)
      for (const Json& metric : member(found->spec, "metrics"))
        list.push_back({{"eventType", stringMember(metric, "eventType")},
                        {"metricName", stringMember(metric, "name")},
                        {"expression", stringMember(metric, "expression")}});
  }
  return Json{{"metrics", std::move(list)}};
}

Json describeBatchJob(Request& request, const Resource& resource) {
  const std::string group = resource.metadata.group;
  const Resource* version =
      request.world.find("SolutionVersion", group, stringMember(resource.spec, "version"));
  const Resource* solution = request.world.find("Solution", group, stringMember(resource.spec, "solution"));
  const Resource* filter = request.world.find("Filter", group, stringMember(resource.spec, "filter"));
  const std::string arnMember =
      resource.kind == "BatchInferenceJob" ? "batchInferenceJobArn" : "batchSegmentJobArn";
  Json json{{"jobName", resource.metadata.name},
            {arnMember, resource.metadata.arn},
            {"numResults", member(resource.spec, "numResults")},
            {"jobInput", {{"s3DataSource", {{"path", stringMember(resource.spec, "input")}}}}},
            {"jobOutput", {{"s3DataDestination", {{"path", stringMember(resource.spec, "output")}}}}}};
  if (version != nullptr)
    json["solutionVersionArn"] = version->metadata.arn;
  else if (solution != nullptr)
    json["solutionVersionArn"] = solution->metadata.arn + "/$LATEST";
  if (filter != nullptr) json["filterArn"] = filter->metadata.arn;
  return joined(std::move(json), lifeOf(request, resource));
}

Result<Json> notBuilt(Request& request) {
  return fail(ErrorCode::kNotImplemented, "{} is part of the service's protocol and not built here yet",
              request.operation.name);
}

}  // namespace proffer::wire
