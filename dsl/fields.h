// What the schemas of a group offer to filters: the fields of each dataset and their types. dsl knows nothing
// of manifests: who calls it translates the schemas into this.
//
// Plain values; any thread may read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/syntax.h"

namespace proffer::dsl {

enum class ValueType { kText, kNumber, kBoolean };
std::string_view valueTypeName(ValueType type);  ///< "text", "number", "boolean"

struct Field {
  std::string name;  ///< as in the schema, upper case
  ValueType type = ValueType::kText;
  /// A text field whose values are lists joined by `|`, as those of categorical fields are (F26).
  bool multiValued = false;
  /// Free text that cannot be filtered on (F17).
  bool textual = false;
  /// Cannot be filtered on in the personalize dialect for another reason (an action's expiration timestamp
  /// and repeat frequency, F17).
  bool automatic = false;
};

struct DatasetFields {
  std::vector<Field> fields;
  /// Ignoring case; null if there is none.
  const Field* find(std::string_view name) const;
};

/// The datasets that the group has; an absent one cannot be named in a filter (F42). Interactions and
/// Action_Interactions list every column, EVENT_TYPE and TIMESTAMP among them.
struct Fields {
  std::optional<DatasetFields> items, interactions, users, actions, actionInteractions;
  /// CurrentUser reads users, CurrentItem reads items; null if the group has no such dataset.
  const DatasetFields* of(Dataset dataset) const;
};

}  // namespace proffer::dsl
