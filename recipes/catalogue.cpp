#include "recipes/catalogue.h"

#include <algorithm>

#include "base/text.h"

namespace proffer::recipes {
namespace {

using Type = Hyperparameter::Type;

Hyperparameter integer(std::string name, int defaultValue, double minimum, double maximum, std::string help) {
  Hyperparameter parameter;
  parameter.name = std::move(name);
  parameter.type = Type::kInteger;
  parameter.defaultValue = defaultValue;
  parameter.minimum = minimum;
  parameter.maximum = maximum;
  parameter.help = std::move(help);
  return parameter;
}

Hyperparameter real(std::string name, double defaultValue, double minimum, double maximum, std::string help) {
  Hyperparameter parameter = integer(std::move(name), 0, minimum, maximum, std::move(help));
  parameter.type = Type::kFloat;
  parameter.defaultValue = defaultValue;
  return parameter;
}

Hyperparameter boolean(std::string name, bool defaultValue, std::string help) {
  Hyperparameter parameter;
  parameter.name = std::move(name);
  parameter.type = Type::kBoolean;
  parameter.defaultValue = defaultValue;
  parameter.help = std::move(help);
  return parameter;
}

Hyperparameter word(std::string name, std::string defaultValue, std::vector<std::string> allowed,
                    std::string help) {
  Hyperparameter parameter;
  parameter.name = std::move(name);
  parameter.type = Type::kString;
  parameter.defaultValue = std::move(defaultValue);
  parameter.allowed = std::move(allowed);
  parameter.help = std::move(help);
  return parameter;
}

Hyperparameter tunable(Hyperparameter parameter) {
  parameter.tunable = true;
  return parameter;
}

Hyperparameter inScope(ParameterScope scope, Hyperparameter parameter) {
  parameter.scope = scope;
  return parameter;
}

Hyperparameter featureTransformation(Hyperparameter parameter) {
  return inScope(ParameterScope::kFeatureTransformation, std::move(parameter));
}

Hyperparameter unbounded(Hyperparameter parameter) {
  parameter.maximum.reset();
  return parameter;
}

Hyperparameter positive(Hyperparameter parameter) {
  parameter.minimum = 0;
  parameter.aboveMinimum = true;
  return unbounded(std::move(parameter));
}

Hyperparameter also(Hyperparameter parameter, std::string alias) {
  parameter.aliases.push_back(std::move(alias));
  return parameter;
}

Hyperparameter hiddenDimension(int defaultValue) {
  return integer("hidden_dimension", defaultValue, 32, 256,
                 "Size of the model's hidden layer; larger learns more complex patterns and trains slower.");
}

std::vector<Hyperparameter> historyPercentiles(double least, double most) {
  return {featureTransformation(
              real("min_user_history_length_percentile", least, 0, 1,
                   "Users with shorter histories than this percentile are left out of training.")),
          featureTransformation(
              real("max_user_history_length_percentile", most, 0, 1,
                   "Users with longer histories than this percentile are left out of training."))};
}

std::vector<Hyperparameter> recurrent(int hidden) {
  std::vector<Hyperparameter> parameters = {
      tunable(hiddenDimension(hidden)),
      tunable(integer("bptt", 32, 2, 32,
                      "How many events back an effect is learned; smaller looks at recent events more.")),
      tunable(boolean("recency_mask", true,
                      "Whether the latest trends of popularity count more than older ones."))};
  for (Hyperparameter& percentile : historyPercentiles(0.0, 0.99))
    parameters.push_back(std::move(percentile));
  return parameters;
}

Hyperparameter recencyBias() {
  return boolean("apply_recency_bias", true, "Whether recent interactions count more than older ones.");
}

std::vector<Hyperparameter> exploration() {
  return {
      inScope(ParameterScope::kCampaign,
              also(real("exploration_weight", 0.3, 0, 1,
                        "How often less relevant items are shown to learn about them; 0 is never."),
                   "explorationWeight")),
      inScope(ParameterScope::kCampaign,
              also(unbounded(real("exploration_item_age_cut_off", 30.0, 1, 0,
                                  "Days before the newest interaction since when an item may be explored.")),
                   "explorationItemAgeCutOff"))};
}

std::vector<Hyperparameter> joined(std::vector<Hyperparameter> a, std::vector<Hyperparameter> b) {
  for (Hyperparameter& parameter : b) a.push_back(std::move(parameter));
  return a;
}

Hyperparameter popularityDiscount(double defaultValue) {
  return real("popularity_discount_factor", defaultValue, 0, 1,
              "0: popular items dominate the answers; 1: popularity is discounted.");
}

RecipeInfo recurrentRecipe(std::string name, RecipeType type, std::string description,
                           std::string transformation) {
  RecipeInfo info;
  info.name = std::move(name);
  info.family = "sequence";
  info.type = type;
  info.description = std::move(description);
  info.featureTransformation = std::move(transformation);
  info.realTime = true;
  info.scores = true;
  info.tunable = true;
  return info;
}

RecipeInfo userPersonalization() {
  RecipeInfo info =
      recurrentRecipe("aws-user-personalization", RecipeType::kUserPersonalization,
                      "Items for each user from the sequence of their events; explores new items.", "");
  info.automaticUpdate = info.usesContext = info.usesImpressions = info.explores = true;
  info.hyperparameters = joined(recurrent(149), exploration());
  return info;
}

RecipeInfo userPersonalizationV2() {
  RecipeInfo info =
      recurrentRecipe("aws-user-personalization-v2", RecipeType::kUserPersonalization,
                      "Items for each user by causal self-attention over their events, for large data.", "");
  info.automaticUpdate = info.usesContext = info.metadataAlways = true;
  info.tunable = false;
  info.hyperparameters = {recencyBias()};
  return info;
}

RecipeInfo personalizedRanking() {
  RecipeInfo info = recurrentRecipe("aws-personalized-ranking", RecipeType::kPersonalizedRanking,
                                    "Orders a given list of items for a user.", "JSON-percentile-filtering");
  info.usesContext = true;
  info.hyperparameters = recurrent(149);
  return info;
}

RecipeInfo personalizedRankingV2() {
  RecipeInfo info = recurrentRecipe("aws-personalized-ranking-v2", RecipeType::kPersonalizedRanking,
                                    "Orders a given list of items for a user, by causal self-attention.", "");
  info.usesContext = info.metadataAlways = true;
  info.tunable = false;
  info.hyperparameters = {recencyBias()};
  return info;
}

RecipeInfo popularityCount() {
  RecipeInfo info;
  info.name = "aws-popularity-count";
  info.family = "popularity";
  info.type = RecipeType::kPopularItems;
  info.description =
      "The items that most users interacted with; the same list for everybody, and the baseline for others.";
  info.needsUser = false;
  info.featureTransformation = "sims";
  return info;
}

RecipeInfo trendingNow() {
  RecipeInfo info;
  info.name = "aws-trending-now";
  info.family = "trending";
  info.type = RecipeType::kPopularItems;
  info.description = "The items whose interactions grow fastest.";
  info.needsUser = false;
  info.automaticUpdate = true;
  info.batch = false;
  info.hyperparameters = {featureTransformation(
      word("trend_discovery_frequency", "2 hours", {"30 minutes", "1 hour", "2 hours", "3 hours", "1 day"},
           "Length of the intervals that are compared with each other."))};
  return info;
}

RecipeInfo sims() {
  RecipeInfo info;
  info.name = "aws-sims";
  info.family = "co-occurrence";
  info.type = RecipeType::kRelatedItems;
  info.description = "Items that occur together with an item in the histories of users.";
  info.needsUser = false;
  info.needsItem = true;
  info.tunable = true;
  info.featureTransformation = "sims";
  info.hyperparameters =
      joined({tunable(popularityDiscount(0.5)),
              tunable(integer("min_cointeraction_count", 3, 0, 10,
                              "How many users must have interacted with both items of a pair."))},
             historyPercentiles(0.005, 0.995));
  info.hyperparameters.push_back(
      featureTransformation(real("min_item_interaction_count_percentile", 0.01, 0, 1,
                                 "Items with fewer interactions than this percentile are left out.")));
  info.hyperparameters.push_back(featureTransformation(
      real("max_item_interaction_count_percentile", 0.9, 0, 1,
           "Items that more than this share of all users interacted with are left out.")));
  return info;
}

RecipeInfo similarItems() {
  RecipeInfo info;
  info.name = "aws-similar-items";
  info.family = "content";
  info.type = RecipeType::kRelatedItems;
  info.description =
      "Items related to an item by interactions and by metadata, also for items with few interactions.";
  info.needsUser = false;
  info.needsItem = true;
  info.tunable = true;
  Hyperparameter itemId = also(
      tunable(integer("item_id_hidden_dim", 100, 30, 200, "Size of what is learned from who interacted.")),
      "item_id_hidden_dimension");
  Hyperparameter metadata = also(
      tunable(integer("item_metadata_hidden_dim", 100, 30, 200, "Size of what is learned from metadata.")),
      "item_metadata_hidden_dimension");
  itemId.onlyTuned = metadata.onlyTuned = true;
  info.hyperparameters = {popularityDiscount(0.0), std::move(itemId), std::move(metadata)};
  return info;
}

RecipeInfo semanticSimilarity() {
  RecipeInfo info;
  info.name = "aws-semantic-similarity";
  info.family = "content";
  info.type = RecipeType::kRelatedItems;
  info.description = "Items whose texts mean something similar.";
  info.needsUser = false;
  info.needsItem = true;
  info.needsInteractions = false;
  info.needsItemsDataset = true;
  info.metadataAlways = true;
  info.featureTransformation = "aws-semantic-similarity";
  return info;
}

RecipeInfo affinity(std::string name, std::string description, std::string transformation) {
  RecipeInfo info;
  info.name = std::move(name);
  info.family = "segments";
  info.type = RecipeType::kUserSegmentation;
  info.description = std::move(description);
  info.needsUser = false;
  info.featureTransformation = std::move(transformation);
  info.hyperparameters = {hiddenDimension(149)};
  return info;
}

RecipeInfo itemAffinity() {
  RecipeInfo info = affinity("aws-item-affinity", "For each item the users most likely to interact with it.",
                             "item-affinity");
  info.needsItem = true;
  return info;
}

RecipeInfo itemAttributeAffinity() {
  RecipeInfo info =
      affinity("aws-item-attribute-affinity", "For each attribute of items the users most likely to like it.",
               "item-attribute-affinity");
  info.needsItemsDataset = true;
  return info;
}

RecipeInfo nextBestAction() {
  RecipeInfo info;
  info.name = "aws-next-best-action";
  info.family = "actions";
  info.type = RecipeType::kPersonalizedActions;
  info.description = "The actions each user is most likely to take.";
  info.realTime = info.automaticUpdate = info.scores = info.explores = true;
  info.batch = false;
  info.hyperparameters = {featureTransformation(
      integer("action_optimization_period", 14, 7, 28, "Days within which an action should be taken."))};
  return info;
}

RecipeInfo hrnn() {
  RecipeInfo info =
      recurrentRecipe("aws-hrnn", RecipeType::kUserPersonalization,
                      "Items for each user from the sequence of their events.", "JSON-percentile-filtering");
  info.hyperparameters = recurrent(43);
  return info;
}

RecipeInfo hrnnMetadata() {
  RecipeInfo info = recurrentRecipe("aws-hrnn-metadata", RecipeType::kUserPersonalization,
                                    "As aws-hrnn, with the metadata of items, users and interactions.",
                                    "featurize_metadata");
  info.usesContext = true;
  info.hyperparameters = recurrent(43);
  return info;
}

RecipeInfo hrnnColdstart() {
  RecipeInfo info = recurrentRecipe("aws-hrnn-coldstart", RecipeType::kUserPersonalization,
                                    "As aws-hrnn-metadata, for new items.", "featurize_coldstart");
  info.usesContext = info.explores = true;
  info.hyperparameters = joined(
      recurrent(149),
      {featureTransformation(unbounded(
           integer("cold_start_max_interactions", 15, 1, 0, "A cold item has fewer interactions."))),
       featureTransformation(
           positive(real("cold_start_max_duration", 5.0, 0, 0, "A cold item is known for fewer days."))),
       featureTransformation(word("cold_start_relative_from", "latestItem", {"latestItem", "currentTime"},
                                  "From when that duration is counted back."))});
  return info;
}

std::vector<RecipeInfo> makeCatalogue() {
  return {userPersonalization(),
          userPersonalizationV2(),
          personalizedRanking(),
          personalizedRankingV2(),
          popularityCount(),
          trendingNow(),
          sims(),
          similarItems(),
          semanticSimilarity(),
          itemAffinity(),
          itemAttributeAffinity(),
          nextBestAction(),
          hrnn(),
          hrnnMetadata(),
          hrnnColdstart()};
}

}  // namespace

std::string_view recipeTypeName(RecipeType type) {
  switch (type) {
    case RecipeType::kUserPersonalization:
      return "USER_PERSONALIZATION";
    case RecipeType::kPopularItems:
      return "POPULAR_ITEMS";
    case RecipeType::kPersonalizedRanking:
      return "PERSONALIZED_RANKING";
    case RecipeType::kRelatedItems:
      return "RELATED_ITEMS";
    case RecipeType::kPersonalizedActions:
      return "PERSONALIZED_ACTIONS";
    case RecipeType::kUserSegmentation:
      return "USER_SEGMENTATION";
  }
  return "";
}

std::span<const RecipeInfo> allRecipes() {
  static const std::vector<RecipeInfo> catalogue = makeCatalogue();
  return catalogue;
}

const RecipeInfo* findRecipe(std::string_view name) {
  std::string wanted = lower(name);
  if (wanted.starts_with("arn:")) {
    const size_t at = wanted.find(":personalize:::recipe/");
    if (at == std::string::npos) return nullptr;
    wanted = wanted.substr(wanted.find('/') + 1);
  }
  if (!wanted.starts_with("aws-")) wanted = "aws-" + wanted;
  for (const RecipeInfo& recipe : allRecipes())
    if (recipe.name == wanted) return &recipe;
  return nullptr;
}

std::vector<std::string> recipeNames() {
  std::vector<std::string> names;
  for (const RecipeInfo& recipe : allRecipes()) names.push_back(recipe.name);
  return names;
}

}  // namespace proffer::recipes
