#include "dsl/syntax.h"

namespace proffer::dsl {

std::string_view datasetName(Dataset dataset) {
  switch (dataset) {
    case Dataset::kItems:
      return "Items";
    case Dataset::kInteractions:
      return "Interactions";
    case Dataset::kUsers:
      return "Users";
    case Dataset::kActions:
      return "Actions";
    case Dataset::kActionInteractions:
      return "Action_Interactions";
    case Dataset::kCurrentUser:
      return "CurrentUser";
    case Dataset::kCurrentItem:
      return "CurrentItem";
  }
  return "";
}

std::string_view entityName(Entity entity) {
  switch (entity) {
    case Entity::kItem:
      return "ItemID";
    case Entity::kUser:
      return "UserID";
    case Entity::kAction:
      return "ActionID";
  }
  return "";
}

std::string_view comparisonText(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "!=";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessOrEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterOrEqual:
      return ">=";
  }
  return "";
}

bool Operand::operator==(const Operand& other) const {
  return kind == other.kind && text == other.text && number == other.number && field == other.field;
}

bool Node::operator==(const Node& other) const {
  return kind == other.kind && field == other.field && comparison == other.comparison &&
         negated == other.negated && operands == other.operands && children == other.children;
}

bool Expression::operator==(const Expression& other) const {
  return action == other.action && entity == other.entity && where == other.where &&
         condition == other.condition;
}

}  // namespace proffer::dsl
