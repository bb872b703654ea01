#include "controller/http/put_targets.h"

#include "base/text.h"
#include "manifests/domains.h"
#include "manifests/tracking.h"

namespace proffer::http {
namespace {

bool mattersToPuts(const std::string& kind) {
  return kind == "DatasetGroup" || kind == "Dataset" || kind == "Schema" || kind == "EventTracker";
}

// The generation, and another number while it is being deleted.
int64_t stampOf(const Resource& resource) {
  return resource.deleting() ? -1 : resource.metadata.generation;
}

using Schemas = std::map<std::string, std::vector<SchemaField>>;

Result<std::vector<SchemaField>> fieldsOf(const Resource& schema) {
  PROFFER_TRY(const SchemaSpec spec, specOf<SchemaSpec>(schema));
  if (!spec.avro) return spec.fields;
  return fieldsFromAvro(*spec.avro);
}

Result<PutTargetPointer> targetFrom(const Resource& dataset, const Resource& group, const Schemas& schemas) {
  PROFFER_TRY(const DatasetSpec spec, specOf<DatasetSpec>(dataset));
  PROFFER_TRY(const DatasetGroupSpec groupSpec, specOf<DatasetGroupSpec>(group));
  std::string missing;
  std::vector<SchemaField> named;
  if (spec.schemaName) {
    const auto found = schemas.find(*spec.schemaName);
    if (found == schemas.end())
      missing = fmt::format("its schema {} does not exist, or cannot be read", quoted(*spec.schemaName));
    else
      named = found->second;
  }
  const auto fields = datasetColumns(spec, groupSpec.domain, named);
  if (fields.empty() && missing.empty()) missing = "it has no schema";
  if (missing.empty()) {
    const auto errors = checkSchema(groupSpec.domain, spec.type, fields, QuotaProfile::kGenerous);
    if (!errors.empty()) missing = "its schema does not fit: " + errors.front().message;
  }
  return std::make_shared<const PutTarget>(
      PutTarget{dataset.key(), group.metadata.uid,
                data::LiveDataset{dataset.metadata.name, dataset.metadata.uid, spec.type, fields},
                PutColumns(spec.type, fields), std::move(missing), groupSpec.quotas == QuotaProfile::kAws});
}

Result<PutTargetPointer> usable(const PutTargetPointer& target) {
  if (!target->schemaMissing.empty())
    return fail(ErrorCode::kInvalidInput, "{} cannot take rows yet: {}", target->dataset.toString(),
                target->schemaMissing);
  return target;
}

}  // namespace

Result<std::shared_ptr<const PutTargets::Table>> PutTargets::table() {
  const int64_t version = store_.resources().currentVersion();
  {
    std::lock_guard guard(mutex_);
    if (table_ && table_->version >= version) return table_;
  }
  std::lock_guard making(making_);
  std::shared_ptr<const Table> before;
  {
    std::lock_guard guard(mutex_);
    before = table_;
  }
  if (before && before->version >= version) return before;
  std::shared_ptr<Table> made;
  if (before) {
    int64_t seen = 0;
    PROFFER_TRY(const bool same, unchanged(*before, seen));
    if (same) {
      made = std::make_shared<Table>(*before);
      made->version = seen;
    }
  }
  if (!made) {
    PROFFER_TRY(made, make());
  }
  std::lock_guard guard(mutex_);
  table_ = made;
  return table_;
}

Result<bool> PutTargets::unchanged(const Table& before, int64_t& version) {
  const auto batch = store_.resources().watchInternal(before.version, Time{});
  if (!batch) return false;  // too long ago
  for (const store::Change& change : batch->changes) {
    if (!mattersToPuts(change.resource.kind)) continue;
    const auto known = before.generations.find(change.resource.metadata.uid);
    if (change.type == store::ChangeType::kDeleted || known == before.generations.end() ||
        known->second != stampOf(change.resource))
      return false;
  }
  version = batch->resourceVersion;
  return true;
}

Result<std::shared_ptr<PutTargets::Table>> PutTargets::make() {
  // The version comes first: what is written while the lists are read is looked at again.
  auto table = std::make_shared<Table>();
  table->version = store_.resources().currentVersion();
  std::map<std::string, std::vector<Resource>> ofKind;
  for (const char* kind : {"DatasetGroup", "Schema", "Dataset", "EventTracker"}) {
    store::ListOptions options;
    options.kind = kind;
    PROFFER_TRY(store::ResourceList list, store_.resources().list(options));
    for (const Resource& resource : list.items) table->generations[resource.metadata.uid] = stampOf(resource);
    ofKind[kind] = std::move(list.items);
  }
  Schemas schemas;
  for (const Resource& schema : ofKind["Schema"])
    if (auto fields = fieldsOf(schema)) schemas[schema.metadata.name] = std::move(*fields);
  std::map<std::string, const Resource*> groups;
  for (const Resource& group : ofKind["DatasetGroup"]) {
    if (group.deleting()) continue;
    groups[group.metadata.name] = &group;
    table->groups[group.metadata.name] = group.metadata.uid;
  }
  std::map<std::pair<std::string, DatasetType>, Time> oldest;
  for (const Resource& dataset : ofKind["Dataset"]) {
    const std::string name = dataset.metadata.group + "/" + dataset.metadata.name;
    const auto group = groups.find(dataset.metadata.group);
    if (dataset.deleting() || group == groups.end()) {
      table->deleting[dataset.metadata.arn] = table->deleting[name] = dataset.key().toString();
      continue;
    }
    const auto target = targetFrom(dataset, *group->second, schemas);
    if (!target) continue;  // not normalised: nothing that a put could mean
    table->byArn[dataset.metadata.arn] = table->byName[name] = *target;
    const DatasetType type = (*target)->live.type;
    if (type == DatasetType::kActionInteractions) table->byTrackingId[trackingIdOf(dataset)] = *target;
    // Of several datasets of a type the oldest is the one that counts.
    const auto key = std::pair(dataset.metadata.group, type);
    const auto [first, fresh] = oldest.emplace(key, dataset.metadata.creationTimestamp);
    if (fresh || dataset.metadata.creationTimestamp < first->second) {
      first->second = dataset.metadata.creationTimestamp;
      table->byGroup[key] = *target;
    }
  }
  for (const Resource& tracker : ofKind["EventTracker"]) {
    if (tracker.deleting() || !groups.contains(tracker.metadata.group)) continue;
    const auto dataset = table->byGroup.find({tracker.metadata.group, DatasetType::kInteractions});
    if (dataset == table->byGroup.end())
      table->withoutDataset[trackingIdOf(tracker)] = tracker.metadata.group;
    else
      table->byTrackingId[trackingIdOf(tracker)] = dataset->second;
  }
  return table;
}

Result<PutTargetPointer> PutTargets::ofTrackingId(const std::string& trackingId, DatasetType type) {
  PROFFER_TRY(const std::shared_ptr<const Table> known, table());
  if (const auto found = known->byTrackingId.find(trackingId);
      found != known->byTrackingId.end() && found->second->live.type == type)
    return usable(found->second);
  if (const auto found = known->withoutDataset.find(trackingId);
      found != known->withoutDataset.end() && type == DatasetType::kInteractions)
    return fail(ErrorCode::kInvalidInput,
                "1 validation error detected: Value '{}' at 'trackingId' failed to satisfy constraint: the "
                "dataset group "
                "of the event tracker, {}, has no Interactions dataset yet",
                trackingId, quoted(found->second));
  return fail(ErrorCode::kInvalidInput,
              "1 validation error detected: Value '{}' at 'trackingId' failed to satisfy constraint: Member "
              "must be the "
              "tracking id of {}",
              trackingId,
              type == DatasetType::kInteractions ? "an event tracker" : "an Action_Interactions dataset");
}

Result<PutTargetPointer> PutTargets::ofDataset(const std::string& arn, DatasetType type) {
  PROFFER_TRY(const std::shared_ptr<const Table> known, table());
  if (const auto going = known->deleting.find(arn); going != known->deleting.end())
    return fail(ErrorCode::kInUse, "{} is being deleted", going->second);
  auto found = known->byArn.find(arn);
  if (found == known->byArn.end() && (found = known->byName.find(arn)) == known->byName.end())
    return fail(ErrorCode::kNotFound, "Resource Arn {} does not exist.", arn);
  if (found->second->live.type != type)
    return fail(ErrorCode::kInvalidInput,
                "1 validation error detected: Value '{}' at 'datasetArn' failed to satisfy constraint: "
                "Member must be the "
                "ARN of a dataset of type {}, this is one of type {}",
                arn, datasetTypeName(type), datasetTypeName(found->second->live.type));
  return usable(found->second);
}

Result<PutTargetPointer> PutTargets::ofGroup(const std::string& group, DatasetType type) {
  PROFFER_TRY(const std::shared_ptr<const Table> known, table());
  if (const auto found = known->byGroup.find({group, type}); found != known->byGroup.end())
    return usable(found->second);
  if (known->groups.contains(group))
    return fail(makeError(ErrorCode::kNotFound, "the group {} has no dataset of type {}", quoted(group),
                          datasetTypeName(type))
                    .hinting("declare one; it needs no sources"));
  std::vector<std::string> names;
  for (const auto& [name, uid] : known->groups) names.push_back(name);
  return fail(makeError(ErrorCode::kNotFound, "there is no dataset group {}", quoted(group))
                  .hinting(didYouMean(group, names)));
}

}  // namespace proffer::http
