// Recipes, algorithms and feature transformations: what the recipe catalogue and the domains know, in the
// service's shapes. They are the same for everybody and never change.
#include "recipes/catalogue.h"
#include "base/text.h"
#include "controller/wire/configuration.h"
#include "controller/wire/input_check.h"
#include "controller/wire/operations.h"
#include "controller/wire/paging.h"
#include "manifests/domains.h"

namespace proffer::wire {
namespace {

constexpr const char* kServiceArn = "arn:aws:personalize:::";
/// What the service has not dated is dated with its API's version.
constexpr double kMade = 1526947200.0;

struct Recipe {
  std::string name, description, type, transformation;
  std::string domain;  ///< of a use case
};

std::string typeOfUseCase(const UseCase& useCase) {
  if (useCase.needsItem) return "RELATED_ITEMS";
  return useCase.family == "popularity" || useCase.family == "trending" ? "POPULAR_ITEMS"
                                                                        : "USER_PERSONALIZATION";
}

std::vector<Recipe> allRecipes() {
  std::vector<Recipe> all;
  for (const auto& recipe : recipes::allRecipes())
    all.push_back({recipe.name, recipe.description, std::string(recipes::recipeTypeName(recipe.type)),
                   recipe.featureTransformation, ""});
  for (const UseCase& useCase : allUseCases())
    all.push_back(
        {useCase.recipe, useCase.help, typeOfUseCase(useCase), "", std::string(domainName(useCase.domain))});
  return all;
}

// Trending-Now's algorithm has another name (4.1).
std::string algorithmOf(const std::string& recipe) {
  return recipe == "aws-trending-now" ? "aws-trending-now-custom" : recipe;
}

Json shown(const Recipe& recipe) {
  Json json{{"name", recipe.name},
            {"recipeArn", kServiceArn + ("recipe/" + recipe.name)},
            {"algorithmArn", kServiceArn + ("algorithm/" + algorithmOf(recipe.name))},
            {"status", "ACTIVE"},
            {"description", recipe.description},
            {"creationDateTime", kMade},
            {"recipeType", recipe.type},
            {"lastUpdatedDateTime", kMade}};
  if (!recipe.transformation.empty())
    json["featureTransformationArn"] = kServiceArn + ("feature-transformation/" + recipe.transformation);
  if (!recipe.domain.empty()) json["domain"] = recipe.domain;
  return json;
}

// The parameters of one scope as {name: "default"}.
Json defaults(const recipes::RecipeInfo& recipe, recipes::ParameterScope scope) {
  Json values = Json::object();
  for (const auto& parameter : recipe.hyperparameters)
    if (parameter.scope == scope && !parameter.onlyTuned)
      values[parameter.name] = valueText(parameter.defaultValue);
  return values;
}

Json ranges(const recipes::RecipeInfo& recipe) {
  using Type = recipes::Hyperparameter::Type;
  Json integers = Json::array(), continuous = Json::array(), categories = Json::array();
  for (const auto& parameter : recipe.hyperparameters) {
    if (parameter.scope != recipes::ParameterScope::kAlgorithm) continue;
    Json range{{"name", parameter.name}};
    if (parameter.type == Type::kBoolean || parameter.type == Type::kString) {
      range["values"] = parameter.type == Type::kBoolean ? Json({"true", "false"}) : Json(parameter.allowed);
      range["isTunable"] = parameter.tunable;
      categories.push_back(std::move(range));
      continue;
    }
    const bool whole = parameter.type == Type::kInteger;
    const auto bound = [&](double value) { return whole ? Json(static_cast<int64_t>(value)) : Json(value); };
    if (parameter.minimum) range["minValue"] = bound(*parameter.minimum);
    if (parameter.maximum) range["maxValue"] = bound(*parameter.maximum);
    range["isTunable"] = parameter.tunable;
    (whole ? integers : continuous).push_back(std::move(range));
  }
  return {{"integerHyperParameterRanges", std::move(integers)},
          {"continuousHyperParameterRanges", std::move(continuous)},
          {"categoricalHyperParameterRanges", std::move(categories)}};
}

}  // namespace

Result<Json> listRecipes(Request& request) {
  const Shape* summary = ServiceModel::get().shape("RecipeSummary");
  const std::string domain = request.text("domain");
  std::vector<Entry> entries;
  for (const Recipe& recipe : allRecipes())
    if (domain.empty() || recipe.domain == domain)
      entries.push_back({recipe.name, knownPart(*summary, shown(recipe))});
  return page(std::move(entries), "recipes", request.operation.name, request.input);
}

Result<Json> describeRecipe(Request& request) {
  const Shape* shape = ServiceModel::get().shape("Recipe");
  const std::string arn = request.text("recipeArn");
  for (const Recipe& recipe : allRecipes())
    if (arn == kServiceArn + ("recipe/" + recipe.name))
      return Json{{"recipe", knownPart(*shape, shown(recipe))}};
  return noSuchArn(arn);
}

Result<Json> describeAlgorithm(Request& request) {
  const std::string arn = request.text("algorithmArn");
  for (const auto& recipe : recipes::allRecipes()) {
    if (arn != kServiceArn + ("algorithm/" + algorithmOf(recipe.name))) continue;
    Json algorithm{
        {"name", algorithmOf(recipe.name)},
        {"algorithmArn", arn},
        {"defaultHyperParameters", defaults(recipe, recipes::ParameterScope::kAlgorithm)},
        {"defaultHyperParameterRanges", ranges(recipe)},
        {"defaultResourceConfig", {{"maxNumberOfTrainingJobs", "10"}, {"maxParallelTrainingJobs", "1"}}},
        {"creationDateTime", kMade},
        {"lastUpdatedDateTime", kMade}};
    return Json{{"algorithm", std::move(algorithm)}};
  }
  return noSuchArn(arn);
}

Result<Json> describeFeatureTransformation(Request& request) {
  const std::string arn = request.text("featureTransformationArn");
  for (const auto& recipe : recipes::allRecipes()) {
    if (recipe.featureTransformation.empty() ||
        arn != kServiceArn + ("feature-transformation/" + recipe.featureTransformation))
      continue;
    Json transformation{
        {"name", recipe.featureTransformation},
        {"featureTransformationArn", arn},
        {"defaultParameters", defaults(recipe, recipes::ParameterScope::kFeatureTransformation)},
        {"creationDateTime", kMade},
        {"lastUpdatedDateTime", kMade},
        {"status", "ACTIVE"}};
    return Json{{"featureTransformation", std::move(transformation)}};
  }
  return noSuchArn(arn);
}

}  // namespace proffer::wire
