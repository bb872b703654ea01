#include "recipes/catalogue.h"

#include <catch2/catch.hpp>
#include <set>

namespace catalogue_test {

using namespace proffer;
using namespace proffer::recipes;

TEST_CASE("every recipe of the service is in the catalogue, once", "[catalogue]") {
  std::set<std::string> names;
  for (const RecipeInfo& recipe : allRecipes()) names.insert(recipe.name);
  CHECK(names.size() == allRecipes().size());
  CHECK(names == std::set<std::string>{"aws-user-personalization", "aws-user-personalization-v2",
                                       "aws-personalized-ranking", "aws-personalized-ranking-v2",
                                       "aws-popularity-count", "aws-trending-now", "aws-sims",
                                       "aws-similar-items", "aws-semantic-similarity", "aws-item-affinity",
                                       "aws-item-attribute-affinity", "aws-next-best-action", "aws-hrnn",
                                       "aws-hrnn-metadata", "aws-hrnn-coldstart"});
}

TEST_CASE("defaults satisfy their own rules", "[catalogue]") {
  for (const RecipeInfo& recipe : allRecipes()) {
    INFO(recipe.name);
    std::vector<Error> errors;
    const auto complete = completeHyperparameters(recipe, Json::object(), "spec.hyperparameters", errors);
    REQUIRE(complete);
    const auto again = completeHyperparameters(recipe, *complete, "", errors);
    REQUIRE(again);
    CHECK(*again == *complete);
    for (const Hyperparameter& parameter : recipe.hyperparameters) CHECK_FALSE(parameter.help.empty());
  }
}

TEST_CASE("recipes are found by all their names", "[catalogue]") {
  struct {
    const char* name;
    const char* found;
    const char* reason;
  } const rows[] = {
      {"aws-sims", "aws-sims", "the service's name"},
      {"sims", "aws-sims", "short"},
      {"AWS-Popularity-Count", "aws-popularity-count", "any case"},
      {"arn:aws:personalize:::recipe/aws-hrnn", "aws-hrnn", "ARN"},
      {"arn:aws-cn:personalize:::recipe/aws-hrnn", "aws-hrnn", "ARN of another partition"},
      {"arn:aws:personalize:::algorithm/aws-sims", nullptr, "an algorithm is no recipe"},
      {"arn:aws:personalize:::recipe/", nullptr, "ARN of nothing"},
      {"popularity", nullptr, "a family is no recipe"},
      {"", nullptr, "nothing"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const RecipeInfo* found = findRecipe(row.name);
    CHECK((found ? found->name : "") == (row.found ? row.found : std::string()));
  }
}

TEST_CASE("hyperparameters have the reference's defaults", "[catalogue]") {
  struct {
    const char* recipe;
    const char* expected;
  } const rows[] = {
      {"aws-user-personalization",
       R"({"hidden_dimension":149,"bptt":32,"recency_mask":true,"min_user_history_length_percentile":0.0,"max_user_history_length_percentile":0.99})"},
      {"aws-personalized-ranking-v2", R"({"apply_recency_bias":true})"},
      {"aws-popularity-count", "{}"},
      {"aws-trending-now", R"({"trend_discovery_frequency":"2 hours"})"},
      {"aws-sims",
       R"({"popularity_discount_factor":0.5,"min_cointeraction_count":3,"min_user_history_length_percentile":0.005,"max_user_history_length_percentile":0.995,"min_item_interaction_count_percentile":0.01,"max_item_interaction_count_percentile":0.9})"},
      {"aws-similar-items",
       R"({"popularity_discount_factor":0.0,"item_id_hidden_dim":100,"item_metadata_hidden_dim":100})"},
      {"aws-item-affinity", R"({"hidden_dimension":149})"},
      {"aws-next-best-action", R"({"action_optimization_period":14})"},
      {"aws-hrnn",
       R"({"hidden_dimension":43,"bptt":32,"recency_mask":true,"min_user_history_length_percentile":0.0,"max_user_history_length_percentile":0.99})"},
      {"aws-hrnn-coldstart",
       R"({"hidden_dimension":149,"bptt":32,"recency_mask":true,"min_user_history_length_percentile":0.0,"max_user_history_length_percentile":0.99,"cold_start_max_interactions":15,"cold_start_max_duration":5.0,"cold_start_relative_from":"latestItem"})"},
  };
  for (const auto& row : rows) {
    INFO(row.recipe);
    std::vector<Error> errors;
    const auto complete = completeHyperparameters(*findRecipe(row.recipe), Json(), "", errors);
    REQUIRE(complete);
    CHECK(dumpJson(*complete) == row.expected);
  }
}

TEST_CASE("given hyperparameters are checked and read in all their spellings", "[catalogue]") {
  struct {
    const char* recipe;
    const char* given;
    const char* name;      // whose value is looked at, or the field of the error
    const char* expected;  // the value as JSON, or a part of the message
    bool good;
    const char* reason;
  } const rows[] = {
      {"aws-sims", R"({"popularity_discount_factor":"0.3"})", "popularity_discount_factor", "0.3", true,
       "wire text"},
      {"aws-sims", R"({"popularity_discount_factor":1})", "popularity_discount_factor", "1.0", true,
       "whole number for a float"},
      {"aws-sims", R"({"min_cointeraction_count":"7"})", "min_cointeraction_count", "7", true,
       "integer as text"},
      {"aws-sims", R"({"min_cointeraction_count":2.5})", "p.min_cointeraction_count",
       "a whole number from 0 to 10, found 2.5", false, "no integer"},
      {"aws-sims", R"({"min_cointeraction_count":11})", "p.min_cointeraction_count", "found 11", false,
       "above the range"},
      {"aws-sims", R"({"popularity_discount_factor":"nan"})", "p.popularity_discount_factor", "found \"nan\"",
       false, "not a number"},
      {"aws-sims", R"({"popularity_discount_factor":null})", "p.popularity_discount_factor", "found null",
       false, "null"},
      {"aws-sims", R"({"popularity_discount_facto":1})", "p.popularity_discount_facto",
       "has no hyperparameter", false, "typo"},
      {"aws-hrnn", R"({"recency_mask":"False"})", "recency_mask", "false", true, "boolean as text"},
      {"aws-hrnn", R"({"recency_mask":1})", "p.recency_mask", "true or false, found 1", false,
       "number for a boolean"},
      {"aws-hrnn", R"({"training.bptt":8})", "bptt", "8", true, "prefix of DescribeSolution (TO-45)"},
      {"aws-hrnn", R"({"data.recency_mask":"false"})", "recency_mask", "false", true,
       "prefix of DescribeSolution (TO-45)"},
      {"aws-hrnn", R"({"bptt":8,"training.bptt":9})", "p.training.bptt", "twice", false, "two names of one"},
      {"aws-hrnn", R"({"hidden_dimension":31})", "p.hidden_dimension", "from 32 to 256", false,
       "below the range"},
      {"aws-similar-items", R"({"item_id_hidden_dimension":50})", "item_id_hidden_dim", "50", true,
       "alias (SM-3)"},
      {"aws-trending-now", R"({"trend_discovery_frequency":"1 Day"})", "trend_discovery_frequency",
       "\"1 day\"", true, "any case"},
      {"aws-trending-now", R"({"trend_discovery_frequency":"1 week"})", "p.trend_discovery_frequency",
       "\"30 minutes\", \"1 hour\"", false, "not a listed word"},
      {"aws-hrnn-coldstart", R"({"cold_start_max_duration":0})", "p.cold_start_max_duration",
       "a number above 0", false, "positive"},
      {"aws-hrnn-coldstart", R"({"cold_start_max_duration":0.5})", "cold_start_max_duration", "0.5", true,
       "positive"},
      {"aws-hrnn-coldstart", R"({"cold_start_max_interactions":0})", "p.cold_start_max_interactions",
       "at least 1", false, "positive"},
      {"aws-user-personalization", R"({"exploration_weight":0.1})", "p.exploration_weight",
       "set with a campaign", false, "a campaign's parameter"},
      {"aws-popularity-count", R"({"bptt":1})", "p.bptt", "has no hyperparameters", false, "none at all"},
      {"aws-popularity-count", R"([1])", "p", "a map", false, "not a map"},
  };
  for (const auto& row : rows) {
    INFO(row.reason << ": " << row.given);
    std::vector<Error> errors;
    const auto complete =
        completeHyperparameters(*findRecipe(row.recipe), *parseJson(row.given), "p", errors);
    CHECK(complete.has_value() == row.good);
    CHECK(errors.empty() == row.good);
    if (complete && row.good) CHECK(dumpJson((*complete)[row.name]) == row.expected);
    if (!complete) {
      CHECK(errors[0].field == row.name);
      CHECK_THAT(errors[0].message, Catch::Contains(row.expected));
    }
  }
}

TEST_CASE("all wrong hyperparameters are told at once", "[catalogue]") {
  std::vector<Error> errors;
  CHECK_FALSE(completeHyperparameters(
      *findRecipe("sims"), *parseJson(R"({"min_cointeraction_cout":3,"popularity_discount_factor":2})"),
      "spec.hyperparameters", errors));
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].hint == "did you mean \"min_cointeraction_count\"?");
  CHECK(errors[1].field == "spec.hyperparameters.popularity_discount_factor");
}

}  // namespace catalogue_test
