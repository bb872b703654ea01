#include "dsl/right_side.h"

#include <cmath>

#include "base/text.h"
#include "dsl/column.h"

namespace proffer::dsl::detail {
namespace {

class Lookup {
 public:
  Lookup(const Part& test, const ItemIndex* items, const Situation& situation)
      : test_(test), items_(items), situation_(situation) {}

  Result<RightSide> run() {
    for (size_t i = 0; i < test_.operands.size(); ++i) PROFFER_CHECK(look(test_.operands[i], i));
    // EVENT_VALUE is held as a float, of both kinds of interactions.
    const Dataset dataset = test_.field.dataset;
    const bool ofEvents = dataset == Dataset::kInteractions || dataset == Dataset::kActionInteractions;
    if (test_.field.name == "EVENT_VALUE" && ofEvents)
      for (double& number : right_.numbers) number = static_cast<double>(static_cast<float>(number));
    return std::move(right_);
  }

 private:
  Result<void> look(const Operand& operand, size_t i) {
    switch (operand.kind) {
      case Operand::Kind::kText:
        addText(operand.text);
        return {};
      case Operand::Kind::kNumber:
      case Operand::Kind::kBoolean:
        right_.numbers.push_back(operand.number);
        return {};
      case Operand::Kind::kNow:
        right_.numbers.push_back(static_cast<double>(situation_.now) + operand.number);
        return {};
      case Operand::Kind::kPlaceholder:
        return placeholder(operand);
      case Operand::Kind::kField:
        if (operand.field.dataset == Dataset::kCurrentItem) {
          currentItem(test_.operandFields[i]);
        } else {
          currentUser(test_.operandFields[i]);
        }
        return {};
    }
    return {};
  }

  void addText(std::string text) {
    if (text == "*" && test_.field.foldCase && test_.test == Node::Kind::kIn) right_.every = true;  // F20
    right_.texts.push_back(std::move(text));
  }

  Result<void> placeholder(const Operand& operand) {
    const auto wrong = [&](std::string message) {
      return fail(Error{ErrorCode::kInvalidInput, std::move(message)}.in("filterValues." + operand.text));
    };
    const std::vector<std::string>* values = nullptr;
    if (situation_.parameters)
      if (const auto found = situation_.parameters->find(operand.text); found != situation_.parameters->end())
        values = &found->second;
    if (!values || values->empty()) return wrong(fmt::format("${} has no value", operand.text));
    if (test_.test != Node::Kind::kIn && values->size() != 1)
      return wrong(
          fmt::format("${} stands for one value in {}, found {}", operand.text, test_.text, values->size()));
    for (const std::string& value : *values) {
      if (test_.field.type == ValueType::kText) {
        addText(value);
        continue;
      }
      const double number = numberOf(test_.field, value);
      if (std::isnan(number))
        return wrong(fmt::format("{} is a {} field, found {}", test_.field.name,
                                 valueTypeName(test_.field.type), proffer::quoted(value)));
      right_.numbers.push_back(number);
    }
    return {};
  }

  void addNumber(double number) {
    if (std::isnan(number)) right_.missing = true;
    right_.numbers.push_back(number);
  }

  void currentItem(const PlanField& field) {
    const Column* column = items_ ? items_->column(field.name) : nullptr;
    if (field.type != ValueType::kText) {
      addNumber(column ? column->numberOf(situation_.currentItem) : kNullNumber);
      return;
    }
    const std::span<const uint32_t> codes =
        column ? column->codesOf(situation_.currentItem) : std::span<const uint32_t>();
    if (codes.empty()) right_.missing = true;
    for (const uint32_t code : codes) right_.texts.emplace_back(column->names->name(code));
  }

  void currentUser(const PlanField& field) {
    const std::string* text = nullptr;
    if (situation_.user)
      if (const auto found = situation_.user->find(field.name); found != situation_.user->end())
        text = &found->second;
    if (field.type != ValueType::kText) {
      addNumber(text ? numberOf(field, *text) : kNullNumber);
      return;
    }
    std::vector<std::string_view> elements;
    if (text) elements = elementsOf(field, *text);
    if (elements.empty()) right_.missing = true;
    for (const std::string_view element : elements) right_.texts.emplace_back(element);
  }

  const Part& test_;
  const ItemIndex* items_;
  const Situation& situation_;
  RightSide right_;
};

}  // namespace

bool isFixed(const Operand& operand) {
  return operand.kind == Operand::Kind::kText || operand.kind == Operand::Kind::kNumber ||
         operand.kind == Operand::Kind::kBoolean;
}

Result<RightSide> rightSideOf(const Part& test, const ItemIndex* items, const Situation& situation) {
  return Lookup(test, items, situation).run();
}

std::vector<std::string_view> elementsOf(const PlanField& field, std::string_view text) {
  if (!field.multiValued) return {text};
  std::vector<std::string_view> elements;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('|', at), text.size());
    if (end > at) elements.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return elements;
}

double numberOf(const PlanField& field, std::string_view text) {
  const std::optional<double> number =
      field.type == ValueType::kBoolean ? parseBoolean(text) : parseNumber(text);
  return number.value_or(kNullNumber);
}

}  // namespace proffer::dsl::detail
