// Solutions: a recipe with its configuration, which only UpdateSolution changes (SO-2).
#include "base/text.h"
#include "controller/wire/configuration.h"
#include "controller/wire/input_check.h"
#include "controller/wire/kinds.h"
#include "controller/wire/operations.h"
#include "controller/wire/states.h"
#include "manifests/domains.h"
#include "recipes/catalogue.h"

namespace proffer::wire {
namespace {

/// The first training of what the protocol made begins within the hour, so that a version made by hand comes
/// first (TO-63).
constexpr const char* kFirstTraining = "proffer/first-training";

std::string recipeArn(const std::string& name) {
  return "arn:aws:personalize:::recipe/" + name;
}

// The recipe of a solution's ARN. kNotFound: there is no such recipe; kInvalidInput: it is a use case's.
Result<const recipes::RecipeInfo*> recipeNamed(const std::string& arn) {
  constexpr std::string_view kPrefix = "arn:aws:personalize:::recipe/";
  const recipes::RecipeInfo* recipe = arn.starts_with(kPrefix) ? recipes::findRecipe(arn) : nullptr;
  if (recipe != nullptr) return recipe;
  if (findUseCase(arn, Domain::kCustom) != nullptr)
    return fail(ErrorCode::kInvalidInput, "{} is the recipe of a use case: create a recommender with it",
                arn);
  std::vector<std::string> known;
  for (const auto& name : recipes::recipeNames()) known.push_back(recipeArn(name));
  return fail(makeError(ErrorCode::kNotFound, "Resource Arn {} does not exist.", arn)
                  .hinting(didYouMean(arn, known)));
}

Json versionSummary(Request& request, const Resource& version) {
  const Json whole = describeSolutionVersion(request, version);
  return knownPart(*ServiceModel::get().shape("SolutionVersionSummary"), whole);
}

const Resource* latestVersion(Request& request, const Resource& solution) {
  const Resource* latest = nullptr;
  for (const Resource& version : request.world.of("SolutionVersion")) {
    if (version.metadata.group != solution.metadata.group ||
        stringMember(version.spec, "solution") != solution.metadata.name)
      continue;
    if (latest == nullptr || latest->metadata.creationTimestamp <= version.metadata.creationTimestamp)
      latest = &version;
  }
  return latest;
}

Json solutionUpdate(Request& request, const Resource& resource, const Json& update) {
  const State state = updateState(request.world, resource, intMember(update, "generation"));
  const Json& sent = member(update, "request");
  Json json{{"solutionUpdateConfig", member(sent, "solutionUpdateConfig")},
            {"status", state.status},
            {"performAutoTraining", member(sent, "performAutoTraining")},
            {"performIncrementalUpdate", member(sent, "performIncrementalUpdate")},
            {"creationDateTime", timeJson(fromMicros(intMember(update, "time")))},
            {"lastUpdatedDateTime", timeJson(lastUpdated(resource))}};
  if (!state.failureReason.empty()) json["failureReason"] = state.failureReason;
  return json;
}

}  // namespace

Json describeSolution(Request& request, const Resource& resource) {
  const Json& spec = resource.spec;
  Json json{{"name", resource.metadata.name},
            {"solutionArn", resource.metadata.arn},
            {"performHPO", spec.contains("hpo")},
            {"performAutoML", false},
            {"performAutoTraining", boolMember(spec, "autoTraining")},
            {"recipeArn", recipeArn(stringMember(spec, "recipe"))},
            {"datasetGroupArn", request.world.groupArn(resource)},
            {"eventType", stringMember(spec, "eventType")}};
  if (boolMember(spec, "incrementalUpdate")) json["performIncrementalUpdate"] = true;
  const Json sent = asSent(resource, "recipeArn");
  const Json config = sent.is_null() ? solutionConfig(spec) : asSent(resource, "solutionConfig");
  if (!config.is_null()) json["solutionConfig"] = config;
  json = joined(std::move(json), lifeOf(request, resource));
  if (const Resource* latest = latestVersion(request, resource))
    json["latestSolutionVersion"] = versionSummary(request, *latest);
  if (const Json update = latestUpdate(resource); update.is_object())
    json["latestSolutionUpdate"] = solutionUpdate(request, resource, update);
  return json;
}

Result<Json> createSolution(Request& request) {
  PROFFER_TRY(const Resource* group, named(request, "DatasetGroup", "datasetGroupArn"));
  if (boolMember(request.input, "performAutoML"))
    return fail(ErrorCode::kNotImplemented, "performAutoML is not built here; name a recipe with recipeArn");
  if (!request.has("recipeArn"))
    return fail(ErrorCode::kInvalidInput, "recipeArn is required unless performAutoML is true");
  PROFFER_TRY(const recipes::RecipeInfo* recipe, recipeNamed(request.text("recipeArn")));
  if (recipe->type == recipes::RecipeType::kPersonalizedActions && group->spec.contains("domain"))
    return fail(ErrorCode::kInvalidInput, "{} is only for custom dataset groups", recipe->name);
  PROFFER_TRY(Json spec, solutionSpec(request.input, recipe->name));
  const std::string name = request.text("name");
  const std::string suffix = "solution/" + name;
  if (request.world.byArn("Solution", arnWith(suffix)) != nullptr)
    return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arnWith(suffix));
  PROFFER_CHECK(requireActive(request, *group));
  Resource solution = fresh("Solution", group, name, std::move(spec));
  solution.metadata.annotations[kFirstTraining] = "within 1h";
  PROFFER_TRY(const Resource made, create(request, std::move(solution), suffix));
  return Json{{"solutionArn", made.metadata.arn}};
}

// One at a time (SO-3).
Result<Json> updateSolution(Request& request) {
  PROFFER_TRY(const Resource* solution, named(request, "Solution", "solutionArn"));
  PROFFER_CHECK(requireActive(request, *solution));
  if (const Json before = latestUpdate(*solution); before.is_object()) {
    const State state = updateState(request.world, *solution, intMember(before, "generation"));
    if (isTransitional(state.status))
      return fail(ErrorCode::kInUse, "{} has an update that is {}", solution->metadata.arn, state.status);
  }
  Resource changed = *solution;
  const Json& config = member(request.input, "solutionUpdateConfig");
  const std::string schedule = stringMember(member(config, "autoTrainingConfig"), "schedulingExpression");
  if (request.has("performAutoTraining")) changed.spec["autoTraining"] = request.input["performAutoTraining"];
  if (request.has("performIncrementalUpdate"))
    changed.spec["incrementalUpdate"] = request.input["performIncrementalUpdate"];
  const bool automatic = boolMember(changed.spec, "autoTraining");
  if (!automatic && member(changed.spec, "schedules").contains("train") && schedule.empty())
    changed.spec["schedules"].erase("train");
  if (!schedule.empty()) changed.spec["schedules"]["train"] = schedule;
  if (member(config, "eventsConfig").is_object()) {
    changed.spec.erase("events");
    if (Json events = eventsSpec(config["eventsConfig"]); !events.empty())
      changed.spec["events"] = std::move(events);
  }
  PROFFER_TRY(const Resource now, change(request, std::move(changed), true));
  return Json{{"solutionArn", now.metadata.arn}};
}

}  // namespace proffer::wire
