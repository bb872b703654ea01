// What the five operations that put live data take: every member, its shape and its limits (spec data-plane
// 3), as one table for each operation and manner, and the check of an object against it.
//
// The tables are constants; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "manifests/specs.h"

namespace proffer::http {

/// Whose rules hold: those of the service's operations, or those of Proffer's own routes.
enum class PutManner { kService, kNative };

enum class MemberShape {
  kText,
  kTime,
  kNumber,
  kProperties,   ///< an object, or a string that holds one, perhaps twice encoded (W10)
  kImpression,   ///< a list of item ids
  kAttribution,  ///< {"eventAttributionSource": "..."}
  kList,         ///< the rows themselves; they are checked one by one
};

struct MemberRule {
  std::string_view name;
  MemberShape shape = MemberShape::kText;
  bool required = false;
  size_t least = 1;  ///< characters, or elements
  size_t most = 256;
};

struct PutRules {
  std::string_view operation;  ///< "PutEvents"
  DatasetType type = DatasetType::kInteractions;
  std::string_view list;  ///< the member that holds the rows: "eventList"
  std::string_view id;    ///< the member that says what a row is of: "itemId"
  std::span<const MemberRule> request;
  std::span<const MemberRule> row;
};

const PutRules& putRules(DatasetType type, PutManner manner);

/// One thing that is wrong with a request.
struct PutFault {
  static constexpr size_t kRequest = static_cast<size_t>(-1);
  size_t row = kRequest;   ///< which row; kRequest: the request itself
  std::string member;      ///< path within it: "properties.RATING"; empty: the whole row
  std::string value;       ///< what was found, as it is shown
  std::string constraint;  ///< what is allowed
};

/// All faults of a request, as far as it was read: after the first few it is not read on.
class PutFaults {
 public:
  static constexpr size_t kMost = 10;
  void add(size_t row, std::string member, const Json& value, std::string constraint);
  bool none() const { return faults_.empty(); }
  bool enough() const { return faults_.size() >= kMost; }
  const std::vector<PutFault>& all() const { return faults_; }

  /// In the words of the service: "2 validation errors detected: Value 'x' at 'eventList.1.member.eventType'
  /// failed to satisfy constraint: ...; ...".
  Error inServiceWords(const PutRules& rules) const;
  /// One error each, with the field "events[0].eventType".
  std::vector<Error> asErrors(const PutRules& rules) const;

 private:
  std::vector<PutFault> faults_;
};

/// Holds `object` against the rules of its members. Unknown members are ignored (W5). `properties` receives
/// the object that the member of that shape holds.
void checkMembers(std::span<const MemberRule> rules, const Json& object, size_t row, Json& properties,
                  PutFaults& faults);

}  // namespace proffer::http
