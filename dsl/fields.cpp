#include "dsl/fields.h"

#include "base/text.h"

namespace proffer::dsl {

std::string_view valueTypeName(ValueType type) {
  switch (type) {
    case ValueType::kText:
      return "text";
    case ValueType::kNumber:
      return "number";
    case ValueType::kBoolean:
      return "boolean";
  }
  return "";
}

const Field* DatasetFields::find(std::string_view name) const {
  for (const Field& field : fields)
    if (equalsIgnoreCase(field.name, name)) return &field;
  return nullptr;
}

const DatasetFields* Fields::of(Dataset dataset) const {
  const auto there = [](const std::optional<DatasetFields>& found) { return found ? &*found : nullptr; };
  switch (dataset) {
    case Dataset::kItems:
    case Dataset::kCurrentItem:
      return there(items);
    case Dataset::kInteractions:
      return there(interactions);
    case Dataset::kUsers:
    case Dataset::kCurrentUser:
      return there(users);
    case Dataset::kActions:
      return there(actions);
    case Dataset::kActionInteractions:
      return there(actionInteractions);
  }
  return nullptr;
}

}  // namespace proffer::dsl
