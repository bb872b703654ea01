#include <charconv>
#include <cmath>

#include "base/text.h"
#include "recipes/catalogue.h"

namespace proffer::recipes {
namespace {

using Type = Hyperparameter::Type;

// "0.25", "30", "100": as people write numbers.
std::string plain(double number) {
  return fmt::format("{}", number);
}

std::string allowedText(const Hyperparameter& parameter) {
  switch (parameter.type) {
    case Type::kBoolean:
      return "true or false";
    case Type::kString:
      return "one of \"" + join(parameter.allowed, "\", \"") + "\"";
    case Type::kInteger:
    case Type::kFloat:
      break;
  }
  const std::string kind = parameter.type == Type::kInteger ? "a whole number" : "a number";
  if (parameter.minimum && parameter.maximum)
    return fmt::format("{} from {} to {}", kind, plain(*parameter.minimum), plain(*parameter.maximum));
  if (parameter.minimum && parameter.aboveMinimum)
    return fmt::format("{} above {}", kind, plain(*parameter.minimum));
  if (parameter.minimum) return fmt::format("{} of at least {}", kind, plain(*parameter.minimum));
  return kind;
}

std::optional<double> numberOf(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  const std::string_view digits = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<Json> numeric(const Hyperparameter& parameter, const Json& value) {
  const std::optional<double> number = numberOf(value);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  if (parameter.minimum &&
      (*number < *parameter.minimum || (parameter.aboveMinimum && *number == *parameter.minimum)))
    return std::nullopt;
  if (parameter.maximum && *number > *parameter.maximum) return std::nullopt;
  if (parameter.type == Type::kFloat) return Json(*number);
  if (*number != std::floor(*number) || std::abs(*number) > 1e15) return std::nullopt;
  return Json(static_cast<int64_t>(*number));
}

std::optional<Json> truth(const Json& value) {
  if (value.is_boolean()) return value;
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  if (equalsIgnoreCase(text, "true")) return Json(true);
  if (equalsIgnoreCase(text, "false")) return Json(false);
  return std::nullopt;
}

std::optional<Json> typed(const Hyperparameter& parameter, const Json& value) {
  switch (parameter.type) {
    case Type::kInteger:
    case Type::kFloat:
      return numeric(parameter, value);
    case Type::kBoolean:
      return truth(value);
    case Type::kString:
      break;
  }
  if (!value.is_string()) return std::nullopt;
  for (const std::string& allowed : parameter.allowed)
    if (equalsIgnoreCase(allowed, value.get_ref<const std::string&>())) return Json(allowed);
  return std::nullopt;
}

const Hyperparameter* findParameter(const RecipeInfo& recipe, std::string_view name) {
  for (const std::string_view prefix : {"training.", "data."})  // TO-45
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  for (const Hyperparameter& parameter : recipe.hyperparameters) {
    if (parameter.name == name) return &parameter;
    for (const std::string& alias : parameter.aliases)
      if (alias == name) return &parameter;
  }
  return nullptr;
}

std::vector<std::string> solutionParameters(const RecipeInfo& recipe) {
  std::vector<std::string> names;
  for (const Hyperparameter& parameter : recipe.hyperparameters)
    if (parameter.scope != ParameterScope::kCampaign) names.push_back(parameter.name);
  return names;
}

Error unknownParameter(const RecipeInfo& recipe, std::string_view name) {
  const std::vector<std::string> names = solutionParameters(recipe);
  if (names.empty())
    return makeError(ErrorCode::kInvalidInput, "{} has no hyperparameters, found {}", recipe.name,
                     proffer::quoted(name));
  return makeError(ErrorCode::kInvalidInput, "{} has no hyperparameter {}; it has {}", recipe.name,
                   proffer::quoted(name), join(names, ", "))
      .hinting(didYouMean(name, names));
}

}  // namespace

Result<Json> completeHyperparameters(const RecipeInfo& recipe, const Json& given, std::string_view path,
                                     std::vector<Error>& errors) {
  const size_t before = errors.size();
  std::map<std::string, Json> values;
  const auto wrong = [&](const std::string& name, Error error) {
    errors.push_back(std::move(error).in(path.empty() ? name : fmt::format("{}.{}", path, name)));
  };
  if (!given.is_null() && !given.is_object())
    errors.push_back(makeError(ErrorCode::kInvalidInput, "hyperparameters are a map of names and values")
                         .in(std::string(path)));
  if (given.is_object()) {
    for (const auto& [name, value] : given.items()) {
      const Hyperparameter* parameter = findParameter(recipe, name);
      if (!parameter) {
        wrong(name, unknownParameter(recipe, name));
      } else if (parameter->scope == ParameterScope::kCampaign) {
        wrong(name, makeError(ErrorCode::kInvalidInput, "{} is set with a campaign, not with a solution",
                              parameter->name)
                        .hinting("write it under the campaign's exploration"));
      } else if (values.contains(parameter->name)) {
        wrong(name, makeError(ErrorCode::kInvalidInput, "{} is given twice, under two of its names",
                              parameter->name));
      } else if (std::optional<Json> checked = typed(*parameter, value)) {
        values[parameter->name] = std::move(*checked);
      } else {
        wrong(name, makeError(ErrorCode::kInvalidInput, "{} must be {}, found {}", parameter->name,
                              allowedText(*parameter),
                              value.is_string() ? proffer::quoted(value.get_ref<const std::string&>())
                                                : dumpJson(value)));
      }
    }
  }
  if (errors.size() > before) return fail(errors[before]);
  Json complete = Json::object();
  for (const Hyperparameter& parameter : recipe.hyperparameters) {
    if (parameter.scope == ParameterScope::kCampaign) continue;
    const auto found = values.find(parameter.name);
    complete[parameter.name] = found == values.end() ? parameter.defaultValue : found->second;
  }
  return complete;
}

}  // namespace proffer::recipes
