#include "dsl/matching.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace proffer::dsl::detail {
namespace {

bool compares(Comparison comparison, double left, double right) {
  switch (comparison) {
    case Comparison::kEqual:
      return left == right;
    case Comparison::kNotEqual:
      return left != right;
    case Comparison::kLess:
      return left < right;
    case Comparison::kLessOrEqual:
      return left <= right;
    case Comparison::kGreater:
      return left > right;
    case Comparison::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

bool listed(const Part& test, const RightSide& right, std::string_view text) {
  return std::any_of(right.texts.begin(), right.texts.end(), [&](const std::string& value) {
    return test.field.foldCase ? equalsIgnoreCase(text, value) : text == value;
  });
}

}  // namespace

bool passesTexts(const Part& test, const RightSide& right, std::span<const std::string_view> left) {
  if (test.test == Node::Kind::kIsNull) return left.empty() != test.negated;
  if (right.missing) return false;
  const bool any = right.every || std::any_of(left.begin(), left.end(), [&](std::string_view text) {
                     return listed(test, right, text);
                   });
  if (test.test == Node::Kind::kIn) return any != test.negated;
  return any == (test.comparison == Comparison::kEqual);
}

bool passesNumber(const Part& test, const RightSide& right, double left) {
  const bool null = std::isnan(left);
  if (test.test == Node::Kind::kIsNull) return null != test.negated;
  if (right.missing) return false;
  if (test.test == Node::Kind::kIn)
    return (std::find(right.numbers.begin(), right.numbers.end(), left) != right.numbers.end()) !=
           test.negated;
  if (test.test == Node::Kind::kBetween)
    return (!null && left >= right.numbers[0] && left <= right.numbers[1]) != test.negated;
  return null ? test.comparison == Comparison::kNotEqual : compares(test.comparison, left, right.numbers[0]);
}

bool passesNull(const Part& test, const RightSide& right) {
  return test.field.type == ValueType::kText ? passesTexts(test, right, {})
                                             : passesNumber(test, right, std::nan(""));
}

}  // namespace proffer::dsl::detail
