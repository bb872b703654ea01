#include "manifests/normalizer.h"

#include "base/clock.h"
#include "base/text.h"
#include "manifests/names.h"
#include "manifests/schedule_days.h"
#include "manifests/yaml_tree.h"

namespace proffer {
namespace {

std::vector<std::string> namesOf(std::span<const Field> fields) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field.name);
  return names;
}

// What is an empty object, list or map says nothing that leaving it out does not say.
bool saysNothing(const Field& field, const Json& value) {
  switch (field.type) {
    case ValueType::kList:
    case ValueType::kMap:
      return value.is_structured() && value.empty() && field.minimum.value_or(0) < 1;
    case ValueType::kObject:
      return value.is_object() && value.empty() && !field.required;
    default:
      return false;
  }
}

bool takes(const Field& field, const Json& value) {
  switch (field.type) {
    case ValueType::kObject:
    case ValueType::kMap:
      return value.is_object();
    case ValueType::kList:
      return value.is_array() || (field.oneOrMany && takes(*field.element, value));
    case ValueType::kInteger:
    case ValueType::kNumber:
      return value.is_number();
    case ValueType::kBoolean:
      return value.is_boolean();
    case ValueType::kText:
      return value.is_string() || value.is_number() || value.is_boolean();
    case ValueType::kAny:
      return true;
    default:
      return value.is_string();
  }
}

}  // namespace

std::string joinPath(const std::string& path, const std::string& below) {
  if (path.empty() || below.empty()) return path + below;
  return below.front() == '[' ? path + below : path + "." + below;
}

void orderFields(std::span<const Field> fields, Json& object) {
  Json ordered = Json::object();
  for (const auto& field : fields)
    if (auto found = object.find(field.name); found != object.end()) ordered[field.name] = std::move(*found);
  object = std::move(ordered);
}

void Normalizer::problem(const std::string& path, std::string message, std::string hint, bool atKey) {
  problems_.push_back(
      {Error{ErrorCode::kInvalidInput, std::move(message), path, {}, std::move(hint)}, atKey});
}

bool Normalizer::refine(const Refine& refine, Json& value, const std::string& path) {
  if (!refine) return true;
  std::vector<Error> errors;
  refine(value, errors);
  for (auto& error : errors) {
    error.field = joinPath(path, error.field);
    problems_.push_back({std::move(error)});
  }
  return errors.empty();
}

std::set<std::string> membersAtFault(const std::vector<Problem>& problems, const std::string& path,
                                     size_t before) {
  std::set<std::string> members;
  for (size_t i = before; i < problems.size(); ++i) {
    const std::string& field = problems[i].error.field;
    if (!field.starts_with(path)) continue;
    const bool itself = field.size() == path.size();
    if (!itself && !path.empty() && field[path.size()] != '.') continue;
    const size_t begin = itself || path.empty() ? path.size() : path.size() + 1;
    members.insert(field.substr(begin, field.find_first_of(".[", begin) - begin));
  }
  return members;
}

// A word whose absence has a meaning of its own: without it the rest would be held to the wrong rules.
static bool decides(const Field& field) {
  return field.type == ValueType::kEnum && !field.required && field.defaultValue.is_null();
}

void Normalizer::refineRest(const Refine& refine, std::span<const Field> fields, const Json& value,
                            const std::string& path, size_t before) {
  if (!refine || !value.is_object()) return;
  const std::set<std::string> wrong = membersAtFault(problems_, path, before);
  for (const auto& field : fields)
    if (decides(field) && wrong.contains(field.name)) return;
  Json rest = value;
  for (const std::string& member : wrong) rest.erase(member);
  std::vector<Error> errors;
  refine(rest, errors);
  for (auto& error : errors) {
    const std::string about = error.field.substr(0, error.field.find_first_of(".["));
    if (wrong.contains(about) || !value.contains(about)) continue;
    error.field = joinPath(path, error.field);
    problems_.push_back({std::move(error)});
  }
}

bool Normalizer::expected(const Field& field, const Json& value, const std::string& path, std::string hint) {
  problem(path, fmt::format("expected {}, found {}", expectation(field), foundText(value)), std::move(hint));
  return false;
}

bool Normalizer::unknownField(std::span<const Field> fields, const std::string& name,
                              const std::string& path) {
  const auto names = namesOf(fields);
  auto hint = didYouMean(name, names);
  if (hint.empty())
    hint = names.empty() ? "no fields are allowed here" : fmt::format("allowed: {}", join(names, ", "));
  problem(joinPath(path, name), "unknown field", std::move(hint), true);
  return false;
}

