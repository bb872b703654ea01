// The kinds as data: one table per kind says every field's name, type, default, constraint, mutability and help. The
// same table reads manifests, fills the typed specs, validates, prints, explains, and writes docs/manifests.md and
// the editors' JSON schema. Nothing else in the program knows a kind's fields.
//
// Tables are built once and never change; any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "manifests/resource.h"

namespace proffer {

enum class ValueType {
  kString, kName, kInteger, kNumber, kBoolean, kEnum, kDuration, kSchedule, kPath, kExpression,
  kObject,   ///< has fields
  kList,     ///< of `element`
  kMap,      ///< string keys to `element`
  kAny,      ///< any JSON value (hyperparameters)
};
enum class Mutability { kMutable, kImmutable };

struct Field {
  std::string name;
  ValueType type = ValueType::kString;
  std::string help;                        ///< one line
  bool required = false;
  Json defaultValue;                       ///< null: absent when left out
  Mutability mutability = Mutability::kMutable;
  std::vector<std::string> allowed;        ///< kEnum: the words
  std::optional<double> minimum, maximum;  ///< numbers; lengths of strings, sizes of lists and maps
  std::string pattern;                     ///< strings: a regular expression for the whole value
  std::string refersTo;                    ///< the kind whose name stands here ("Solution"); feeds reference checks
  std::string example;
  std::vector<Field> fields;               ///< kObject
  std::shared_ptr<const Field> element;    ///< kList, kMap
  std::vector<Field> alternatives;         ///< other accepted forms (schema: a name, or an object with fields)
};

struct KindTable {
  std::string kind;         ///< "Recommender"
  std::string plural;       ///< "recommenders": as in URLs
  std::vector<std::string> shortNames;  ///< "rec"
  bool grouped = true;      ///< false: belongs to the server
  bool implemented = true;  ///< false: the condition says NotImplemented
  std::string help;         ///< one or two sentences
  std::string arnPart;      ///< "recommender" in arn:aws:personalize:...:recommender/NAME; empty: no ARN
  std::vector<Field> fields;
  /// Checks that one field alone cannot tell (sums, either-or). Errors carry field paths below "spec".
  std::function<std::vector<Error>(const Json& spec)> check;
};

/// All kinds, in the order of the design's table.
std::span<const KindTable> allKinds();
/// By kind, plural or short name, any case; nullptr if there is none.
const KindTable* findKind(std::string_view name);
/// kInvalidInput with a suggestion if there is none.
Result<const KindTable*> requireKind(std::string_view name);

/// Checks a resource's name, group and whole spec against its table, and fills in defaults in the table's order.
/// All errors, each with its field path and hint; none means `resource` is now normalised.
std::vector<Error> normalize(Resource& resource);

/// What a change would touch that must not change: one error per field, saying what to do.
std::vector<Error> checkImmutable(const Resource& before, const Resource& after);

/// The objects that the spec names, as keys in the resource's own group (or the server). Includes the dataset group.
std::vector<ResourceKey> referencesOf(const Resource& resource);

/// The ARN a resource made by manifest gets at creation (control-plane 1.3 and the design); empty if its kind has none.
std::string arnFor(const Resource& resource, std::string_view region = "local", std::string_view account = "000000000000");

struct FieldChange {
  std::string path;   ///< "spec.exploration.weight"
  Json before;        ///< null: absent
  Json after;
};
/// What differs between two normalised objects in spec, labels and annotations; empty: apply says unchanged.
std::vector<FieldChange> differences(const Resource& before, const Resource& after);

}  // namespace proffer
