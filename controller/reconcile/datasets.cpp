#include "controller/reconcile/datasets.h"

#include <algorithm>

#include "base/text.h"
#include "controller/reconcile/conditions.h"
#include "controller/store/route_settings.h"
#include "manifests/domains.h"

namespace proffer::reconcile {

namespace {

constexpr Duration kImportPatience = std::chrono::hours(1);
constexpr int64_t kMinimumRowsAws = 1000;  // IM-3, Q21
constexpr int64_t kWindowAws = 100;        // F25

// Named, inline, or the domain's own.
Result<std::variant<std::vector<SchemaField>, Blocked>> schemaOf(const Environment& environment,
                                                                 const DatasetSpec& spec, Domain domain) {
  if (spec.schemaFields) return *spec.schemaFields;
  if (!spec.schemaName) {
    auto fields = defaultSchema(domain, spec.type);
    if (fields.empty()) {
      Error error = makeError(ErrorCode::kInvalidInput, "{} has no schema of its own for {}",
                              domain == Domain::kCustom ? "a custom group" : domainName(domain),
                              datasetTypeName(spec.type));
      return fail(std::move(error).in("spec.schema").hinting("name a Schema or list the fields"));
    }
    return fields;
  }
  const ResourceKey key{"Schema", "", *spec.schemaName};
  const Handle schema = environment.objects.get(key);
  if (!schema) return Blocked{key.toString(), "it does not exist"};
  if (!isReady(*schema)) return Blocked{key.toString(), whyNotReady(*schema)};
  PROFFER_TRY(const SchemaSpec schemaSpec, specOf<SchemaSpec>(*schema));
  if (!schemaSpec.avro) return schemaSpec.fields;
  return fieldsFromAvro(*schemaSpec.avro);
}

Error firstOf(const std::vector<Error>& errors) {
  Error error = errors.front();
  if (errors.size() > 1) error.message += fmt::format(" (and {} more)", errors.size() - 1);
  error.code = ErrorCode::kInvalidInput;
  return error;
}

// Whether an import is under way, or may be found to be needed at the first look since the start. One that
// takes for ever is not waited for.
bool stillToCome(const Environment& environment, const Resource& dataset) {
  const auto progressing = findCondition(dataset, kProgressing);
  if (progressing && progressing->status == ConditionStatus::kTrue)
    return environment.clock.now() - progressing->lastTransitionTime < kImportPatience;
  return isReady(dataset) && !environment.looks->has(dataset.metadata.uid);
}

bool importFailed(const Resource& dataset) {
  const auto ready = findCondition(dataset, kReady);
  return ready && ready->observedGeneration == dataset.metadata.generation &&
         (ready->reason == reason::kImportFailed || ready->reason == reason::kSourceUnavailable ||
          ready->reason == reason::kInvalidSpec);
}

}  // namespace

Result<std::variant<Group, Blocked>> findGroup(const Environment& environment, const std::string& name) {
  const ResourceKey key{"DatasetGroup", "", name};
  const Handle group = environment.objects.get(key);
  if (!group) return Blocked{key.toString(), "it does not exist"};
  if (group->deleting()) return Blocked{key.toString(), "it is being deleted"};
  PROFFER_TRY(const DatasetGroupSpec spec, specOf<DatasetGroupSpec>(*group));
  return Group{name, group->metadata.uid, spec.domain, spec.quotas};
}

Result<std::variant<ResolvedDataset, Blocked>> resolveDataset(const Environment& environment,
                                                              const Resource& dataset) {
  PROFFER_TRY(auto group, findGroup(environment, dataset.metadata.group));
  if (auto* blocked = std::get_if<Blocked>(&group)) return std::move(*blocked);
  ResolvedDataset resolved{.group = std::get<Group>(std::move(group)), .definition = {}, .spec = {}};
  PROFFER_TRY(resolved.spec, specOf<DatasetSpec>(dataset));
  PROFFER_TRY(auto fields, schemaOf(environment, resolved.spec, resolved.group.domain));
  if (auto* blocked = std::get_if<Blocked>(&fields)) return std::move(*blocked);

  data::DatasetDefinition& definition = resolved.definition;
  definition.fields = std::get<std::vector<SchemaField>>(std::move(fields));
  const auto errors =
      checkSchema(resolved.group.domain, resolved.spec.type, definition.fields, resolved.group.quotas);
  if (!errors.empty()) return fail(firstOf(errors));
  definition.name = dataset.metadata.name;
  definition.uid = dataset.metadata.uid;
  definition.type = resolved.spec.type;
  definition.sources = resolved.spec.sources;
  definition.orderColumn = resolved.spec.orderColumn;
  definition.maxBadRows = resolved.spec.maxBadRows;
  definition.retain = resolved.spec.retain;
  if (resolved.group.quotas == QuotaProfile::kAws && resolved.spec.type == DatasetType::kInteractions)
    definition.minimumRows = kMinimumRowsAws;
  return resolved;
}

Handle datasetOfType(const Environment& environment, const std::string& group, DatasetType type) {
  Handle oldest;
  for (const Handle& dataset : environment.objects.ofKind("Dataset", group)) {
    const auto spec = specOf<DatasetSpec>(*dataset);
    if (!spec || spec->type != type || dataset->deleting()) continue;
    if (!oldest || dataset->metadata.creationTimestamp < oldest->metadata.creationTimestamp) oldest = dataset;
  }
  return oldest;
}

Result<std::string> orderColumnOf(const Environment& environment, const std::string& group) {
  const Handle dataset = datasetOfType(environment, group, DatasetType::kInteractions);
  if (!dataset) return std::string();
  PROFFER_TRY(const DatasetSpec spec, specOf<DatasetSpec>(*dataset));
  return spec.orderColumn.value_or("");
}

bool hasData(const Resource& dataset) {
  return !stringMember(member(dataset.status, "data"), "fingerprint").empty();
}

Result<std::variant<TrainingData, Blocked>> trainingData(const Environment& environment, const Group& group,
                                                         bool needsItems, bool needsInteractions) {
  TrainingData found;
  for (const DatasetType type : {DatasetType::kInteractions, DatasetType::kItems, DatasetType::kUsers}) {
    const Handle dataset = datasetOfType(environment, group.name, type);
    const bool needed = (type == DatasetType::kInteractions && needsInteractions) ||
                        (type == DatasetType::kItems && needsItems);
    if (!dataset) {
      if (!needed) continue;
      return Blocked{fmt::format("a Dataset of type {} in group {}", datasetTypeName(type), group.name),
                     "there is none"};
    }
    // A dataset that is declared with sources takes part: training before it is there would give another
    // model. One that cannot be imported until somebody corrects it does not hold up the others.
    const bool fed = !member(dataset->spec, "sources").empty();
    if (fed && stillToCome(environment, *dataset)) found.settled = false;
    if ((fed || needed) && !hasData(*dataset)) {
      const std::string why = wasReady(*dataset) ? "it holds no data yet" : whyNotReady(*dataset);
      if (needed || !importFailed(*dataset)) return Blocked{dataset->key().toString(), why};
      found.missing = fmt::format("{}: {}", dataset->key().toString(), why);
    }
    if (!hasData(*dataset)) continue;
    found.shape += (found.shape.empty() ? "" : ",") + std::string(datasetTypeName(type));
  }
  PROFFER_TRY(found.snapshot, environment.data.snapshot(group.uid));
  // Damaged rows are left out when they are read: what is counted or trained from the rest would be wrong.
  // Each block is checked once as long as the segment is open.
  if (const auto whole = found.snapshot->verify(); !whole)
    return Blocked{fmt::format("the data of group {}", group.name), formatError(whole.error())};
  return found;
}

Result<GroupFields> groupFields(const Environment& environment, const std::string& group) {
  GroupFields found;
  for (const DatasetType type : {DatasetType::kInteractions, DatasetType::kItems, DatasetType::kUsers,
                                 DatasetType::kActions, DatasetType::kActionInteractions}) {
    const Handle dataset = datasetOfType(environment, group, type);
    if (!dataset) {
      found.missing[type] = {fmt::format("a Dataset of type {} in group {}", datasetTypeName(type), group),
                             "there is none"};
      continue;
    }
    auto resolved = resolveDataset(environment, *dataset);
    if (!resolved && resolved.error().code != ErrorCode::kInvalidInput) return fail(resolved.error());
    if (!resolved)
      found.missing[type] = {dataset->key().toString(), formatError(resolved.error())};
    else if (auto* blocked = std::get_if<Blocked>(&*resolved))
      found.missing[type] = std::move(*blocked);
    else
      fieldsOf(found.fields, type) =
          filterFields(type, std::get<ResolvedDataset>(*resolved).definition.fields);
  }
  return found;
}

namespace {

Result<store::GroupRoute> catalogueOf(const Environment& environment, const Group& group, int64_t version) {
  CatalogueSettings settings;
  if (const Handle items = datasetOfType(environment, group.name, DatasetType::kItems);
      items && hasData(*items)) {
    PROFFER_TRY(const DatasetSpec spec, specOf<DatasetSpec>(*items));
    settings.titleColumn = spec.displayTitle.value_or("");
    settings.catalogueOnly = spec.recommendableCatalogueOnly;
  }
  if (const Handle interactions = datasetOfType(environment, group.name, DatasetType::kInteractions))
    settings.interactions = interactions->metadata.uid;
  PROFFER_TRY(const GroupFields known, groupFields(environment, group.name));
  settings.fields = proffer::toJson(known.fields);
  for (const Handle& filter : environment.objects.ofKind("Filter", group.name)) {
    if (filter->deleting()) continue;
    PROFFER_TRY(const FilterSpec spec, specOf<FilterSpec>(*filter));
    settings.filters[filter->metadata.name] = {spec.expression, spec.dialect};
  }
  PROFFER_TRY(const auto found, findGroup(environment, group.name));
  if (const auto* whole = std::get_if<Group>(&found); whole && whole->quotas == QuotaProfile::kAws)
    settings.interactionWindow = kWindowAws;
  return store::GroupRoute{group.name, group.uid, version, toJson(settings), 0};
}

// The versions of everything that catalogueOf() looks at.
std::string catalogueInputs(const Environment& environment, const Group& group, int64_t version) {
  std::string inputs = fmt::format("{}", version);
  const auto add = [&](const Handle& object) {
    if (object) inputs += fmt::format(" {}", object->metadata.resourceVersion);
  };
  add(environment.objects.get({"DatasetGroup", "", group.name}));
  for (const auto* kind : {"Dataset", "Filter"})
    for (const Handle& object : environment.objects.ofKind(kind, group.name)) add(object);
  for (const Handle& schema : environment.objects.ofKind("Schema", "")) add(schema);
  return inputs;
}

}  // namespace

Result<void> publishCatalogue(const Environment& environment, const Group& group) {
  // Two datasets may end their imports together: reading and writing the version is one step, or the older
  // wins.
  return environment.catalogues->publish(group.uid, [&](std::string& last) -> Result<void> {
    PROFFER_TRY(const int64_t version, environment.data.dataVersion(group.uid));
    std::string inputs = catalogueInputs(environment, group, version);
    if (inputs == last) return {};
    PROFFER_TRY(const store::GroupRoute route, catalogueOf(environment, group, version));
    PROFFER_TRY([[maybe_unused]] const int64_t revision, environment.store.routes().putGroup(route));
    last = std::move(inputs);
    return {};
  });
}

}  // namespace proffer::reconcile
