#include "controller/wire/configuration.h"

#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/text.h"
#include "controller/wire/service_model.h"
#include "recipes/catalogue.h"

namespace proffer::wire {
namespace {

constexpr double kDay = 86'400;

Result<double> numberFrom(const std::string& text, std::string_view path) {
  double number = 0;
  const std::string_view trimmed = trim(text);
  const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  if (error != std::errc() || end != trimmed.data() + trimmed.size() || !std::isfinite(number))
    return fail(ErrorCode::kInvalidInput, "{} must be a number, not {}", path, quoted(text));
  return number;
}

Result<int64_t> countFrom(const Json& config, std::string_view name, int64_t most) {
  const std::string path = fmt::format("solutionConfig.hpoConfig.hpoResourceConfig.{}", name);
  PROFFER_TRY(const double number, numberFrom(stringMember(config, name), path));
  if (number < 1 || number > static_cast<double>(most) || number != std::floor(number))
    return fail(ErrorCode::kInvalidInput, "{} must be a whole number from 1 to {}", path, most);
  return static_cast<int64_t>(number);
}

// Names may carry the prefixes of DescribeSolution: "training.bptt" (TO-45).
std::string bareName(const std::string& name) {
  return name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
}

Result<Json> hpoSpec(const Json& config) {
  constexpr int kDefaultTrainingJobs = 10;
  Json hpo{{"maxTrainingJobs", kDefaultTrainingJobs}};  // an empty object would count as absent
  const Json& jobs = member(config, "hpoResourceConfig");
  if (!member(jobs, "maxNumberOfTrainingJobs").is_null()) {
    PROFFER_TRY(hpo["maxTrainingJobs"], countFrom(jobs, "maxNumberOfTrainingJobs", 40));
  }
  if (!member(jobs, "maxParallelTrainingJobs").is_null()) {
    PROFFER_TRY(hpo["maxParallelTrainingJobs"], countFrom(jobs, "maxParallelTrainingJobs", 10));
  }
  const Json& given = member(config, "algorithmHyperParameterRanges");
  Json ranges = Json::object();
  for (const char* list : {"integerHyperParameterRanges", "continuousHyperParameterRanges"})
    for (const Json& range : member(given, list))
      ranges[bareName(stringMember(range, "name"))] = {{"minimum", member(range, "minValue")},
                                                       {"maximum", member(range, "maxValue")}};
  for (const Json& range : member(given, "categoricalHyperParameterRanges"))
    ranges[bareName(stringMember(range, "name"))] = {{"values", member(range, "values")}};
  if (!ranges.empty()) hpo["ranges"] = std::move(ranges);
  return hpo;
}

Json hpoConfig(const Json& hpo) {
  Json integers = Json::array(), continuous = Json::array(), categories = Json::array();
  for (const auto& [name, range] : member(hpo, "ranges").items()) {
    if (range.contains("values")) {
      Json values = Json::array();
      for (const Json& value : range["values"]) values.push_back(valueText(value));
      categories.push_back({{"name", name}, {"values", std::move(values)}});
      continue;
    }
    const bool whole =
        member(range, "minimum").is_number_integer() && member(range, "maximum").is_number_integer();
    (whole ? integers : continuous)
        .push_back(
            {{"name", name}, {"minValue", member(range, "minimum")}, {"maxValue", member(range, "maximum")}});
  }
  return {{"hpoResourceConfig",
           {{"maxNumberOfTrainingJobs", valueText(member(hpo, "maxTrainingJobs"))},
            {"maxParallelTrainingJobs", valueText(member(hpo, "maxParallelTrainingJobs"))}}},
          {"algorithmHyperParameterRanges",
           {{"integerHyperParameterRanges", std::move(integers)},
            {"continuousHyperParameterRanges", std::move(continuous)},
            {"categoricalHyperParameterRanges", std::move(categories)}}}};
}

// Both scopes are one map in the spec; what can only be searched is no value (SM-3's neighbours, 4.8).
Result<Json> hyperparameters(const Json& config, const recipes::RecipeInfo* recipe) {
  Json values = Json::object();
  for (const char* scope : {"algorithmHyperParameters", "featureTransformationParameters"})
    for (const auto& [name, value] : member(config, scope).items()) {
      if (recipe != nullptr)
        for (const auto& known : recipe->hyperparameters)
          if (known.name == bareName(name) && known.onlyTuned)
            return fail(ErrorCode::kInvalidInput, "solutionConfig.{}.{} can only be set through hpoConfig",
                        scope, name);
      values[name] = value;
    }
  return values;
}

Result<void> checkSchedule(const std::string& schedule) {
  int64_t days = 0;
  const auto digits = std::string_view(schedule).substr(5);
  std::from_chars(digits.data(), digits.data() + digits.size(), days);
  if (days < 1 || days > 30)
    return fail(ErrorCode::kInvalidInput,
                "autoTrainingConfig.schedulingExpression: automatic training is every 1 to 30 days, not {}",
                quoted(schedule));
  return {};
}

}  // namespace

std::string valueText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  return dumpJson(value);
}

Result<Json> explorationSpec(const Json& config) {
  Json exploration = Json::object();
  for (const auto& [name, value] : config.items()) {
    const std::string path = "itemExplorationConfig." + name;
    PROFFER_TRY(const double number, numberFrom(value.get<std::string>(), path));
    if (name == "explorationWeight") {
      if (number < 0 || number > 1) return fail(ErrorCode::kInvalidInput, "{} must be from 0 to 1", path);
      exploration["weight"] = number;
    } else if (name == "explorationItemAgeCutOff") {
      if (number < 1 || number > 1e6)
        return fail(ErrorCode::kInvalidInput, "{} must be at least 1 (day)", path);
      const auto cutOff = Duration(static_cast<int64_t>(std::llround(number * kDay)) * 1'000'000);
      exploration["itemAgeCutOff"] = formatDuration(cutOff);
    } else {
      return fail(ErrorCode::kInvalidInput,
                  "itemExplorationConfig has no {}; it has explorationWeight and explorationItemAgeCutOff",
                  quoted(name));
    }
  }
  return exploration;
}

