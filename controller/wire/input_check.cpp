#include "controller/wire/input_check.h"

#include "base/text.h"

namespace proffer::wire {
namespace {

constexpr size_t kShownViolations = 10;
constexpr size_t kShownValue = 80;

std::string_view typeName(ShapeType type) {
  switch (type) {
    case ShapeType::kStruct:
      return "a structure";
    case ShapeType::kMap:
      return "a map";
    case ShapeType::kList:
      return "a list";
    case ShapeType::kInteger:
      return "an integer";
    case ShapeType::kNumber:
      return "a number";
    case ShapeType::kBoolean:
      return "a boolean";
    case ShapeType::kTimestamp:
      return "a timestamp";
    case ShapeType::kString:
      break;
  }
  return "a string";
}

bool hasType(const Json& value, ShapeType type) {
  switch (type) {
    case ShapeType::kStruct:
    case ShapeType::kMap:
      return value.is_object();
    case ShapeType::kList:
      return value.is_array();
    case ShapeType::kInteger:
      return value.is_number_integer();
    case ShapeType::kNumber:
    case ShapeType::kTimestamp:
      return value.is_number();
    case ShapeType::kBoolean:
      return value.is_boolean();
    case ShapeType::kString:
      break;
  }
  return value.is_string();
}

// Characters, not bytes, are counted.
double lengthOf(const Json& value) {
  if (!value.is_string()) return static_cast<double>(value.size());
  const auto& text = value.get_ref<const std::string&>();
  return static_cast<double>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class Check {
 public:
  void value(const Shape& shape, const Json& value, const std::string& path) {
    if (!hasType(value, shape.type)) {
      if (problems_.wrongType.empty())
        problems_.wrongType = fmt::format("{} is {}, not {}", path.empty() ? "the body" : "'" + path + "'",
                                          value.type_name(), typeName(shape.type));
      return;
    }
    bounds(shape, value, path);
    switch (shape.type) {
      case ShapeType::kStruct:
        members(shape, value, path);
        break;
      case ShapeType::kList:
        for (size_t i = 0; i < value.size(); ++i)
          if (!value[i].is_null())
            this->value(*shape.element, value[i], fmt::format("{}.{}.member", path, i + 1));
        break;
      case ShapeType::kMap:
        for (const auto& [key, entry] : value.items()) {
          this->value(*shape.key, Json(key), path + ".key");
          if (!entry.is_null()) this->value(*shape.element, entry, fmt::format("{}.{}", path, key));
        }
        break;
      case ShapeType::kString:
        text(shape, value, path);
        break;
      default:
        break;
    }
  }

  InputProblems take() { return std::move(problems_); }

 private:
  void wrong(const Json& value, const std::string& path, const std::string& constraint) {
    std::string shown = value.is_string() ? value.get<std::string>() : dumpJson(value);
    if (shown.size() > kShownValue) {
      // Not within a character.
      size_t end = kShownValue;
      while (end > 0 && (shown[end] & 0xC0) == 0x80) --end;
      shown = shown.substr(0, end) + "...";
    }
    problems_.violations.push_back(fmt::format("Value{} at '{}' failed to satisfy constraint: {}",
                                               value.is_null() ? " null" : " '" + shown + "'", path,
                                               constraint));
  }

  void members(const Shape& shape, const Json& value, const std::string& path) {
    for (const Member& each : shape.members) {
      const Json& given = member(value, each.name);
      const std::string inner = path.empty() ? each.name : path + "." + each.name;
      if (!given.is_null())
        this->value(*each.shape, given, inner);
      else if (each.required)
        wrong(Json(), inner, "Member must not be null");
    }
  }

  void bounds(const Shape& shape, const Json& value, const std::string& path) {
    if (shape.type == ShapeType::kStruct || shape.type == ShapeType::kBoolean) return;
    const bool number = value.is_number();
    const double size = number ? value.get<double>() : lengthOf(value);
    const std::string_view what = number ? "value" : "length";
    if (shape.least && size < *shape.least)
      wrong(value, path, fmt::format("Member must have {} greater than or equal to {}", what, *shape.least));
    if (shape.most && size > *shape.most)
      wrong(value, path, fmt::format("Member must have {} less than or equal to {}", what, *shape.most));
  }

  void text(const Shape& shape, const Json& value, const std::string& path) {
    const auto& text = value.get_ref<const std::string&>();
    if (!shape.allowed.empty() &&
        std::find(shape.allowed.begin(), shape.allowed.end(), text) == shape.allowed.end())
      wrong(value, path, fmt::format("Member must satisfy enum value set: [{}]", join(shape.allowed, ", ")));
    if (!shape.pattern.empty() && !(text.empty() && shape.least.value_or(0) > 0) &&
        !matchesPattern(shape.pattern, text))
      wrong(value, path,
            fmt::format("Member must satisfy regular expression pattern: {}", patternText(shape.pattern)));
  }

  InputProblems problems_;
};

}  // namespace

InputProblems checkInput(const Shape& shape, const Json& body) {
  Check check;
  check.value(shape, body, "");
  return check.take();
}

std::string violationText(const std::vector<std::string>& violations) {
  if (violations.empty()) return "";
  std::string text =
      fmt::format("{} validation error{} detected: ", violations.size(), violations.size() == 1 ? "" : "s");
  const size_t shown = std::min(violations.size(), kShownViolations);
  return text + join(std::span(violations).first(shown), "; ");
}

Json knownPart(const Shape& shape, const Json& value) {
  if (shape.type == ShapeType::kStruct && value.is_object()) {
    Json known = Json::object();
    for (const Member& each : shape.members)
      if (const Json& given = member(value, each.name); !given.is_null())
        known[each.name] = knownPart(*each.shape, given);
    return known;
  }
  if (shape.type == ShapeType::kList && value.is_array()) {
    Json known = Json::array();
    for (const Json& each : value)
      if (!each.is_null()) known.push_back(knownPart(*shape.element, each));
    return known;
  }
  if (shape.type == ShapeType::kMap && value.is_object()) {
    Json known = Json::object();
    for (const auto& [key, each] : value.items())
      if (!each.is_null()) known[key] = knownPart(*shape.element, each);
    return known;
  }
  return value;
}

}  // namespace proffer::wire
