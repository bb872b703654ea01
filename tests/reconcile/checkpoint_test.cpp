// Trainings that are interrupted go on from their checkpoint, to the same bits, and leave no file behind.
#include <array>

#include "recipes/popularity.h"
#include "recipes/sequence/sequence_recipe.h"
#include "world.h"

namespace checkpoint_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

constexpr int kSteps = 10;  // of each of the two trainings
const ResourceKey kPopular{"Recommender", "movies", "popular"};

// A training of ten steps, each of which it keeps.
class Stepping final : public recipes::Recipe {
 public:
  std::string_view family() const override { return popularity_.family(); }
  Result<std::unique_ptr<recipes::Model>> train(const recipes::TrainingInput& input,
                                                const recipes::TrainingConfiguration& configuration,
                                                Progress& progress,
                                                recipes::Checkpoints* checkpoints) const override {
    REQUIRE(checkpoints != nullptr);
    asOf.push_back(configuration.asOf);
    int32_t step = 0;
    if (const auto latest = checkpoints->latest())
      if (const auto kept = latest->getArray<int32_t>("step")) step = kept->front();
    for (; step < kSteps; ++step) {
      if (failBefore && --*failBefore < 0) {
        failBefore.reset();
        return fail(failure, "it was cut off");
      }
      ++steps;
      const std::array<int32_t, 1> next{step + 1};
      REQUIRE(checkpoints->save(
          [&](recipes::SectionWriter& out) { out.putArray<int32_t>("step", std::span(next)); }));
    }
    return popularity_.train(input, configuration, progress);
  }
  Result<std::unique_ptr<recipes::Model>> open(const recipes::SectionReader& sections) const override {
    return popularity_.open(sections);
  }

  mutable std::optional<int> failBefore;  ///< after so many steps from now on it fails, once
  mutable ErrorCode failure = ErrorCode::kUnavailable;
  mutable int steps = 0;
  mutable std::vector<int64_t> asOf;

 private:
  recipes::PopularityRecipe popularity_;
};

Manager::Options optionsWith(const recipes::Recipe& recipe) {
  Manager::Options options;
  options.checkpointEvery = Duration(0);
  options.recipeOf = [&recipe](std::string_view) { return Result<const recipes::Recipe*>(&recipe); };
  return options;
}

std::vector<std::string> checkpointsOf(const World& world) {
  std::vector<std::string> found;
  for (const std::string& name : world.files())
    if (name.starts_with("checkpoints/")) found.push_back(name);
  return found;
}

void begin(World& world) {
  world.write("watches.csv", World::watches(40, 8));
  world.apply(kStreaming);
  world.settle();
}

}  // namespace

TEST_CASE("a training that was cut off takes no step twice, wherever it was") {
  for (int cut = 0; cut < 2 * kSteps; ++cut) {
    INFO("cut off after " << cut << " steps");
    const Stepping recipe;
    World world;
    world.restart(optionsWith(recipe));
    recipe.failBefore = cut;
    begin(world);
    CHECK(recipe.steps == cut);
    CHECK(checkpointsOf(world).size() == (cut > 0 ? 1 : 0));
    world.restart(optionsWith(recipe));
    world.advance(2s);
    CHECK(recipe.steps == 2 * kSteps);
    CHECK(world.condition(kPopular, kReady) == "True Serving: answers requests");
    if (cut > 0) CHECK(recipe.asOf.back() == recipe.asOf.front());
    CHECK(world.get({"SolutionVersion", "movies", "popular-1"}).status["metrics"].contains("precision_at_5"));
    CHECK(checkpointsOf(world).empty());
    CHECK(world.store->files().list()->size() == 1);
  }
}

