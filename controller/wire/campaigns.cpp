// Campaigns: which version of a solution answers, and how.
#include "base/text.h"
#include "controller/wire/configuration.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/states.h"
#include "recipes/catalogue.h"

namespace proffer::wire {
namespace {

constexpr std::string_view kLatest = "/$LATEST";

struct Choice {
  const Resource* solution = nullptr;
  std::string version;  ///< of the spec: "latest" or a version's name
};

const Resource* newestActive(Request& request, const Resource& solution) {
  const Resource* newest = nullptr;
  for (const Resource& version : request.world.of("SolutionVersion")) {
    if (version.metadata.group != solution.metadata.group || version.deleting() ||
        stringMember(version.spec, "solution") != solution.metadata.name ||
        stateOf(request.world, version).status != kActive)
      continue;
    if (newest == nullptr || newest->metadata.creationTimestamp <= version.metadata.creationTimestamp)
      newest = &version;
  }
  return newest;
}

// CA-2, CA-3: a version's ARN, or that of a solution with /$LATEST.
Result<Choice> choiceOf(Request& request, const std::string& arn, bool sync) {
  if (arn.ends_with(kLatest)) {
    const std::string solutionArn = arn.substr(0, arn.size() - kLatest.size());
    const Resource* solution = request.world.byArn("Solution", solutionArn);
    if (solution == nullptr) return noSuchArn(solutionArn);
    const Resource* newest = newestActive(request, *solution);
    if (newest == nullptr)
      return fail(ErrorCode::kInUse, "{} has no version that is ACTIVE yet", solutionArn);
    return Choice{solution, sync ? "latest" : newest->metadata.name};
  }
  if (sync)
    return fail(ErrorCode::kInvalidInput,
                "campaignConfig.syncWithLatestSolutionVersion needs a solutionVersionArn that ends in {}",
                kLatest);
  const Resource* version = request.world.byArn("SolutionVersion", arn);
  if (version == nullptr && request.world.byArn("Solution", arn) != nullptr)
    return fail(
        ErrorCode::kNotFound,
        "Resource Arn {} does not exist. It is a solution: add {} for its newest version, or name one", arn,
        kLatest);
  if (version == nullptr || !version->spec.contains("solution")) return noSuchArn(arn);
  PROFFER_CHECK(requireActive(request, *version));
  const Resource* solution =
      request.world.find("Solution", version->metadata.group, stringMember(version->spec, "solution"));
  if (solution == nullptr) return noSuchArn(arn);
  return Choice{solution, version->metadata.name};
}

Result<void> setConfig(Json& spec, const Json& config, const std::string& recipeName) {
  const recipes::RecipeInfo* recipe = recipes::findRecipe(recipeName);
  spec.erase("exploration");
  spec.erase("rankingInfluence");
  if (const Json& exploration = member(config, "itemExplorationConfig"); !exploration.empty()) {
    if (recipe != nullptr && !recipe->explores)
      return fail(ErrorCode::kInvalidInput,
                  "campaignConfig.itemExplorationConfig: recipe {} does not explore", recipeName);
    PROFFER_TRY(spec["exploration"], explorationSpec(exploration));
  }
  if (const Json& influence = member(config, "rankingInfluence"); !influence.empty()) {
    if (recipeName != "aws-semantic-similarity")
      return fail(ErrorCode::kInvalidInput,
                  "campaignConfig.rankingInfluence is only for aws-semantic-similarity, not {}", recipeName);
    spec["rankingInfluence"] = influence;
  }
  spec["metadata"] = boolMember(config, "enableMetadataWithRecommendations");
  return {};
}

Json campaignConfig(const Resource& campaign) {
  const Json sent = asSent(campaign, "solutionVersionArn");
  if (!sent.is_null()) return asSent(campaign, "campaignConfig");
  const Json& spec = campaign.spec;
  Json config = Json::object();
  if (spec.contains("exploration")) config["itemExplorationConfig"] = explorationConfig(spec["exploration"]);
  config["enableMetadataWithRecommendations"] = boolMember(spec, "metadata");
  config["syncWithLatestSolutionVersion"] = stringMember(spec, "version") == "latest";
  if (spec.contains("rankingInfluence")) config["rankingInfluence"] = spec["rankingInfluence"];
  return config;
}

// The version that answers now; before there is one, the one that will.
std::string versionArn(Request& request, const Resource& campaign, const Resource* solution) {
  for (const std::string& name :
       {stringMember(campaign.status, "version"), stringMember(campaign.spec, "version")})
    if (const Resource* version = request.world.find("SolutionVersion", campaign.metadata.group, name))
      return version->metadata.arn;
  return solution == nullptr ? "" : solution->metadata.arn + std::string(kLatest);
}

Json campaignUpdate(Request& request, const Resource& campaign, const Json& update) {
  const State state = updateState(request.world, campaign, intMember(update, "generation"));
  const Json& sent = member(update, "request");
  const Json version = member(sent, "solutionVersionArn");
  Json json{{"solutionVersionArn", version.is_null() ? asSent(campaign, "solutionVersionArn") : version},
            {"minProvisionedTPS", member(campaign.spec, "minProvisionedTPS")},
            {"campaignConfig", campaignConfig(campaign)},
            {"status", state.status},
            {"creationDateTime", timeJson(fromMicros(intMember(update, "time")))},
            {"lastUpdatedDateTime", timeJson(lastUpdated(campaign))}};
  if (!state.failureReason.empty()) json["failureReason"] = state.failureReason;
  return json;
}

}  // namespace

Json describeCampaign(Request& request, const Resource& resource) {
  const Resource* solution =
      request.world.find("Solution", resource.metadata.group, stringMember(resource.spec, "solution"));
  Json json{{"name", resource.metadata.name},
            {"campaignArn", resource.metadata.arn},
            {"solutionArn", solution == nullptr ? "" : solution->metadata.arn},
            {"solutionVersionArn", versionArn(request, resource, solution)},
            {"minProvisionedTPS", member(resource.spec, "minProvisionedTPS")}};
  if (const Json config = campaignConfig(resource); !config.is_null()) json["campaignConfig"] = config;
  json = joined(std::move(json), lifeOf(request, resource));
  const Json update = latestUpdate(resource);
  if (!update.is_object()) return json;
  json["latestCampaignUpdate"] = campaignUpdate(request, resource, update);
  // While it is being updated it goes on answering, and stays ACTIVE (1.4).
  const std::string status = json["status"];
  if (resource.status.contains("version") && !resource.deleting() && status != kCreateFailed)
    json["status"] = kActive;
  return json;
}

Result<Json> createCampaign(Request& request) {
  const Json& config = member(request.input, "campaignConfig");
  PROFFER_TRY(const Choice choice, choiceOf(request, request.text("solutionVersionArn"),
                                            boolMember(config, "syncWithLatestSolutionVersion")));
  const std::string name = request.text("name");
  const std::string suffix = "campaign/" + name;
  if (request.world.byArn("Campaign", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  Json spec{{"solution", choice.solution->metadata.name}, {"version", choice.version}};
  if (request.has("minProvisionedTPS")) spec["minProvisionedTPS"] = request.input["minProvisionedTPS"];
  PROFFER_CHECK(setConfig(spec, config, stringMember(choice.solution->spec, "recipe")));
  PROFFER_TRY(const Resource made,
              create(request, fresh("Campaign", choice.solution, name, std::move(spec)), suffix));
  return Json{{"campaignArn", made.metadata.arn}};
}

Result<Json> updateCampaign(Request& request) {
  PROFFER_TRY(const Resource* campaign, named(request, "Campaign", "campaignArn"));
  const std::string status = stringMember(describeCampaign(request, *campaign), "status");
  if (status != kActive && status != kCreateFailed)
    return fail(ErrorCode::kInUse, "{} is {}; only an ACTIVE or CREATE FAILED campaign can be updated",
                campaign->metadata.arn, status);
  Resource changed = *campaign;
  const Json& config = member(request.input, "campaignConfig");
  const bool sync = config.is_object() ? boolMember(config, "syncWithLatestSolutionVersion")
                                       : stringMember(campaign->spec, "version") == "latest";
  if (request.has("solutionVersionArn")) {
    PROFFER_TRY(
        const Choice choice,
        choiceOf(request, request.text("solutionVersionArn"),
                 sync && (config.is_object() || request.text("solutionVersionArn").ends_with(kLatest))));
    if (choice.solution->metadata.group != campaign->metadata.group)
      return fail(ErrorCode::kInvalidInput, "{} is of another dataset group",
                  request.text("solutionVersionArn"));
    changed.spec["solution"] = choice.solution->metadata.name;
    changed.spec["version"] = choice.version;
    changed.spec.erase("gates");
  }
  if (request.has("minProvisionedTPS"))
    changed.spec["minProvisionedTPS"] = request.input["minProvisionedTPS"];
  if (config.is_object()) {
    const Resource* solution =
        request.world.find("Solution", campaign->metadata.group, stringMember(changed.spec, "solution"));
    PROFFER_CHECK(
        setConfig(changed.spec, config, solution == nullptr ? "" : stringMember(solution->spec, "recipe")));
  }
  PROFFER_TRY(const Resource now, change(request, std::move(changed), true));
  return Json{{"campaignArn", now.metadata.arn}};
}

}  // namespace proffer::wire
