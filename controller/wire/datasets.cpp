// Dataset groups, schemas and datasets.
#include "base/text.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/states.h"
#include "manifests/domains.h"
#include "manifests/kind_table.h"
#include "manifests/specs.h"
#include "manifests/tracking.h"

namespace proffer::wire {
namespace {

constexpr std::string_view kInlineMark = ".";

Result<std::vector<SchemaField>> fieldsOf(const Resource& schema) {
  PROFFER_TRY(const SchemaSpec spec, specOf<SchemaSpec>(schema));
  if (spec.avro) return fieldsFromAvro(*spec.avro);
  return spec.fields;
}

// A schema that a manifest writes into the dataset itself has the ARN of a schema with the names of group and
// dataset; no Schema can have that name.
std::string inlineSchemaArn(const Resource& dataset) {
  return arnWith(fmt::format("schema/{}{}{}", dataset.metadata.group, kInlineMark, dataset.metadata.name));
}

std::string schemaArnOf(Request& request, const Resource& dataset) {
  const Json& schema = member(dataset.spec, "schema");
  if (!schema.is_string()) return inlineSchemaArn(dataset);
  const Resource* found = request.world.find("Schema", "", schema.get<std::string>());
  return found == nullptr ? arnWith("schema/" + schema.get<std::string>()) : found->metadata.arn;
}

Json describeInlineSchema(Request& request, const Resource& dataset) {
  const auto spec = specOf<DatasetSpec>(dataset);
  const Resource* group = request.world.groupOf(dataset);
  const Domain domain = group == nullptr ? Domain::kCustom : domainOf(*group);
  std::string text;
  if (spec) {
    const auto fields = spec->schemaFields ? *spec->schemaFields : defaultSchema(domain, spec->type);
    text = avroFromFields(spec->type, fields);
  }
  return {{"name", dataset.metadata.group + std::string(kInlineMark) + dataset.metadata.name},
          {"schemaArn", inlineSchemaArn(dataset)},
          {"schema", text},
          {"creationDateTime", timeJson(dataset.metadata.creationTimestamp)},
          {"lastUpdatedDateTime", timeJson(dataset.metadata.creationTimestamp)},
          {"domain", domainName(domain)}};
}

Error schemaMisfit(const Resource& schema, const Error& error) {
  return makeError(ErrorCode::kInvalidInput, "The schema {} does not fit: {}", schema.metadata.arn,
                   formatError(error));
}

Result<void> checkSchemaFor(const Resource& group, const Resource& schema, DatasetType type) {
  const Domain domain = domainOf(group);
  if (domainOf(schema) != domain)
    return fail(ErrorCode::kInvalidInput, "The schema {} is for {}, the dataset group is {}",
                schema.metadata.arn,
                domainOf(schema) == Domain::kCustom ? "custom groups" : domainName(domainOf(schema)),
                domain == Domain::kCustom ? "a custom one" : domainName(domain));
  PROFFER_TRY(const SchemaSpec spec, specOf<SchemaSpec>(schema));
  if (spec.type && *spec.type != type)
    return fail(ErrorCode::kInvalidInput, "The schema {} is for datasets of type {}, not {}",
                schema.metadata.arn, datasetTypeName(*spec.type), datasetTypeName(type));
  PROFFER_TRY(const auto fields, fieldsOf(schema));
  const auto quotas =
      stringMember(group.spec, "quotas") == "aws" ? QuotaProfile::kAws : QuotaProfile::kGenerous;
  const auto errors = checkSchema(domain, type, fields, quotas);
  if (!errors.empty()) return fail(schemaMisfit(schema, errors.front()));
  return {};
}

// SU-2: old fields stay as they are, new ones may be null.
Result<void> checkReplacement(const Resource& before, const Resource& after) {
  PROFFER_TRY(const auto old, fieldsOf(before));
  PROFFER_TRY(const auto fresh, fieldsOf(after));
  const auto find = [](const std::vector<SchemaField>& fields,
                       const std::string& name) -> const SchemaField* {
    for (const SchemaField& field : fields)
      if (field.name == name) return &field;
    return nullptr;
  };
  for (const SchemaField& field : old) {
    const SchemaField* same = find(fresh, field.name);
    if (same == nullptr)
      return fail(ErrorCode::kInvalidInput, "The new schema lacks {}, which the present one has", field.name);
    if (same->types != field.types || same->categorical != field.categorical ||
        same->textual != field.textual)
      return fail(ErrorCode::kInvalidInput, "The new schema has {} with another type or attribute",
                  field.name);
  }
  for (const SchemaField& field : fresh)
    if (find(old, field.name) == nullptr && !field.nullable())
      return fail(ErrorCode::kInvalidInput, "The new field {} must allow null", field.name);
  return {};
}

}  // namespace

Domain domainOf(const Resource& resource) {
  const std::string name = stringMember(resource.spec, "domain");
  for (const Domain domain : {Domain::kEcommerce, Domain::kVideoOnDemand})
    if (name == domainName(domain)) return domain;
  return Domain::kCustom;
}

Json describeDatasetGroup(Request& request, const Resource& resource) {
  return joined({{"name", resource.metadata.name},
                 {"datasetGroupArn", resource.metadata.arn},
                 {"roleArn", kept(resource, "roleArn")},
                 {"kmsKeyArn", kept(resource, "kmsKeyArn")},
                 {"domain", stringMember(resource.spec, "domain")}},
                lifeOf(request, resource));
}

Result<Json> createDatasetGroup(Request& request) {
  if (request.has("kmsKeyArn") != request.has("roleArn"))
    return fail(ErrorCode::kInvalidInput, "kmsKeyArn and roleArn are only valid together");
  Json spec = Json::object();
  if (request.has("domain")) spec["domain"] = request.text("domain");
  const std::string name = request.text("name");
  PROFFER_TRY(const Resource made, create(request, fresh("DatasetGroup", nullptr, name, std::move(spec)),
                                          "dataset-group/" + name));
  Json answer{{"datasetGroupArn", made.metadata.arn}};
  if (request.has("domain")) answer["domain"] = request.text("domain");
  return answer;
}

Json describeSchema(Request& request, const Resource& resource) {
  std::string text = stringMember(resource.spec, "avro");
  if (text.empty()) {
    const auto spec = specOf<SchemaSpec>(resource);
    if (spec) text = avroFromFields(spec->type.value_or(DatasetType::kInteractions), spec->fields);
  }
  Json life = lifeOf(request, resource);
  return {{"name", resource.metadata.name},
          {"schemaArn", resource.metadata.arn},
          {"schema", text},
          {"creationDateTime", life["creationDateTime"]},
          {"lastUpdatedDateTime", life["creationDateTime"]},
          {"domain", stringMember(resource.spec, "domain")}};
}

Result<Json> describeSchemaOf(Request& request) {
  const std::string arn = request.text("schemaArn");
  if (request.world.byArn("Schema", arn) == nullptr)
    for (const Resource& dataset : request.world.of("Dataset"))
      if (!member(dataset.spec, "schema").is_string() && inlineSchemaArn(dataset) == arn)
        return Json{{"schema", describeInlineSchema(request, dataset)}};
  return describeResource(request);
}

Result<Json> createSchema(Request& request) {
  Json spec{{"avro", request.text("schema")}};
  if (request.has("domain")) spec["domain"] = request.text("domain");
  const std::string name = request.text("name");
  PROFFER_TRY(const Resource made,
              create(request, fresh("Schema", nullptr, name, std::move(spec)), "schema/" + name));
  return Json{{"schemaArn", made.metadata.arn}};
}

Json describeDataset(Request& request, const Resource& resource) {
  Json json{{"name", resource.metadata.name},
            {"datasetArn", resource.metadata.arn},
            {"datasetGroupArn", request.world.groupArn(resource)},
            {"datasetType", stringMember(resource.spec, "type")},
            {"schemaArn", schemaArnOf(request, resource)}};
  if (stringMember(resource.spec, "type") == "ACTION_INTERACTIONS")
    json["trackingId"] = trackingIdOf(resource);
  json = joined(std::move(json), lifeOf(request, resource));
  if (const Json update = latestUpdate(resource); update.is_object()) {
    const State state = updateState(request.world, resource, intMember(update, "generation"));
    const bool done = state.status == kActive || state.status == kCreateFailed;
    json["latestDatasetUpdate"] = {{"schemaArn", stringMember(member(update, "request"), "schemaArn")},
                                   {"status", done ? state.status : "UPDATE IN_PROGRESS"},
                                   {"creationDateTime", timeJson(fromMicros(intMember(update, "time")))},
                                   {"lastUpdatedDateTime", timeJson(lastUpdated(resource))}};
    if (!state.failureReason.empty()) json["latestDatasetUpdate"]["failureReason"] = state.failureReason;
    if (!done) json["status"] = "UPDATE IN_PROGRESS";
  }
  return json;
}

Result<Json> createDataset(Request& request) {
  const auto type = datasetTypeFromName(request.text("datasetType"));
  if (!type)
    return fail(ErrorCode::kInvalidInput,
                "datasetType {} is not one of Interactions, Items, Users, Actions, Action_Interactions",
                quoted(request.text("datasetType")));
  PROFFER_TRY(const Resource* schema, named(request, "Schema", "schemaArn"));
  PROFFER_TRY(const Resource* group, named(request, "DatasetGroup", "datasetGroupArn"));
  const bool actions = *type == DatasetType::kActions || *type == DatasetType::kActionInteractions;
  if (actions && domainOf(*group) != Domain::kCustom)
    return fail(ErrorCode::kInvalidInput, "{} datasets are only for custom dataset groups",
                datasetTypeName(*type));
  PROFFER_CHECK(checkSchemaFor(*group, *schema, *type));
  const std::string suffix = fmt::format("dataset/{}/{}", group->metadata.name, datasetTypeName(*type));
  if (request.world.byArn("Dataset", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  PROFFER_CHECK(requireActive(request, *group));
  Json spec{{"type", datasetTypeName(*type)}, {"schema", schema->metadata.name}};
  PROFFER_TRY(const Resource made,
              create(request, fresh("Dataset", group, request.text("name"), std::move(spec)), suffix));
  return Json{{"datasetArn", made.metadata.arn}};
}

Result<Json> updateDataset(Request& request) {
  PROFFER_TRY(const Resource* dataset, named(request, "Dataset", "datasetArn"));
  PROFFER_TRY(const Resource* schema, named(request, "Schema", "schemaArn"));
  const std::string type = stringMember(dataset->spec, "type");
  if (type != "ITEMS" && type != "USERS")
    return fail(ErrorCode::kInvalidInput,
                "only the schemas of ITEMS and USERS can be replaced, not that of {}", type);
  const Resource* group = request.world.groupOf(*dataset);
  const Json& present = member(dataset->spec, "schema");
  const Resource* before =
      present.is_string() ? request.world.find("Schema", "", present.get<std::string>()) : nullptr;
  if (group == nullptr || before == nullptr)
    return fail(ErrorCode::kInvalidInput, "{} has a schema of its own, which its manifest changes",
                dataset->metadata.arn);
  PROFFER_CHECK(checkSchemaFor(*group, *schema, *datasetTypeFromName(type)));
  PROFFER_CHECK(checkReplacement(*before, *schema));
  PROFFER_CHECK(requireActive(request, *dataset));
  Resource changed = *dataset;
  changed.spec["schema"] = schema->metadata.name;
  PROFFER_TRY(const Resource now, change(request, std::move(changed), true));
  return Json{{"datasetArn", now.metadata.arn}};
}

// Section 1.5: filters and trackers do not name the datasets that they need, and a job may be reading it.
Result<void> mayDeleteDataset(Request& request, const Resource& resource) {
  const auto inGroup = [&](const Resource& other) { return other.metadata.group == resource.metadata.group; };
  const auto inUse = [&](const Resource& other, std::string_view why) {
    return fail(ErrorCode::kInUse, "{} is used by {}{}", resource.metadata.arn, other.metadata.arn, why);
  };
  for (const Resource& filter : request.world.of("Filter"))
    if (inGroup(filter)) return inUse(filter, "");
  for (const Resource& campaign : request.world.of("Campaign"))
    if (inGroup(campaign) && stateOf(request.world, campaign).status != kCreateFailed)
      return inUse(campaign, "");
  if (stringMember(resource.spec, "type") == "INTERACTIONS")
    for (const Resource& tracker : request.world.of("EventTracker"))
      if (inGroup(tracker)) return inUse(tracker, "");
  for (const char* kind :
       {"DatasetImport", "DatasetExport", "SolutionVersion", "Recommender", "BatchInferenceJob"})
    for (const Resource& job : request.world.of(kind)) {
      if (!inGroup(job)) continue;
      if (job.spec.contains("dataset") && stringMember(job.spec, "dataset") != resource.metadata.name)
        continue;
      const std::string status = stateOf(request.world, job).status;
      if (status == kCreatePending || status == kCreateInProgress) return inUse(job, ", which is " + status);
    }
  return {};
}

Result<void> mayDeleteSolution(Request& request, const Resource& resource) {
  for (const Resource& version : request.world.of("SolutionVersion")) {
    if (version.metadata.group != resource.metadata.group ||
        stringMember(version.spec, "solution") != resource.metadata.name)
      continue;
    const std::string status = stateOf(request.world, version).status;
    if (status == kCreatePending || status == kCreateInProgress)
      return fail(ErrorCode::kInUse, "{} has a version that is {}: {}", resource.metadata.arn, status,
                  version.metadata.arn);
  }
  return {};
}

}  // namespace proffer::wire
