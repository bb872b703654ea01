#include "controller/store/quotas.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace proffer::store {

namespace {

struct Limit {
  std::string_view kind;
  size_t count;
  bool underWay;     ///< only those that are not finished count
  bool overAll;      ///< over all groups with the profile
  const char* what;  ///< in the plural
};

constexpr std::array kLimits{Limit{"Solution", 10, false, false, "solutions"},
                             Limit{"Campaign", 5, false, false, "campaigns"},
                             Limit{"Recommender", 5, false, false, "recommenders"},
                             Limit{"Filter", 30, false, false, "filters"},
                             Limit{"MetricAttribution", 1, false, false, "metric attributions"},
                             Limit{"DataDeletion", 5, true, false, "data deletions under way"},
                             Limit{"DatasetGroup", 5, false, true, "dataset groups"},
                             Limit{"BatchInferenceJob", 5, true, true, "batch inference jobs under way"},
                             Limit{"BatchSegmentJob", 5, true, true, "batch segment jobs under way"}};

/// What counts after the apply: what stays, and what is queued to be created.
std::vector<ResourcePointer> remaining(const ResourceTransaction& transaction) {
  std::vector<ResourcePointer> all;
  for (const auto& resource : transaction.list({}))
    if (!resource->deleting()) all.push_back(resource);
  for (const auto& resource : transaction.allQueued()) all.push_back(resource);
  return all;
}

bool isUnderWay(const Resource& resource) {
  const auto ready = findCondition(resource, kReady);
  if (!ready) return true;
  const bool failed =
      ready->status == ConditionStatus::kFalse && ready->reason.find("Failed") != std::string::npos;
  return ready->status != ConditionStatus::kTrue && !failed;
}

class Groups {
 public:
  explicit Groups(const std::vector<ResourcePointer>& all) {
    for (const auto& resource : all)
      if (resource->kind == "DatasetGroup" && stringMember(resource->spec, "quotas") == "aws")
        limited_.push_back(resource->metadata.name);
  }
  /// Whether the object stands in a group with the profile, or is one.
  bool limits(const ResourceKey& key) const {
    const std::string& group = key.kind == "DatasetGroup" ? key.name : key.group;
    return std::find(limited_.begin(), limited_.end(), group) != limited_.end();
  }

 private:
  std::vector<std::string> limited_;
};

/// An added object is refused if, without it and those added after it, the bound is reached already.
void checkLimit(const Limit& limit, const Groups& groups, const std::vector<ResourcePointer>& all,
                const std::vector<ResourceKey>& added, std::vector<Error>& errors) {
  const auto scope = [&](const ResourceKey& key) { return limit.overAll ? std::string() : key.group; };
  std::set<ResourceKey> isNew;
  for (const auto& key : added)
    if (key.kind == limit.kind && groups.limits(key)) isNew.insert(key);
  if (isNew.empty()) return;
  std::map<std::string, size_t> held;
  for (const auto& resource : all) {
    const ResourceKey key = resource->key();
    if (key.kind != limit.kind || !groups.limits(key) || isNew.count(key) != 0) continue;
    if (!limit.underWay || isUnderWay(*resource)) ++held[scope(key)];
  }
  for (const auto& key : added) {
    if (isNew.count(key) == 0 || ++held[scope(key)] <= limit.count) continue;
    const std::string where = limit.overAll ? "all groups with quotas: aws together" : "group " + key.group;
    errors.push_back(
        makeError(ErrorCode::kLimitExceeded, "{}: {} may hold {} {} under the quota profile aws",
                  key.toString(), where, limit.count, limit.what)
            .in("metadata.name")
            .hinting("delete one that is no longer needed, or set quotas: generous in the DatasetGroup"));
  }
}

void checkDatasetTypes(const std::vector<ResourcePointer>& all, const std::vector<ResourceKey>& added,
                       std::vector<Error>& errors) {
  const auto typeOf = [](const Resource& dataset) {
    return std::pair(dataset.metadata.group, stringMember(dataset.spec, "type"));
  };
  std::map<std::pair<std::string, std::string>, std::vector<ResourcePointer>> byType;
  std::map<ResourceKey, ResourcePointer> datasets;
  for (const auto& resource : all) {
    if (resource->kind != "Dataset") continue;
    byType[typeOf(*resource)].push_back(resource);
    datasets[resource->key()] = resource;
  }
  for (const auto& key : added) {
    const auto self = datasets.find(key);
    if (self == datasets.end()) continue;
    const auto type = typeOf(*self->second);
    for (const auto& other : byType[type]) {
      if (other->key() == key) continue;
      errors.push_back(makeError(ErrorCode::kAlreadyExists,
                                 "{}: group {} has a dataset of type {} already, {}", key.toString(),
                                 key.group, type.second, other->key().toString())
                           .in("spec.type")
                           .hinting("a group has one dataset of each type: give that one more sources"));
      break;
    }
  }
}

void checkTrackers(const std::vector<ResourcePointer>& all, const std::vector<ResourceKey>& added,
                   std::vector<Error>& errors) {
  for (const auto& key : added) {
    if (key.kind != "EventTracker") continue;
    const auto other = std::find_if(all.begin(), all.end(), [&](const ResourcePointer& resource) {
      return resource->kind == key.kind && resource->metadata.group == key.group && resource->key() != key;
    });
    if (other != all.end())
      errors.push_back(makeError(ErrorCode::kAlreadyExists, "{}: group {} has an event tracker already, {}",
                                 key.toString(), key.group, (*other)->key().toString())
                           .in("metadata.name")
                           .hinting("all events of the group may come in under its trackingId"));
  }
}

}  // namespace

std::vector<Error> checkQuotas(const ResourceTransaction& transaction,
                               const std::vector<ResourceKey>& added) {
  std::vector<Error> errors;
  if (added.empty()) return errors;
  const auto all = remaining(transaction);
  const Groups groups(all);
  checkDatasetTypes(all, added, errors);
  checkTrackers(all, added, errors);
  for (const Limit& limit : kLimits) checkLimit(limit, groups, all, added, errors);
  return errors;
}

}  // namespace proffer::store
