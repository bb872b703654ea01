// Conditions inside a resource's status.
#include <array>

#include "manifests/resource.h"

namespace proffer {
namespace {

constexpr std::array kOrder{kReady, kProgressing, kDegraded, kWaitingFor};
constexpr std::array<std::string_view, 3> kStatusNames{"True", "False", "Unknown"};

size_t place(std::string_view type) {
  return static_cast<size_t>(std::find(kOrder.begin(), kOrder.end(), type) - kOrder.begin());
}

std::string_view nameOf(ConditionStatus status) {
  return kStatusNames[static_cast<size_t>(status)];
}

// Conditions are asked for with every look at an object: their words are compared where they lie.
bool has(const Json& condition, std::string_view name, std::string_view text) {
  const Json& value = member(condition, name);
  return value.is_string() && value.get_ref<const std::string&>() == text;
}

const Json* find(const Resource& resource, std::string_view type) {
  const Json& list = member(resource.status, "conditions");
  if (list.is_array())
    for (const Json& condition : list)
      if (has(condition, "type", type)) return &condition;
  return nullptr;
}

Json toJson(const Condition& condition) {
  Json json = Json::object();
  json["type"] = condition.type;
  json["status"] = nameOf(condition.status);
  json["reason"] = condition.reason;
  json["message"] = condition.message;
  json["lastTransitionTime"] = formatTime(condition.lastTransitionTime);
  json["observedGeneration"] = condition.observedGeneration;
  return json;
}

Condition fromJson(const Json& json) {
  Condition condition;
  condition.type = stringMember(json, "type");
  const auto status = stringMember(json, "status");
  condition.status = status == "True"    ? ConditionStatus::kTrue
                     : status == "False" ? ConditionStatus::kFalse
                                         : ConditionStatus::kUnknown;
  condition.reason = stringMember(json, "reason");
  condition.message = stringMember(json, "message");
  condition.lastTransitionTime = parseTime(stringMember(json, "lastTransitionTime")).value_or(Time{});
  condition.observedGeneration = intMember(json, "observedGeneration");
  return condition;
}

}  // namespace

std::vector<Condition> conditionsOf(const Resource& resource) {
  std::vector<Condition> conditions;
  const Json& list = member(resource.status, "conditions");
  if (list.is_array())
    for (const auto& condition : list) conditions.push_back(fromJson(condition));
  return conditions;
}

std::optional<Condition> findCondition(const Resource& resource, std::string_view type) {
  const Json* found = find(resource, type);
  return found == nullptr ? std::nullopt : std::optional(fromJson(*found));
}

bool isReady(const Resource& resource) {
  const Json* ready = find(resource, kReady);
  return ready != nullptr && has(*ready, "status", nameOf(ConditionStatus::kTrue)) &&
         intMember(*ready, "observedGeneration") == resource.metadata.generation;
}

bool setCondition(Resource& resource, std::string_view type, ConditionStatus status, std::string_view reason,
                  std::string_view message, Time now) {
  const Json* before = find(resource, type);
  const bool sameStatus = before != nullptr && has(*before, "status", nameOf(status));
  if (sameStatus && has(*before, "reason", reason) && has(*before, "message", message) &&
      intMember(*before, "observedGeneration") == resource.metadata.generation)
    return false;
  Condition condition{std::string(type),    status, std::string(reason),
                      std::string(message), now,    resource.metadata.generation};
  if (sameStatus) condition.lastTransitionTime = fromJson(*before).lastTransitionTime;
  const Json written = toJson(condition);
  Json list = Json::array();
  bool placed = false;
  const Json& present = member(resource.status, "conditions");
  if (present.is_array()) {
    for (const auto& other : present) {
      const auto otherType = stringMember(other, "type");
      if (otherType == type) continue;
      if (!placed && place(otherType) > place(type)) placed = true, list.push_back(written);
      list.push_back(other);
    }
  }
  if (!placed) list.push_back(written);
  if (!resource.status.is_object()) resource.status = Json::object();
  resource.status["conditions"] = std::move(list);
  return true;
}

bool removeCondition(Resource& resource, std::string_view type) {
  if (find(resource, type) == nullptr) return false;
  Json list = Json::array();
  for (const auto& condition : member(resource.status, "conditions"))
    if (!has(condition, "type", type)) list.push_back(condition);
  if (list.empty())
    resource.status.erase("conditions");
  else
    resource.status["conditions"] = std::move(list);
  return true;
}

int64_t observedGeneration(const Resource& resource) {
  return intMember(resource.status, "observedGeneration");
}

}  // namespace proffer
