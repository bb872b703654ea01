#include "dsl/dialect.h"

#include <algorithm>

#include "dsl/parse.h"

namespace proffer::dsl {
namespace {

constexpr size_t kMostErrors = 20;

class PersonalizeRules {
 public:
  PersonalizeRules(const Expression& expression, std::string_view text, std::vector<Error>& errors)
      : expression_(expression), text_(text), errors_(errors) {}

  void look() {
    walk(expression_.where, false);
    if (expression_.condition) condition(*expression_.condition);
  }

 private:
  void tell(SourceRange range, std::string message, std::string hint = "dialect: extended allows it") {
    errors_.push_back(errorAt(text_, range, std::move(message), std::move(hint)));
  }

  void condition(const Node& node) {
    if (node.kind == Node::Kind::kOr)
      tell(node.children[1].range, "tests after IF can be joined with AND only");
    walk(node, true);
  }

  void walk(const Node& node, bool inIf) {
    for (const Node& child : node.children) walk(child, inIf);
    if (!node.isTest()) return;
    if (node.kind == Node::Kind::kIsNull) tell(node.range, "IS NULL is only in the extended dialect");
    if (node.kind == Node::Kind::kBetween)
      tell(node.range, "BETWEEN is only in the extended dialect", "use >= and <=");
    if (!inIf && node.field.dataset == Dataset::kCurrentUser)
      tell(node.field.range, "CurrentUser can be tested after IF only", "IF CurrentUser.NAME ...");
    const auto isPlaceholder = [](const Operand& operand) {
      return operand.kind == Operand::Kind::kPlaceholder;
    };
    const auto placeholder = std::find_if(node.operands.begin(), node.operands.end(), isPlaceholder);
    if (node.kind == Node::Kind::kIn && node.operands.size() > 1 && placeholder != node.operands.end())
      tell(placeholder->range, "a placeholder must stand alone in its list: it holds all the values");
    if (node.kind == Node::Kind::kIn && node.negated && placeholder != node.operands.end())
      tell(placeholder->range,
           fmt::format("placeholders are not allowed with NOT IN: ${}", placeholder->text));
    for (const Operand& operand : node.operands) look(operand, node, inIf);
  }

  void look(const Operand& operand, const Node& node, bool inIf) {
    if (operand.kind == Operand::Kind::kBoolean)
      tell(operand.range, "true and false are only in the extended dialect",
           "use a text field with \"True\" and \"False\", or a number");
    if (operand.kind == Operand::Kind::kNow) tell(operand.range, "NOW is only in the extended dialect");
    if (operand.kind != Operand::Kind::kField) return;
    if (operand.field.dataset == Dataset::kCurrentUser)
      tell(operand.range, "CurrentUser on the right side is only in the extended dialect");
    if (operand.field.dataset != Dataset::kCurrentItem) return;
    if (inIf) tell(operand.range, "after IF, the right side is a value or a placeholder", "");
    if (node.negated) tell(operand.range, "NOT IN takes a list of values only");
  }

  const Expression& expression_;
  std::string_view text_;
  std::vector<Error>& errors_;
};

}  // namespace

std::vector<Error> personalizeErrors(const Filter& filter, std::string_view text) {
  std::vector<Error> errors;
  for (const Expression& expression : filter.expressions) PersonalizeRules(expression, text, errors).look();
  return errors;
}

void sortErrors(std::vector<Error>& errors) {
  const auto place = [](const Error& error) { return std::pair(error.position.line, error.position.column); };
  std::stable_sort(errors.begin(), errors.end(),
                   [&](const Error& a, const Error& b) { return place(a) < place(b); });
  errors.erase(std::unique(errors.begin(), errors.end(),
                           [&](const Error& a, const Error& b) { return place(a) == place(b); }),
               errors.end());
  if (errors.size() > kMostErrors) errors.resize(kMostErrors);
}

}  // namespace proffer::dsl
