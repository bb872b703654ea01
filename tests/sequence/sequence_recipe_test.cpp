// The whole way: from a view to a trained model and its answers.
#include "recipes/sequence/sequence_recipe.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "recipes/evaluation.h"
#include "recipes/sequence/sequence_model.h"
#include "recipes/sequence/sequence_settings.h"
#include "tests/recipes/memory_views.h"

namespace sequence_recipe_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr const char* kPersonalization = "aws-user-personalization";

TrainingConfiguration settings(const char* recipe, Json hyperparameters = Json::object()) {
  TrainingConfiguration configuration;
  configuration.recipe = recipe;
  configuration.hyperparameters = std::move(hyperparameters);
  if (!configuration.hyperparameters.contains("hidden_dimension") &&
      !std::string_view(recipe).ends_with("v2"))
    configuration.hyperparameters["hidden_dimension"] = 32;
  return configuration;
}

// Everybody walks through one of two circles of films, from anywhere, never twice: what comes next is sure.
std::vector<Row> circles(size_t users, size_t films = 12, size_t steps = 7) {
  Random random(9);
  std::vector<Row> rows;
  for (size_t user = 0; user < users; ++user) {
    const char* circle = user % 2 == 0 ? "a" : "b";
    const uint64_t start = random.below(films);
    for (size_t i = 0; i < steps; ++i)
      rows.push_back({"u" + std::to_string(user), circle + std::to_string(10 + (start + i) % films),
                      static_cast<int64_t>(user * 1000 + i), "Watch"});
  }
  return rows;
}

std::unique_ptr<Model> trained(const TrainingInput& input, const TrainingConfiguration& configuration,
                               SequenceRecipe::Answers answers = SequenceRecipe::Answers::kSum) {
  Progress progress;
  auto model = SequenceRecipe(answers).train(input, configuration, progress);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}

std::vector<std::string> answer(const Model& model, const UserState& state, size_t limit = 5) {
  Question question;
  question.user = &state;
  question.limit = limit;
  const auto items = model.recommend(question);
  REQUIRE(items);
  std::vector<std::string> ids;
  for (const ScoredItem& item : *items) ids.emplace_back(model.items().id(item.item));
  return ids;
}

// A history of these items, a second apart.
struct Past {
  Past(const MemoryInteractions& interactions, const std::vector<std::string>& ids) {
    for (size_t i = 0; i < ids.size(); ++i) {
      items.push_back(interactions.item(ids[i]));
      times.push_back(static_cast<int64_t>(i));
    }
    types.assign(ids.size(), 0);
    state.history = {items, times, types, {}};
  }
  std::vector<Index> items;
  std::vector<int64_t> times;
  std::vector<uint16_t> types;
  UserState state;
};

}  // namespace

TEST_CASE("every recipe of the family learns what comes next", "[sequence]") {
  const MemoryInteractions interactions(circles(150));
  for (const char* recipe : {kPersonalization, "aws-hrnn", "aws-hrnn-metadata", "aws-personalized-ranking",
                             "aws-user-personalization-v2", "aws-personalized-ranking-v2",
                             "aws-vod-top-picks", "aws-ecomm-recommended-for-you"}) {
    CAPTURE(recipe);
    TrainingConfiguration configuration = settings(recipe);
    if (findRecipe(recipe) == nullptr) configuration.hyperparameters = Json::object();
    const auto model = trained({&interactions}, configuration);
    CHECK(answer(*model, Past(interactions, {"a12", "a13", "a14"}).state)[0] == "a15");
    CHECK(answer(*model, Past(interactions, {"b20", "b21"}).state)[0] == "b10");
  }
}

TEST_CASE("the network alone and the counts alone learn it too", "[sequence]") {
  const MemoryInteractions interactions(circles(150));
  for (const auto answers : {SequenceRecipe::Answers::kNetworkAlone, SequenceRecipe::Answers::kCountsAlone}) {
    const auto model = trained({&interactions}, settings(kPersonalization), answers);
    const auto& fusion = dynamic_cast<const SequenceModel&>(*model).parts().fusion;
    CHECK((fusion.counts > 0) == (answers == SequenceRecipe::Answers::kCountsAlone));
    CHECK((fusion.scale > 0) == (answers == SequenceRecipe::Answers::kNetworkAlone));
    CHECK(answer(*model, Past(interactions, {"a12", "a13", "a14"}).state)[0] == "a15");
  }
}