bool Normalizer::object(std::span<const Field> fields, Json& object, const std::string& path) {
  bool good = true;
  for (const auto& [name, value] : object.items())
    if (std::none_of(fields.begin(), fields.end(),
                     [&name = name](const Field& field) { return field.name == name; }))
      unknownField(fields, name, path);
  for (const auto& field : fields) {
    auto found = object.find(field.name);
    if (found != object.end() && (found->is_null() || saysNothing(field, *found))) {
      object.erase(found);
      found = object.end();
    }
    const std::string fieldPath = joinPath(path, field.name);
    if (found == object.end()) {
      if (!field.defaultValue.is_null()) object[field.name] = field.defaultValue;
      if (!field.required) continue;
      problem(fieldPath, "required field is missing", fmt::format("expected {}", expectation(field)));
      good = false;
    } else {
      good &= value(field, *found, fieldPath);
      if (saysNothing(field, *found)) object.erase(field.name);
    }
  }
  orderFields(fields, object);
  return good;
}

bool Normalizer::value(const Field& field, Json& value, const std::string& path) {
  const Field* form = &field;
  for (const auto& other : field.alternatives)
    if (!takes(*form, value) && takes(other, value)) form = &other;
  bool good = true;
  const size_t before = problems_.size();
  switch (form->type) {
    case ValueType::kAny:
      break;
    case ValueType::kObject:
      good = value.is_object() ? object(form->fields, value, path) : expected(field, value, path);
      break;
    case ValueType::kList:
      good = list(*form, value, path);
      break;
    case ValueType::kMap:
      good = map(*form, value, path);
      break;
    default:
      good = form == &field && !takes(field, value) && !field.alternatives.empty()
                 ? expected(field, value, path)
                 : scalar(*form, value, path);
  }
  if (!good && form->type == ValueType::kObject) refineRest(form->refine, form->fields, value, path, before);
  return good && refine(form->refine, value, path);
}

bool Normalizer::scalar(const Field& field, Json& value, const std::string& path) {
  switch (field.type) {
    case ValueType::kInteger:
    case ValueType::kNumber:
      return number(field, value, path);
    case ValueType::kBoolean: {
      if (value.is_boolean()) return true;
      const auto word = value.is_string() ? lower(value.get_ref<const std::string&>()) : "";
      const bool spelled =
          word == "yes" || word == "no" || word == "on" || word == "off" || word == "true" || word == "false";
      return expected(field, value, path, spelled ? "write true or false, without quotes" : "");
    }
    case ValueType::kEnum:
      return word(field, value, path);
    default:
      return text(field, value, path);
  }
}

bool Normalizer::text(const Field& field, Json& value, const std::string& path) {
  if (field.type == ValueType::kText && (value.is_number() || value.is_boolean())) {
    const std::string written = texts_ ? texts_(path) : "";
    value = written.empty() ? dumpJson(value) : written;
  }
  if (!value.is_string()) {
    const bool days = field.type == ValueType::kDuration && value.is_number_integer();
    return expected(field, value, path,
                    days ? fmt::format("say the unit: {0}s, {0}m, {0}h or {0}d", dumpJson(value))
                    : value.is_number() || value.is_boolean()
                        ? fmt::format("put it in quotes: \"{}\"", dumpJson(value))
                        : "");
  }
  const auto text = value.get<std::string>();
  if (std::find(field.reserved.begin(), field.reserved.end(), text) != field.reserved.end()) return true;
  switch (field.type) {
    case ValueType::kName:
      if (isResourceName(text)) return true;
      problem(path, fmt::format("{} is not a name", quoted(text)),
              "1 to 63 letters, digits, - and _, beginning with a letter or digit");
      return false;
    case ValueType::kDuration: {
      const auto duration = parseDuration(text);
      if (!duration || static_cast<double>(duration->count()) < field.minimum.value_or(0) * 1e6)
        return expected(field, value, path);
      value = formatDuration(*duration);
      return true;
    }
    case ValueType::kTime:
      return parseTime(text) ? true : expected(field, value, path);
    case ValueType::kSchedule: {
      const auto schedule = parseSchedule(text);
      const Result<void> checked = schedule ? checkSchedule(*schedule) : Result<void>(fail(schedule.error()));
      if (checked)
        value = schedule->text;
      else
        problem(path, checked.error().message, checked.error().hint);
      return checked.has_value();
    }
    case ValueType::kPath:
      if (text.empty() || text.find('\0') != std::string::npos) return expected(field, value, path);
      return true;
    default:
      return size(field, text.size(), path);
  }
}