TEST_CASE("a checkpoint counts for its own data and program only, and if it can be read") {
  struct Row {
    std::string reason;
    std::function<void(World&)> meanwhile;
    std::string program;
    int steps;  // in all
  };
  const int cut = kSteps + 3;
  const std::vector<Row> rows = {{"nothing happened", [](World&) {}, "1", 2 * kSteps},
                                 {"another program", [](World&) {}, "2", cut + 2 * kSteps},
                                 {"a damaged file",
                                  [](World& world) {
                                    const std::vector<std::string> names = checkpointsOf(world);
                                    REQUIRE(names.size() == 1);
                                    std::fstream file(world.directory / "data" / names.front(),
                                                      std::ios::in | std::ios::out);
                                    file.seekp(70);
                                    file.put('#');
                                  },
                                  "1", cut + 2 * kSteps},
                                 {"a file that is gone, as after a restore",
                                  [](World& world) {
                                    const std::vector<std::string> names = checkpointsOf(world);
                                    REQUIRE(names.size() == 1);
                                    std::filesystem::remove(world.directory / "data" / names.front());
                                  },
                                  "1", cut + 2 * kSteps}};
  for (const Row& row : rows) {
    INFO(row.reason);
    const Stepping recipe;
    World world;
    Manager::Options options = optionsWith(recipe);
    options.program = "1";
    world.restart(options);
    recipe.failBefore = cut;
    begin(world);
    REQUIRE(recipe.steps == cut);
    row.meanwhile(world);
    options.program = row.program;
    world.restart(options);
    world.advance(2s);
    CHECK(recipe.steps == row.steps);
    CHECK(world.condition(kPopular, kReady) == "True Serving: answers requests");
    CHECK(checkpointsOf(world).empty());
  }
}

TEST_CASE("a training whose data changed meanwhile begins anew") {
  const Stepping recipe;
  World world;
  world.restart(optionsWith(recipe));
  recipe.failBefore = kSteps + 3;
  begin(world);
  world.write("watches.csv", World::watches(50, 8));
  recipe.failBefore = 0;  // it comes before the import
  world.advance(11s);
  recipe.steps = 0;
  world.advance(1min);
  CHECK(recipe.steps == 2 * kSteps);
  CHECK(world.condition(kPopular, kReady) == "True Serving: answers requests");
  CHECK(checkpointsOf(world).empty());
}

TEST_CASE("however a training ends, its checkpoint goes") {
  SECTION("it failed for good") {
    const Stepping recipe;
    World world;
    world.restart(optionsWith(recipe));
    recipe.failBefore = 3;
    recipe.failure = ErrorCode::kInvalidInput;
    begin(world);
    CHECK(world.condition(kPopular, kReady).starts_with("False TrainingFailed"));
    CHECK(checkpointsOf(world).empty());
  }
  SECTION("it was cancelled between two attempts") {
    const Stepping recipe;
    World world;
    world.restart(optionsWith(recipe));
    recipe.failBefore = 3;
    begin(world);
    REQUIRE(checkpointsOf(world).size() == 1);
    REQUIRE(world.erase({"Recommender", "movies", "popular"}));
    world.settle();
    CHECK_FALSE(world.has(kPopular));
    CHECK(checkpointsOf(world).empty());
  }
  SECTION("a short one keeps nothing at all") {
    const Stepping recipe;
    World world;
    Manager::Options options = optionsWith(recipe);
    options.checkpointEvery = 1min;
    world.restart(options);
    recipe.failBefore = kSteps + 3;
    begin(world);
    CHECK(checkpointsOf(world).empty());
    CHECK_FALSE(std::filesystem::exists(world.directory / "data" / "checkpoints"));
  }
}

// ---- The sequence family

namespace {

// A training of the sequence family that is cut off after some of its checkpoints.
class CutOff final : public recipes::Recipe {
 public:
  explicit CutOff(int after) : after_(after) {}
  std::string_view family() const override { return inner_.family(); }
  Result<std::unique_ptr<recipes::Model>> train(const recipes::TrainingInput& input,
                                                const recipes::TrainingConfiguration& configuration,
                                                Progress& progress,
                                                recipes::Checkpoints* checkpoints) const override {
    Counting counting(*this, *checkpoints, progress);
    auto model = inner_.train(input, configuration, progress, &counting);
    if (!model && saves == after_) return fail(ErrorCode::kUnavailable, "the power failed");
    return model;
  }
  Result<std::unique_ptr<recipes::Model>> open(const recipes::SectionReader& sections) const override {
    return inner_.open(sections);
  }
  mutable int saves = 0;

