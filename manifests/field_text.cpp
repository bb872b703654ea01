#include "manifests/field_text.h"

#include "base/text.h"
#include "manifests/reader.h"

namespace proffer {
namespace {

std::string bounds(const Field& field, std::string_view unit = "") {
  const std::string suffix = unit.empty() ? "" : fmt::format(" {}", unit);
  if (field.minimum && field.maximum && *field.maximum < 1e15)
    return fmt::format(" from {} to {}{}", *field.minimum, *field.maximum, suffix);
  if (field.minimum) return fmt::format(" of at least {}{}", *field.minimum, suffix);
  if (field.maximum) return fmt::format(" of at most {}{}", *field.maximum, suffix);
  return "";
}

std::string baseType(const Field& field) {
  switch (field.type) {
    case ValueType::kString:
      return field.pattern.empty() ? "text" : "column name";
    case ValueType::kText:
      return "text or number";
    case ValueType::kName: {
      if (field.refersTo.empty()) return "name";
      std::string kinds = field.refersTo;
      if (const auto bar = kinds.find('|'); bar != std::string::npos) kinds.replace(bar, 1, " or ");
      return fmt::format("{}name of a {}", field.reserved.empty() ? "" : join(field.reserved, ", ") + " or ",
                         kinds);
    }
    case ValueType::kInteger:
      return "integer" + bounds(field);
    case ValueType::kNumber:
      return "number" + bounds(field);
    case ValueType::kBoolean:
      return "true or false";
    case ValueType::kEnum:
      return field.allowed.size() == 1 ? field.allowed[0] : "one of " + join(field.allowed, ", ");
    case ValueType::kDuration:
      return "duration";
    case ValueType::kSchedule:
      return "schedule";
    case ValueType::kPath:
      return "path";
    case ValueType::kExpression:
      return "expression";
    case ValueType::kTime:
      return "time";
    case ValueType::kObject:
      return "object";
    case ValueType::kAny:
      return "any value";
    case ValueType::kList:
    case ValueType::kMap:
      break;
  }
  std::string element = typeText(*field.element);
  if (field.element->type == ValueType::kObject) element = "objects";
  if (field.type == ValueType::kMap) return fmt::format("map to {}", element);
  return field.oneOrMany ? fmt::format("{} or list of such",
                                       field.element->type == ValueType::kObject ? "object" : element)
                         : fmt::format("list of {}", element);
}

}  // namespace

std::string typeText(const Field& field) {
  std::string out = baseType(field);
  for (const auto& other : field.alternatives) out += " or " + baseType(other);
  return out;
}

std::string inlineYaml(const Json& value) {
  std::string text = toYaml(Json{{"x", value}});
  text.erase(0, 2);
  return value.is_structured() ? dumpJson(value) : std::string(trim(text));
}

std::vector<FieldRow> fieldRows(std::span<const Field> fields, const std::string& prefix) {
  std::vector<FieldRow> rows;
  const auto below = [&rows](const Field& field, const std::string& path) {
    if (field.fields.empty()) return;
    for (auto& row : fieldRows(field.fields, path + ".")) rows.push_back(std::move(row));
  };
  for (const auto& field : fields) {
    const std::string path = prefix + field.name;
    std::string type = typeText(field);
    if (field.required) type += ", required";
    if (field.mutability == Mutability::kImmutable) type += ", immutable";
    rows.push_back(
        {path, type,
         field.defaultValue.is_null() || field.defaultValue.is_object() ? "" : inlineYaml(field.defaultValue),
         field.help, field.example});
    below(field, path);
    for (const auto& other : field.alternatives) below(other, path);
    if (field.type == ValueType::kList) below(*field.element, path + "[]");
    if (field.type == ValueType::kMap) below(*field.element, path + ".NAME");
  }
  return rows;
}

}  // namespace proffer