TEST_CASE("a saved model answers the same bits", "[sequence]") {
  const MemoryInteractions interactions(circles(80));
  MemoryTable items({{"CIRCLE", ColumnKind::kCategorical}}, interactions.itemCount());
  for (Index item = 0; item < interactions.itemCount(); ++item)
    items.set(item, {std::string(interactions.itemId(item).substr(0, 1))});
  const auto model = trained({&interactions, &items}, settings(kPersonalization));
  MemorySections sections;
  model->save(sections);
  const auto opened = SequenceRecipe().open(sections);
  INFO((opened ? std::string() : opened.error().message));
  REQUIRE(opened);
  const Past past(interactions, {"a12", "a13", "a14"});
  Question question;
  question.user = &past.state;
  const auto& before = dynamic_cast<const SequenceModel&>(*model);
  const auto& after = dynamic_cast<const SequenceModel&>(**opened);
  CHECK(before.logits(question) == after.logits(question));
  CHECK((*opened)->report() == model->report());
  CHECK(member(model->report(), "heldOut").contains("sum"));
  for (const std::string& name : sections.names()) {
    CAPTURE(name);
    MemorySections broken;
    for (const std::string& other : sections.names())
      broken.put(other, other == name ? std::string_view("xyz") : *sections.get(other));
    CHECK(SequenceRecipe().open(broken).error().code == ErrorCode::kCorrupt);
  }
}

TEST_CASE("the same seed gives the same bits, another seed others", "[sequence]") {
  const MemoryInteractions interactions(circles(40));
  const auto bytesOf = [&](uint64_t seed) {
    TrainingConfiguration configuration = settings(kPersonalization);
    configuration.seed = seed;
    MemorySections sections;
    trained({&interactions}, configuration)->save(sections);
    std::string bytes;
    for (const std::string& name : sections.names())
      if (name != "sequence/settings") bytes += *sections.get(name);
    return bytes;
  };
  const std::string first = bytesOf(1);
  CHECK(first == bytesOf(1));
  CHECK(first != bytesOf(2));
}