 private:
  class Counting final : public recipes::Checkpoints {
   public:
    Counting(const CutOff& all, recipes::Checkpoints& inner, Progress& progress)
        : all_(all), inner_(inner), progress_(progress) {}
    std::shared_ptr<const recipes::SectionReader> latest() override { return inner_.latest(); }
    Result<void> save(const std::function<void(recipes::SectionWriter&)>& write) override {
      const auto saved = inner_.save(write);
      if (++all_.saves == all_.after_) progress_.cancel();
      return saved;
    }

   private:
    const CutOff& all_;
    recipes::Checkpoints& inner_;
    Progress& progress_;
  };

  const int after_;
  const recipes::SequenceRecipe inner_;
};

constexpr const char* kTaste = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: films}
spec: {domain: VIDEO_ON_DEMAND}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: films}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}]}
---
apiVersion: proffer/v1
kind: Solution
metadata: {name: taste, group: films}
spec: {recipe: aws-user-personalization, hyperparameters: {hidden_dimension: 32}}
)";
const ResourceKey kVersion{"SolutionVersion", "films", "taste-1"};

std::string chains() {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  for (int user = 0; user < 60; ++user)
    for (int i = 0; i < 12; ++i)
      text += fmt::format("u{},i{},{},Watch\n", user, (user * 5 + i * (1 + user % 2)) % 24,
                          1'600'000'000 + user * 1000 + i * 10);
  return text;
}

// Everything but how fast it was.
std::map<std::string, std::string> modelOf(const World& world) {
  const auto sections = world.artifacts->open(stringMember(world.get(kVersion).status, "artifact"));
  REQUIRE(sections);
  const auto model = recipes::SequenceRecipe().open(**sections);
  REQUIRE(model);
  recipes::MemorySections saved;
  (*model)->save(saved);
  std::map<std::string, std::string> all;
  for (const std::string& name : saved.names()) all[name] = std::string(*saved.get(name));
  Json settings = *parseJson(all["sequence/settings"]);
  for (Json& epoch : settings["report"]["epochs"]) epoch.erase("eventsPerSecond");
  all["sequence/settings"] = dumpJson(settings);
  return all;
}

void train(World& world, const recipes::Recipe& recipe) {
  world.restart(optionsWith(recipe));
  world.write("watches.csv", chains());
  world.apply(kTaste);
  world.settle();
}

}  // namespace

TEST_CASE("an interrupted training of the sequence family comes to the same bits") {
  World whole;
  const CutOff never(-1);
  train(whole, never);
  REQUIRE(whole.condition(kVersion, kReady).starts_with("True"));
  const auto wanted = modelOf(whole);
  REQUIRE(never.saves > 4);
  REQUIRE(never.saves % 2 == 0);  // as many epochs in both trainings

  for (const int cut : {2, never.saves / 2, never.saves / 2 + 1, never.saves}) {
    INFO("cut off after " << cut << " of " << never.saves << " epochs");
    World world;
    const CutOff recipe(cut);
    train(world, recipe);
    const bool ended = world.condition(kVersion, kReady).starts_with("True");
    if (!ended) {
      CHECK(checkpointsOf(world).size() == 1);
      world.restart(optionsWith(recipe));
      world.advance(2s);
    }
    REQUIRE(world.condition(kVersion, kReady).starts_with("True"));
    CHECK(recipe.saves == never.saves);
    CHECK(modelOf(world) == wanted);
    CHECK(world.get(kVersion).status["metrics"] == whole.get(kVersion).status["metrics"]);
    CHECK(checkpointsOf(world).empty());
  }
}

}  // namespace checkpoint_test
