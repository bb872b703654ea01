// The words of error messages: what may stand in a field, what does stand there.
#include "base/text.h"
#include "manifests/normalizer.h"

namespace proffer {
namespace {

std::string range(const Field& field, std::string_view what) {
  if (field.minimum && field.maximum && *field.maximum < 1e15)
    return fmt::format("{} from {} to {}", what, *field.minimum, *field.maximum);
  if (field.minimum) return fmt::format("{} of at least {}", what, *field.minimum);
  if (field.maximum) return fmt::format("{} of at most {}", what, *field.maximum);
  return std::string(what);
}

std::string objectWith(const Field& field) {
  std::vector<std::string> names;
  for (const auto& inner : field.fields) names.push_back(inner.name);
  return names.empty() ? "an empty object" : fmt::format("an object with {}", join(names, ", "));
}

std::string plural(const Field& element) {
  switch (element.type) {
    case ValueType::kObject:
      return fmt::format("objects with {}",
                         objectWith(element).substr(std::string_view("an object with ").size()));
    case ValueType::kName:
      return "names";
    case ValueType::kInteger:
      return "whole numbers";
    case ValueType::kNumber:
      return range(element, "numbers");
    case ValueType::kEnum:
      return fmt::format("words out of {}", join(element.allowed, ", "));
    case ValueType::kList:
      return "lists";
    case ValueType::kAny:
      return "values";
    default:
      return "texts";
  }
}

std::string ownExpectation(const Field& field) {
  switch (field.type) {
    case ValueType::kString:
      if (!field.pattern.empty()) return "a column name";
      return field.example.empty() ? "text" : fmt::format("text such as {}", field.example);
    case ValueType::kText:
      return "text or a number";
    case ValueType::kName: {
      std::string kinds = field.refersTo;
      if (const auto bar = kinds.find('|'); bar != std::string::npos) kinds.replace(bar, 1, " or ");
      const std::string name = kinds.empty() ? "a name" : fmt::format("the name of a {}", kinds);
      return field.reserved.empty() ? name : fmt::format("{} or {}", join(field.reserved, " or "), name);
    }
    case ValueType::kInteger:
      return range(field, "a whole number");
    case ValueType::kNumber:
      return range(field, "a number");
    case ValueType::kBoolean:
      return "true or false";
    case ValueType::kEnum:
      return field.allowed.size() == 1 ? field.allowed[0]
                                       : fmt::format("one of {}", join(field.allowed, ", "));
    case ValueType::kDuration:
      return field.minimum.value_or(0) > 1
                 ? fmt::format("a duration of at least {}s such as 5m or 30d", *field.minimum)
                 : "a duration such as 90s, 30m, 2h or 30d";
    case ValueType::kSchedule:
      return "a schedule such as rate(7 days) or cron(0 3 * * MON)";
    case ValueType::kPath:
      return "a path";
    case ValueType::kExpression:
      return "an expression";
    case ValueType::kTime:
      return "a time such as 2026-11-22T08:15:00Z";
    case ValueType::kObject:
      return objectWith(field);
    case ValueType::kList:
      return field.oneOrMany ? fmt::format("{} or a list of such", expectation(*field.element))
                             : fmt::format("a list of {}", plural(*field.element));
    case ValueType::kMap:
      return field.example.empty() ? fmt::format("a map to {}", plural(*field.element))
                                   : fmt::format("a map such as {}", field.example);
    case ValueType::kAny:
      return "a value";
  }
  return "a value";
}

}  // namespace

std::string expectation(const Field& field) {
  std::string out = ownExpectation(field);
  for (const auto& other : field.alternatives) out += " or " + ownExpectation(other);
  return out;
}

std::string foundText(const Json& value) {
  if (value.is_null()) return "nothing";
  if (value.is_string())
    return value.get_ref<const std::string&>().empty() ? "an empty text"
                                                       : quoted(value.get_ref<const std::string&>(), 60);
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return fmt::format("the number {}", dumpJson(value));
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  return value.empty() ? "an empty object" : "an object";
}

}  // namespace proffer
