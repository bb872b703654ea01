// The kinds as data: one table per kind says every field's name, type, default, constraint, mutability and
// help. The same table reads manifests, fills the typed specs, validates, prints, explains, and writes
// docs/manifests.md and the editors' JSON schema. Nothing else in the program knows a kind's fields.
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
  kString,
  kName,
  kInteger,
  kNumber,
  kBoolean,
  kEnum,
  kDuration,
  kSchedule,
  kPath,
  kExpression,
  kTime,
  kText,    ///< a string; numbers and booleans are taken too, as they were written (constants, labels)
  kObject,  ///< has fields
  kList,    ///< of `element`
  kMap,     ///< string keys to `element`
  kAny,     ///< any JSON value (hyperparameters)
};
enum class Mutability { kMutable, kImmutable };

/// Looks at a value whose type is right, makes it canonical and says what is wrong with it. The errors' paths
/// are relative to the value: "" is the value itself, "weight" a member, "[2]" an element.
using Refine = std::function<void(Json& value, std::vector<Error>& errors)>;

struct Field {
  std::string name;
  ValueType type = ValueType::kString;
  std::string help;  ///< one line
  bool required = false;
  Json defaultValue;  ///< null: absent when left out
  Mutability mutability = Mutability::kMutable;
  std::vector<std::string> allowed;        ///< kEnum: the words
  std::optional<double> minimum, maximum;  ///< numbers; lengths of strings, sizes of lists and maps
  std::string pattern;   ///< strings: what `refine` holds the whole value to, for readers and editors
  std::string refersTo;  ///< the kind whose name stands here ("Solution", "Campaign|Recommender")
  std::vector<std::string> reserved;  ///< words that are not names although refersTo is set ("latest")
  std::string example;
  std::vector<Field> fields;             ///< kObject
  std::shared_ptr<const Field> element;  ///< kList, kMap
  std::shared_ptr<const Field> key;      ///< kMap: what keys must look like; null: any text
  bool oneOrMany = false;           ///< kList: one element may stand without a list, and does when canonical
  std::vector<Field> alternatives;  ///< other accepted forms (schema: a name, or an object with fields)
  Refine refine;                    ///< what the members above cannot say
};

struct KindTable {
  std::string kind;                     ///< "Recommender"
  std::string plural;                   ///< "recommenders": as in URLs
  std::vector<std::string> shortNames;  ///< "rec"
  bool grouped = true;                  ///< false: belongs to the server
  bool implemented = true;              ///< false: the condition says NotImplemented
  std::string help;                     ///< one or two sentences
  std::string arnPart;  ///< "recommender" in arn:aws:personalize:...:recommender/NAME; empty: no ARN
  std::vector<Field> fields;
  Refine refine =
      {};  ///< checks and defaults that one field alone cannot tell (sums, either-or), on the whole spec
};

/// All kinds, in the order in which one builds on another: groups and data, what is served, what follows.
std::span<const KindTable> allKinds();
/// By kind, plural or short name, any case; nullptr if there is none.
const KindTable* findKind(std::string_view name);
/// kInvalidInput with a suggestion if there is none.
Result<const KindTable*> requireKind(std::string_view name);

/// Checks a resource's name, group and whole spec against its table, and fills in defaults in the table's
/// order. All errors, each with its field path and hint; none means `resource` is now normalised.
std::vector<Error> normalize(Resource& resource);

/// What a change would touch that must not change: one error per field, saying what to do.
std::vector<Error> checkImmutable(const Resource& before, const Resource& after);

/// The fields of `metadata`, the same for all kinds.
std::span<const Field> metadataFields();

/// The objects that the spec names, as keys in the resource's own group (or the server). Includes the dataset
/// group. A name that may be of several kinds (an Experiment's target) gives one key for each; names are
/// unique across them.
std::vector<ResourceKey> referencesOf(const Resource& resource);

/// The ARN a resource made by manifest gets at creation (control-plane 1.3; the name is GROUP.NAME where the
/// kind belongs to a group, so that it is unique on the server); empty if its kind has none.
std::string arnFor(const Resource& resource, std::string_view region = "local",
                   std::string_view account = "000000000000");

struct FieldChange {
  std::string path;  ///< "spec.exploration.weight"
  Json before;       ///< null: absent
  Json after;
};
/// What differs between two normalised objects in spec, labels and annotations; empty: apply says unchanged.
std::vector<FieldChange> differences(const Resource& before, const Resource& after);

}  // namespace proffer
