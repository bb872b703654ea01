#include "controller/store/route_settings.h"

#include "base/text.h"

namespace proffer {
namespace {

Result<std::vector<std::string>> wordsOf(const Json& json, std::string_view name) {
  const Json& list = member(json, name);
  std::vector<std::string> words;
  if (list.is_null()) return words;
  if (!list.is_array()) return fail(makeError(ErrorCode::kCorrupt, "a list of words is expected").in(std::string(name)));
  for (const Json& word : list) {
    if (!word.is_string()) return fail(makeError(ErrorCode::kCorrupt, "a list of words is expected").in(std::string(name)));
    words.push_back(word.get<std::string>());
  }
  return words;
}

// What serving would misread is refused: it is better to keep the old model than to answer by wrong rules.
Result<void> checkMembers(const Json& json, std::initializer_list<std::string_view> texts,
                          std::initializer_list<std::string_view> flags) {
  if (!json.is_object()) return fail(ErrorCode::kCorrupt, "settings are an object");
  for (const std::string_view name : texts)
    if (!member(json, name).is_null() && !member(json, name).is_string())
      return fail(makeError(ErrorCode::kCorrupt, "a word is expected").in(std::string(name)));
  for (const std::string_view name : flags)
    if (!member(json, name).is_null() && !member(json, name).is_boolean())
      return fail(makeError(ErrorCode::kCorrupt, "true or false is expected").in(std::string(name)));
  return {};
}

Result<double> influenceOf(const Json& json, std::string_view name) {
  const Json& value = member(json, name);
  if (value.is_null()) return 0;
  if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= 1))
    return fail(makeError(ErrorCode::kCorrupt, "a number from 0 to 1 is expected").in(std::string(name)));
  return value.get<double>();
}

}  // namespace

Json toJson(const RouteSettings& settings) {
  Json json = Json::object();
  json["recipe"] = settings.recipe;
  if (!settings.useCase.empty()) json["useCase"] = settings.useCase;
  json["family"] = settings.family;
  json["needsUser"] = settings.needsUser;
  json["needsItem"] = settings.needsItem;
  json["scores"] = settings.scores;
  json["metadata"] = settings.metadata;
  if (!settings.automaticFilter.empty()) json["automaticFilter"] = settings.automaticFilter;
  if (settings.fallback) json["fallback"] = true;
  if (settings.stopped) json["stopped"] = true;
  if (settings.popularityInfluence > 0) json["popularityInfluence"] = settings.popularityInfluence;
  if (settings.freshnessInfluence > 0) json["freshnessInfluence"] = settings.freshnessInfluence;
  if (settings.explorationWeight > 0) {
    json["explorationWeight"] = settings.explorationWeight;
    json["explorationCutOff"] = settings.explorationCutOff;
  }
  return json;
}

Result<RouteSettings> routeSettingsFromJson(const Json& json) {
  PROFFER_CHECK(checkMembers(json, {"recipe", "useCase", "family"},
                             {"needsUser", "needsItem", "scores", "metadata", "fallback", "stopped"}));
  RouteSettings settings;
  settings.recipe = stringMember(json, "recipe");
  settings.useCase = stringMember(json, "useCase");
  settings.family = stringMember(json, "family");
  settings.needsUser = boolMember(json, "needsUser", settings.needsUser);
  settings.needsItem = boolMember(json, "needsItem", settings.needsItem);
  settings.scores = boolMember(json, "scores", settings.scores);
  settings.metadata = boolMember(json, "metadata", settings.metadata);
  PROFFER_TRY(settings.automaticFilter, wordsOf(json, "automaticFilter"));
  settings.fallback = boolMember(json, "fallback", settings.fallback);
  settings.stopped = boolMember(json, "stopped", settings.stopped);
  PROFFER_TRY(settings.popularityInfluence, influenceOf(json, "popularityInfluence"));
  PROFFER_TRY(settings.freshnessInfluence, influenceOf(json, "freshnessInfluence"));
  PROFFER_TRY(settings.explorationWeight, influenceOf(json, "explorationWeight"));
  if (const int64_t cutOff = intMember(json, "explorationCutOff"); cutOff > 0) settings.explorationCutOff = cutOff;
  return settings;
}

Json toJson(const CatalogueSettings& settings) {
  Json json = Json::object();
  if (!settings.titleColumn.empty()) json["titleColumn"] = settings.titleColumn;
  json["catalogueOnly"] = settings.catalogueOnly;
  if (settings.interactionWindow > 0) json["interactionWindow"] = settings.interactionWindow;
  if (!settings.interactions.empty()) json["interactions"] = settings.interactions;
  if (!settings.fields.empty()) json["fields"] = settings.fields;
  for (const auto& [name, filter] : settings.filters)
    json["filters"][name] = Json{{"expression", filter.expression}, {"dialect", filter.dialect}};
  return json;
}

Result<CatalogueSettings> catalogueSettingsFromJson(const Json& json) {
  PROFFER_CHECK(checkMembers(json, {"titleColumn", "interactions"}, {"catalogueOnly"}));
  CatalogueSettings settings;
  settings.titleColumn = stringMember(json, "titleColumn");
  settings.catalogueOnly = boolMember(json, "catalogueOnly", settings.catalogueOnly);
  settings.interactionWindow = intMember(json, "interactionWindow");
  settings.interactions = stringMember(json, "interactions");
  if (const Json& fields = member(json, "fields"); !fields.is_null()) settings.fields = fields;
  const Json& filters = member(json, "filters");
  if (filters.is_null()) return settings;
  if (!filters.is_object())
    return fail(makeError(ErrorCode::kCorrupt, "an object of filters is expected").in("filters"));
  for (const auto& [name, filter] : filters.items())
    settings.filters[name] = {stringMember(filter, "expression"), stringMember(filter, "dialect")};
  return settings;
}

}  // namespace proffer