Json explorationConfig(const Json& exploration) {
  Json config = Json::object();
  if (const Json& weight = member(exploration, "weight"); weight.is_number())
    config["explorationWeight"] = fmt::format("{}", weight.get<double>());
  if (const auto cutOff = parseDuration(stringMember(exploration, "itemAgeCutOff")))
    config["explorationItemAgeCutOff"] = fmt::format("{}", static_cast<double>(cutOff->count()) / 1e6 / kDay);
  return config;
}

void setTrainingData(Json& spec, const Json& config) {
  const auto set = [&](const char* field, const char* memberName) {
    Json columns = Json::object();
    for (const auto& [type, names] : member(config, memberName).items())
      if (!names.empty()) columns[upper(type)] = names;
    if (!columns.empty()) spec[field] = std::move(columns);
  };
  set("excludedColumns", "excludedDatasetColumns");
  set("includedColumns", "includedDatasetColumns");
}

Json trainingDataConfig(const Json& spec) {
  Json config = Json::object();
  if (!member(spec, "excludedColumns").empty()) config["excludedDatasetColumns"] = spec["excludedColumns"];
  if (!member(spec, "includedColumns").empty()) config["includedDatasetColumns"] = spec["includedColumns"];
  return config;
}

Json eventsSpec(const Json& config) {
  Json events = Json::array();
  for (const Json& event : member(config, "eventParametersList")) {
    Json one{{"eventType", stringMember(event, "eventType")}};
    if (!member(event, "eventValueThreshold").is_null()) one["valueThreshold"] = event["eventValueThreshold"];
    if (!member(event, "weight").is_null()) one["weight"] = event["weight"];
    events.push_back(std::move(one));
  }
  return events;
}

Result<Json> solutionSpec(const Json& input, const std::string& recipe) {
  const Json& config = member(input, "solutionConfig");
  Json spec{{"recipe", recipe}};
  PROFFER_TRY(Json values, hyperparameters(config, recipes::findRecipe(recipe)));
  if (!values.empty()) spec["hyperparameters"] = std::move(values);
  if (const std::string type = stringMember(input, "eventType"); !type.empty()) spec["eventType"] = type;
  if (!member(config, "eventValueThreshold").is_null()) {
    PROFFER_TRY(spec["eventValueThreshold"], numberFrom(stringMember(config, "eventValueThreshold"),
                                                        "solutionConfig.eventValueThreshold"));
  }
  if (Json events = eventsSpec(member(config, "eventsConfig")); !events.empty())
    spec["events"] = std::move(events);
  setTrainingData(spec, member(config, "trainingDataConfig"));
  if (const Json& objective = member(config, "optimizationObjective"); objective.is_object()) {
    Json& into = spec["optimizationObjective"] = Json::object();
    for (const char* name : {"itemAttribute", "objectiveSensitivity"})
      if (!member(objective, name).is_null()) into[name] = objective[name];
  }
  if (boolMember(input, "performHPO")) {
    PROFFER_TRY(spec["hpo"], hpoSpec(member(config, "hpoConfig")));
  }
  spec["autoTraining"] = boolMember(input, "performAutoTraining", true);
  if (boolMember(input, "performIncrementalUpdate")) spec["incrementalUpdate"] = true;
  const std::string schedule = stringMember(member(config, "autoTrainingConfig"), "schedulingExpression");
  if (!schedule.empty()) {
    PROFFER_CHECK(checkSchedule(schedule));
    spec["schedules"]["train"] = schedule;
  }
  return spec;
}

Json solutionConfig(const Json& spec) {
  Json config = Json::object();
  const recipes::RecipeInfo* recipe = recipes::findRecipe(stringMember(spec, "recipe"));
  for (const auto& [name, value] : member(spec, "hyperparameters").items()) {
    bool transforms = false;
    if (recipe != nullptr)
      for (const auto& known : recipe->hyperparameters)
        if (known.name == name) transforms = known.scope == recipes::ParameterScope::kFeatureTransformation;
    config[transforms ? "featureTransformationParameters" : "algorithmHyperParameters"][name] =
        valueText(value);
  }
  if (spec.contains("eventValueThreshold"))
    config["eventValueThreshold"] = valueText(spec["eventValueThreshold"]);
  for (const Json& event : member(spec, "events")) {
    Json one{{"eventType", stringMember(event, "eventType")}, {"weight", member(event, "weight")}};
    if (event.contains("valueThreshold")) one["eventValueThreshold"] = event["valueThreshold"];
    config["eventsConfig"]["eventParametersList"].push_back(std::move(one));
  }
  if (spec.contains("optimizationObjective")) config["optimizationObjective"] = spec["optimizationObjective"];
  if (Json training = trainingDataConfig(spec); !training.empty())
    config["trainingDataConfig"] = std::move(training);
  if (spec.contains("hpo")) config["hpoConfig"] = hpoConfig(spec["hpo"]);
  const std::string schedule = stringMember(member(spec, "schedules"), "train");
  if (boolMember(spec, "autoTraining") && matchesPattern("days", schedule))
    config["autoTrainingConfig"]["schedulingExpression"] = schedule;
  return config;
}

}  // namespace proffer::wire
