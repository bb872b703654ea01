// The resource: what every object of Proffer looks like, whatever its kind. Users write spec, reconcilers
// write status.
//
// Plain values; safe to copy between threads. A Resource that came out of the reader or the store is
// normalised: its spec holds every field of its kind's table that has a default, in the order of the table,
// so comparing two specs as JSON compares their meaning.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace proffer {

inline constexpr std::string_view kApiVersion = "proffer/v1";

/// Names one object. `group` is empty for the kinds that belong to the server (DatasetGroup, Schema,
/// GitSource).
struct ResourceKey {
  std::string kind;
  std::string group;
  std::string name;

  auto operator<=>(const ResourceKey&) const = default;
  /// "Recommender/shop/for-you", "DatasetGroup/shop".
  std::string toString() const;
};

struct OwnerReference {
  std::string kind;
  std::string name;  ///< in the same group, or a server-wide kind
  std::string uid;
  bool operator==(const OwnerReference&) const = default;
};

struct Metadata {
  std::string name;
  std::string group;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string uid;              ///< set by the store at creation
  std::string arn;              ///< stamped at creation, never recomputed (control-plane 1.3)
  int64_t generation = 0;       ///< counts changes of spec, from 1
  int64_t resourceVersion = 0;  ///< of the whole store: grows with every write
  Time creationTimestamp{};
  std::optional<Time> deletionTimestamp;
  std::vector<OwnerReference> ownerReferences;
  std::vector<std::string> finalizers;
  std::string managedBy;  ///< the set that owns it ("set/NAME", "manifests/NAME", "git/NAME"); empty: nobody

  bool operator==(const Metadata&) const = default;
};

struct Resource {
  std::string kind;
  Metadata metadata;
  Json spec = Json::object();
  Json status = Json::object();

  ResourceKey key() const { return {kind, metadata.group, metadata.name}; }
  bool deleting() const { return metadata.deletionTimestamp.has_value(); }
};

/// The whole object as the API shows it: apiVersion, kind, metadata, spec, status; absent members are left
/// out.
Json toJson(const Resource& resource);
/// Reads what toJson writes. Structure only; the kind's table is checked by validate().
Result<Resource> resourceFromJson(const Json& json);

// ---- Conditions (Kubernetes API conventions: few types, stable CamelCase reasons, messages for users)
// -------------

inline constexpr std::string_view kReady = "Ready";              ///< True: usable now
inline constexpr std::string_view kProgressing = "Progressing";  ///< True: work towards spec is under way
inline constexpr std::string_view kDegraded = "Degraded";        ///< True: usable, but not as declared
inline constexpr std::string_view kWaitingFor =
    "WaitingFor";  ///< True: the message names the blocking object

enum class ConditionStatus { kTrue, kFalse, kUnknown };

struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;   ///< CamelCase, stable: programs may compare it
  std::string message;  ///< for users; no times and no counters that would make it flap
  Time lastTransitionTime{};
  int64_t observedGeneration = 0;
};

std::vector<Condition> conditionsOf(const Resource& resource);
std::optional<Condition> findCondition(const Resource& resource, std::string_view type);
/// Ready is True and was written for the current generation.
bool isReady(const Resource& resource);
/// Writes a condition into resource.status.conditions, in the fixed order Ready, Progressing, Degraded,
/// WaitingFor. The transition time moves only if the status changes. Returns whether anything changed.
bool setCondition(Resource& resource, std::string_view type, ConditionStatus status, std::string_view reason,
                  std::string_view message, Time now);
/// Removes it; false if it was not there.
bool removeCondition(Resource& resource, std::string_view type);
int64_t observedGeneration(const Resource& resource);

}  // namespace proffer