TEST_CASE("an update takes in new items by what is known of them", "[sequence]") {
  std::vector<Row> rows = circles(150);
  const MemoryInteractions before(rows, {});
  rows.push_back({"u1000", "a-new", 999'999, "Watch"});
  const MemoryInteractions after(rows, {"unseen"});
  const auto table = [](const MemoryInteractions& interactions) {
    MemoryTable items({{"CIRCLE", ColumnKind::kCategorical}}, interactions.itemCount());
    for (Index item = 0; item < interactions.itemCount(); ++item)
      items.set(item, {std::string(interactions.itemId(item).substr(0, 1))});
    return items;
  };
  const MemoryTable itemsBefore = table(before), itemsAfter = table(after);
  const TrainingConfiguration configuration = settings(kPersonalization);
  const auto model = trained({&before, &itemsBefore}, configuration);
  Progress progress;
  CHECK(SequenceRecipe().updates());
  const auto updated = SequenceRecipe().update(*model, {&after, &itemsAfter}, configuration, progress);
  INFO((updated ? std::string() : updated.error().message));
  REQUIRE(updated);
  CHECK((*updated)->items().size() == model->items().size() + 2);
  const Past past(after, {"a12", "a13", "a14"});
  CHECK(answer(**updated, past.state)[0] == "a15");
  // It stands among its like: above the items of the other circle that it has as little to do with.
  const auto& now = dynamic_cast<const SequenceModel&>(**updated);
  Question question;
  question.user = &past.state;
  const auto logits = now.logits(question);
  CHECK(std::isfinite(logits[now.items().fromId("a-new")]));
  MemorySections sections;
  (*updated)->save(sections);
  const auto opened = SequenceRecipe().open(sections);
  REQUIRE(opened);
  CHECK(dynamic_cast<const SequenceModel&>(**opened).logits(question) == logits);
  const auto twice = SequenceRecipe().update(**opened, {&after, &itemsAfter}, configuration, progress);
  REQUIRE(twice);
  CHECK(dynamic_cast<const SequenceModel&>(**twice).logits(question) == logits);
}

TEST_CASE("HRNN-Coldstart answers with new items only, and wants enough of them", "[sequence]") {
  std::vector<Row> rows = circles(100);
  for (Row& row : rows) row.time -= 1'000'000;
  std::vector<std::string> fresh;
  for (int i = 0; i < 120; ++i) fresh.push_back("new" + std::to_string(i));
  for (int i = 0; i < 120; ++i)
    rows.push_back({"w" + std::to_string(i % 9), fresh[static_cast<size_t>(i)], 10'000'000 + i, "Watch"});
  const MemoryInteractions interactions(rows);
  const auto model = trained({&interactions}, settings("aws-hrnn-coldstart"));
  for (const std::string& id : answer(*model, Past(interactions, {"a12", "a13"}).state, 50))
    CHECK(id.starts_with("new"));
  Progress progress;
  CHECK(SequenceRecipe()
            .train({&interactions}, settings("aws-hrnn-coldstart", {{"cold_start_max_interactions", 1}}),
                   progress)
            .error()
            .code == ErrorCode::kInvalidInput);
  CHECK(SequenceRecipe()
            .train({&interactions}, settings("aws-hrnn-coldstart", {{"cold_start_max_duration", 0.0001}}),
                   progress)
            .error()
            .code == ErrorCode::kInvalidInput);
}

TEST_CASE("settings come from the hyperparameters", "[sequence]") {
  TrainingConfiguration configuration;
  configuration.recipe = kPersonalization;
  CHECK(sequenceSettings(configuration)->hidden == 149);
  configuration.recipe = "aws-hrnn";
  CHECK(sequenceSettings(configuration)->hidden == 43);
  CHECK_FALSE(sequenceSettings(configuration)->inputs.metadata);
  configuration.hyperparameters = {{"hidden_dimension", 64}, {"bptt", 8}, {"recency_mask", false}};
  const auto given = sequenceSettings(configuration);
  REQUIRE(given);
  const LaneSettings lanes = laneSettings(*given, 100'000, 500, 1);
  CHECK(lanes.steps == 8);
  CHECK(lanes.recency == 1);
  SequenceInputs inputs;
  CHECK(networkShape(*given, 10, inputs, 500).hidden == 64);
  configuration.hyperparameters = {{"hidden_dimension", 7}};
  CHECK(sequenceSettings(configuration).error().code == ErrorCode::kInvalidInput);
  configuration = {};
  configuration.recipe = "aws-sims";
  CHECK(sequenceSettings(configuration).error().code == ErrorCode::kInvalidInput);
  configuration.recipe = "aws-user-personalization-v2";
  configuration.hyperparameters = {{"apply_recency_bias", false}};
  CHECK(sequenceSettings(configuration)->attention);
  CHECK_FALSE(sequenceSettings(configuration)->recency);
}

TEST_CASE("a training says what is missing, and can be cancelled", "[sequence]") {
  const SequenceRecipe recipe;
  Progress progress;
  const MemoryInteractions none({});
  CHECK(recipe.train({&none}, settings(kPersonalization), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({nullptr}, settings(kPersonalization), progress).error().code ==
        ErrorCode::kInvalidInput);
  const MemoryInteractions some(circles(20));
  progress.cancel();
  CHECK(recipe.train({&some}, settings(kPersonalization), progress).error().code == ErrorCode::kCancelled);
}

TEST_CASE("a handful of events is enough to train", "[sequence]") {
  const MemoryInteractions one({{"u", "a", 1, "Watch"}});
  CHECK(answer(*trained({&one}, settings(kPersonalization)), {}).size() == 1);
  const MemoryInteractions few({{"u", "a", 1}, {"u", "b", 2}, {"v", "a", 3}});
  CHECK(answer(*trained({&few}, settings("aws-user-personalization-v2")), {}).size() == 2);
}

TEST_CASE("the service's metrics are better than popularity's", "[sequence]") {
  const MemoryInteractions interactions(circles(200));
  Progress progress;
  const auto sequence = evaluate(SequenceRecipe(), {&interactions}, settings(kPersonalization), progress);
  REQUIRE(sequence);
  TrainingConfiguration popular;
  popular.recipe = "aws-popularity-count";
  const auto popularity = evaluate(**recipeOfFamily("popularity"), {&interactions}, popular, progress);
  REQUIRE(popularity);
  CHECK(sequence->metrics.at("mean_reciprocal_rank_at_25") >
        2 * popularity->metrics.at("mean_reciprocal_rank_at_25"));
}

}  // namespace sequence_recipe_test