bool Normalizer::number(const Field& field, Json& value, const std::string& path) {
  const bool integer = field.type == ValueType::kInteger;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const bool number = plainScalar(text).is_number(),
               digits = text.find_first_of("0123456789") == 0 &&
                        text.find_first_not_of("123456789") != std::string::npos &&
                        (text[0] == '0' || text.find_first_not_of("0123456789") != std::string::npos);
    return expected(field, value, path,
                    number   ? "write it without quotes"
                    : digits ? "write plain decimal digits"
                             : "");
  }
  if (!value.is_number() || (integer && value.is_number_float())) return expected(field, value, path);
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    return expected(field, value, path);
  const double number = value.get<double>();
  if (number < field.minimum.value_or(number) || number > field.maximum.value_or(number))
    return expected(field, value, path);
  if (integer)
    value = value.get<int64_t>();
  else
    value = number;
  return true;
}

bool Normalizer::word(const Field& field, Json& value, const std::string& path) {
  if (value.is_null()) value = "null";  // the type list [float, null], written without quotes
  const auto given = value.is_string() ? value.get<std::string>() : std::string();
  for (const auto& word : field.allowed)
    if (value.is_string() && equalsIgnoreCase(word, given)) {
      value = word;
      return true;
    }
  auto hint = value.is_string() ? didYouMean(given, field.allowed) : "";
  if (hint.empty() && !field.required && field.defaultValue.is_null() && !field.name.empty())
    hint = "or leave it out";
  return expected(field, value, path, std::move(hint));
}

bool Normalizer::list(const Field& field, Json& value, const std::string& path) {
  if (!value.is_array()) {
    if (field.oneOrMany && takes(*field.element, value)) return this->value(*field.element, value, path);
    return expected(field, value, path);
  }
  if (!size(field, value.size(), path)) return false;
  bool good = true;
  for (size_t i = 0; i < value.size(); ++i)
    good &= this->value(*field.element, value[i], fmt::format("{}[{}]", path, i));
  if (good && field.oneOrMany && value.size() == 1) value = Json(value[0]);
  return good;
}

bool Normalizer::map(const Field& field, Json& value, const std::string& path) {
  if (!value.is_object()) return expected(field, value, path);
  if (!size(field, value.size(), path)) return false;
  bool good = true;
  Json canonical = Json::object();
  for (auto& [key, element] : value.items()) {
    const std::string elementPath = joinPath(path, key);
    Json name = key;
    if (key.empty()) {
      problem(path, "a key is empty");
      good = false;
      continue;
    }
    if (field.key) {
      const size_t before = problems_.size();
      good &= this->value(*field.key, name, elementPath);
      for (size_t i = before; i < problems_.size(); ++i) problems_[i].atKey = true;
    }
    good &= this->value(*field.element, element, elementPath);
    const auto text = name.get<std::string>();
    if (canonical.contains(text)) {
      problem(elementPath, fmt::format("{} stands here twice", quoted(text)),
              "upper and lower case do not differ here", true);
      good = false;
    }
    canonical[text] = std::move(element);
  }
  value = std::move(canonical);
  return good;
}

bool Normalizer::size(const Field& field, size_t size, const std::string& path) {
  const bool text = field.type != ValueType::kList && field.type != ValueType::kMap;
  const std::string_view unit = text        ? (size == 1 ? "character" : "characters")
                                : size == 1 ? "entry"
                                            : "entries";
  const auto count = static_cast<double>(size);
  if (count < field.minimum.value_or(0)) {
    if (size == 0)
      problem(path, "is empty", fmt::format("expected {}", expectation(field)));
    else
      problem(path, fmt::format("has {} {}, at least {} are needed", size, unit, *field.minimum));
    return false;
  }
  if (count > field.maximum.value_or(count)) {
    problem(path, fmt::format("has {} {}, at most {} are allowed", withThousands(static_cast<int64_t>(size)),
                              unit, withThousands(static_cast<int64_t>(*field.maximum))));
    return false;
  }
  return true;
}

}  // namespace proffer
