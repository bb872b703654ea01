#include "dsl/print.h"

#include <fmt/format.h>

#include <cmath>

namespace proffer::dsl {
namespace {

std::string inQuotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string nowText(double offset) {
  if (offset == 0) return "NOW";
  auto seconds = static_cast<int64_t>(std::abs(offset));
  char unit = 's';
  for (const auto& [length, name] : {std::pair<int64_t, char>{86400, 'd'}, {3600, 'h'}, {60, 'm'}}) {
    if (seconds % length != 0) continue;
    seconds /= length;
    unit = name;
    break;
  }
  return fmt::format("NOW {} {}{}", offset < 0 ? '-' : '+', seconds, unit);
}

std::string fieldText(const FieldRef& field) {
  return fmt::format("{}.{}", datasetName(field.dataset), field.name);
}

std::string listText(const Node& node) {
  if (node.operands.size() == 1 && node.operands[0].kind == Operand::Kind::kField)
    return print(node.operands[0]);
  std::string out = "(";
  for (size_t i = 0; i < node.operands.size(); ++i) out += (i ? ", " : "") + print(node.operands[i]);
  return out + ")";
}

std::string joinText(const Node& node, std::string_view word, bool inParentheses) {
  std::string out = inParentheses ? "(" : "";
  for (size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = node.children[i];
    if (i) out += word;
    const bool loose = node.kind == Node::Kind::kAnd && child.kind == Node::Kind::kOr;
    const bool ofEvents = node.kind == Node::Kind::kAnd && child.kind == Node::Kind::kAnd;  // see syntax.h
    out += loose ? joinText(child, " OR ", true) : ofEvents ? joinText(child, " AND ", true) : print(child);
  }
  return out + (inParentheses ? ")" : "");
}

}  // namespace

std::string print(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::kText:
      return inQuotes(operand.text);
    case Operand::Kind::kNumber:
      return fmt::format("{}", operand.number);
    case Operand::Kind::kBoolean:
      return operand.number != 0 ? "true" : "false";
    case Operand::Kind::kPlaceholder:
      return "$" + operand.text;
    case Operand::Kind::kNow:
      return nowText(operand.number);
    case Operand::Kind::kField:
      return fieldText(operand.field);
  }
  return {};
}

std::string print(const Node& node) {
  const std::string_view negation = node.negated ? "NOT " : "";
  switch (node.kind) {
    case Node::Kind::kCompare:
      return fmt::format("{} {} {}", fieldText(node.field), comparisonText(node.comparison),
                         print(node.operands[0]));
    case Node::Kind::kIn:
      return fmt::format("{} {}IN {}", fieldText(node.field), negation, listText(node));
    case Node::Kind::kIsNull:
      return fmt::format("{} IS {}NULL", fieldText(node.field), negation);
    case Node::Kind::kBetween:
      return fmt::format("{} {}BETWEEN {} AND {}", fieldText(node.field), negation, print(node.operands[0]),
                         print(node.operands[1]));
    case Node::Kind::kNot: {
      const Node& child = node.children[0];
      if (child.isTest() || child.kind == Node::Kind::kNot) return "NOT " + print(child);
      return "NOT " + joinText(child, child.kind == Node::Kind::kOr ? " OR " : " AND ", true);
    }
    case Node::Kind::kAnd:
      return joinText(node, " AND ", false);
    case Node::Kind::kOr:
      return joinText(node, " OR ", false);
  }
  return {};
}

std::string print(const Expression& expression) {
  std::string out =
      fmt::format("{} {} WHERE {}", expression.action == Action::kInclude ? "INCLUDE" : "EXCLUDE",
                  entityName(expression.entity), print(expression.where));
  if (expression.condition) out += " IF " + print(*expression.condition);
  return out;
}

std::string print(const Filter& filter) {
  std::string out;
  for (size_t i = 0; i < filter.expressions.size(); ++i)
    out += (i ? " | " : "") + print(filter.expressions[i]);
  return out;
}

}  // namespace proffer::dsl
