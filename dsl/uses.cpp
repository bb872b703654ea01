#include <algorithm>

#include "dsl/check.h"

namespace proffer::dsl {
namespace {

void useField(const FieldRef& field, Uses& uses) {
  uses.fields.insert(fmt::format("{}.{}", datasetName(field.dataset), field.name));
  uses.interactions |= field.dataset == Dataset::kInteractions;
  uses.actionInteractions |= field.dataset == Dataset::kActionInteractions;
  uses.currentUser |= field.dataset == Dataset::kCurrentUser;
  uses.currentItem |= field.dataset == Dataset::kCurrentItem;
}

void useNode(const Node& node, Action action, Uses& uses) {
  for (const Node& child : node.children) useNode(child, action, uses);
  if (!node.isTest()) return;
  useField(node.field, uses);
  for (const Operand& operand : node.operands) {
    uses.now |= operand.kind == Operand::Kind::kNow;
    if (operand.kind == Operand::Kind::kField) useField(operand.field, uses);
    if (operand.kind != Operand::Kind::kPlaceholder) continue;
    uses.placeholders.insert(operand.text);
    if (action == Action::kInclude) uses.required.insert(operand.text);
  }
}

// Characters before the error, plus one.
size_t characterPosition(const SourcePosition& position, std::string_view text) {
  size_t at = 0, characters = 0;
  for (int line = 1; line < position.line && at < text.size(); ++at) {
    if (text[at] == '\n') ++line;
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) ++characters;
  }
  return characters + static_cast<size_t>(std::max(position.column, 1));
}

}  // namespace

Uses usesOf(const Filter& filter) {
  Uses uses;
  for (const Expression& expression : filter.expressions) {
    useNode(expression.where, expression.action, uses);
    if (expression.condition) useNode(*expression.condition, expression.action, uses);
  }
  return uses;
}

std::string serviceMessage(const Error& error, std::string_view text) {
  constexpr std::string_view notIn = "placeholders are not allowed with NOT IN: ";
  if (error.message.starts_with(notIn))
    return fmt::format("Invalid input symbol: {}. Placeholders are not allowed with NOT_IN operator.",
                       error.message.substr(notIn.size()));
  return fmt::format("Invalid Expression: {} at position {}", error.message,
                     characterPosition(error.position, text));
}

}  // namespace proffer::dsl
