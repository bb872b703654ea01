// Recommenders: the use cases of domain dataset groups.
#include "base/text.h"
#include "controller/wire/configuration.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/states.h"
#include "manifests/domains.h"
#include "manifests/specs.h"
#include "recipes/catalogue.h"

namespace proffer::wire {
namespace {

Domain domainOfGroup(Request& request, const Resource& resource) {
  const Resource* group = request.world.groupOf(resource);
  return group == nullptr ? Domain::kCustom : domainOf(*group);
}

Result<const UseCase*> useCaseNamed(const std::string& arn, Domain domain) {
  constexpr std::string_view kPrefix = "arn:aws:personalize:::recipe/";
  const UseCase* useCase = arn.starts_with(kPrefix) ? findUseCase(arn, domain) : nullptr;
  if (useCase == nullptr && recipes::findRecipe(arn) != nullptr)
    return fail(ErrorCode::kInvalidInput, "{} is a recipe for solutions, not for recommenders", arn);
  if (useCase == nullptr) return noSuchArn(arn);
  if (useCase->domain != domain)
    return fail(ErrorCode::kInvalidInput, "{} is of the domain {}, the dataset group of {}", arn,
                domainName(useCase->domain), domainName(domain));
  return useCase;
}

Result<void> setConfig(Json& spec, const Json& config, const UseCase& useCase) {
  for (const char* field : {"excludedColumns", "includedColumns"}) spec.erase(field);
  setTrainingData(spec, member(config, "trainingDataConfig"));
  if (const Json& exploration = member(config, "itemExplorationConfig"); !exploration.empty()) {
    if (!useCase.explores)
      return fail(ErrorCode::kInvalidInput, "recommenderConfig.itemExplorationConfig: {} does not explore",
                  useCase.recipe);
    PROFFER_TRY(spec["exploration"], explorationSpec(exploration));
  }
  if (const Json& rate = member(config, "minRecommendationRequestsPerSecond"); !rate.is_null())
    spec["minRecommendationRequestsPerSecond"] = rate;
  spec["metadata"] = boolMember(config, "enableMetadataWithRecommendations");
  return {};
}

Json recommenderConfig(const Resource& resource) {
  if (!asSent(resource, "recipeArn").is_null()) return asSent(resource, "recommenderConfig");
  const Json& spec = resource.spec;
  Json config = Json::object();
  if (spec.contains("exploration")) config["itemExplorationConfig"] = explorationConfig(spec["exploration"]);
  config["minRecommendationRequestsPerSecond"] = member(spec, "minRecommendationRequestsPerSecond");
  if (Json training = trainingDataConfig(spec); !training.empty())
    config["trainingDataConfig"] = std::move(training);
  config["enableMetadataWithRecommendations"] = boolMember(spec, "metadata");
  return config;
}

Result<Json> setState(Request& request, std::string_view from, const char* state) {
  PROFFER_TRY(const Resource* recommender, named(request, "Recommender", "recommenderArn"));
  const std::string status = stateOf(request.world, *recommender).status;
  if (status != from)
    return fail(ErrorCode::kInUse, "{} is {}, it must be {} for that", recommender->metadata.arn, status,
                from);
  Resource changed = *recommender;
  changed.spec["state"] = state;
  PROFFER_TRY(const Resource now, change(request, std::move(changed), false));
  return Json{{"recommenderArn", now.metadata.arn}};
}

}  // namespace

Json describeRecommender(Request& request, const Resource& resource) {
  const UseCase* useCase =
      findUseCase(stringMember(resource.spec, "useCase"), domainOfGroup(request, resource));
  Json json{{"name", resource.metadata.name},
            {"recommenderArn", resource.metadata.arn},
            {"datasetGroupArn", request.world.groupArn(resource)},
            {"recipeArn", useCase == nullptr ? "" : "arn:aws:personalize:::recipe/" + useCase->recipe}};
  if (const Json config = recommenderConfig(resource); !config.is_null()) json["recommenderConfig"] = config;
  json = joined(std::move(json), lifeOf(request, resource));
  Json metrics = Json::object();
  for (const auto& [name, value] : member(resource.status, "metrics").items())
    if (value.is_number()) metrics[name] = value;
  if (!metrics.empty() && !isTransitional(stringMember(json, "status")))
    json["modelMetrics"] = std::move(metrics);
  const Json update = latestUpdate(resource);
  if (!update.is_object()) return json;
  const State state = updateState(request.world, resource, intMember(update, "generation"));
  Json& latest = json["latestRecommenderUpdate"] = {
      {"recommenderConfig", member(member(update, "request"), "recommenderConfig")},
      {"creationDateTime", timeJson(fromMicros(intMember(update, "time")))},
      {"lastUpdatedDateTime", timeJson(lastUpdated(resource))},
      {"status", state.status}};
  if (!state.failureReason.empty()) latest["failureReason"] = state.failureReason;
  return json;
}

Result<Json> createRecommender(Request& request) {
  PROFFER_TRY(const Resource* group, named(request, "DatasetGroup", "datasetGroupArn"));
  const Domain domain = domainOf(*group);
  if (domain == Domain::kCustom)
    return fail(ErrorCode::kInvalidInput,
                "Please use a domains-specific Dataset Group to create the Recommender");
  PROFFER_TRY(const UseCase* useCase, useCaseNamed(request.text("recipeArn"), domain));
  const std::string name = request.text("name");
  const std::string suffix = "recommender/" + name;
  if (request.world.byArn("Recommender", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  PROFFER_CHECK(requireActive(request, *group));
  // The protocol's clients wait for ACTIVE or CREATE FAILED; something else that answers meanwhile would be
  // neither.
  Json spec{{"useCase", useCase->name}, {"fallback", "none"}};
  PROFFER_CHECK(setConfig(spec, member(request.input, "recommenderConfig"), *useCase));
  PROFFER_TRY(const Resource made,
              create(request, fresh("Recommender", group, name, std::move(spec)), suffix));
  return Json{{"recommenderArn", made.metadata.arn}};
}

Result<Json> updateRecommender(Request& request) {
  PROFFER_TRY(const Resource* recommender, named(request, "Recommender", "recommenderArn"));
  const std::string status = stateOf(request.world, *recommender).status;
  if (isTransitional(status))
    return fail(ErrorCode::kInUse, "{} is {} and cannot be updated now", recommender->metadata.arn, status);
  const UseCase* useCase =
      findUseCase(stringMember(recommender->spec, "useCase"), domainOfGroup(request, *recommender));
  if (useCase == nullptr) return noSuchArn(recommender->metadata.arn);
  Resource changed = *recommender;
  changed.spec.erase("exploration");
  PROFFER_CHECK(setConfig(changed.spec, member(request.input, "recommenderConfig"), *useCase));
  PROFFER_TRY(const Resource now, change(request, std::move(changed), true));
  return Json{{"recommenderArn", now.metadata.arn}};
}

Result<Json> startRecommender(Request& request) {
  return setState(request, "INACTIVE", "running");
}

Result<Json> stopRecommender(Request& request) {
  return setState(request, kActive, "stopped");
}

}  // namespace proffer::wire
