// Exploration in the simulated shop, at a size that takes seconds; bench/exploration.cpp is the whole of it.
#include "tests/exploration/simulator.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace simulator_test {

using namespace proffer::recipes::testing;
using Settings = ExplorationSettings;

namespace {

// Sums and means over seeds, each with 10 good items.
ExplorationOutcome meanOf(Settings settings, int seeds) {
  ExplorationOutcome sum;
  for (int i = 0; i < seeds; ++i) {
    settings.seed = static_cast<uint64_t>(i) + 1;
    const ExplorationOutcome outcome = simulate(settings);
    sum.clicks += outcome.clicks;
    sum.clicksOfModel += outcome.clicksOfModel;
    sum.goodItems += outcome.goodItems;
    sum.found += outcome.found;
    sum.coverage += outcome.coverage / seeds;
    sum.explored += outcome.explored / seeds;
    sum.impressions += outcome.impressions / seeds;
  }
  return sum;
}

}  // namespace

TEST_CASE("weight .3 finds what is good, and costs far less than random slots", "[quality]") {
  Settings settings;
  const ExplorationOutcome explorer = meanOf(settings, 2);
  settings.policy = Settings::Policy::kRandom;
  const ExplorationOutcome random = meanOf(settings, 2);
  CHECK(explorer.impressions == Approx(300).epsilon(0.01));
  CHECK(explorer.explored == Approx(0.3).margin(0.001));
  CHECK(explorer.foundShare() >= 0.9);
  CHECK(explorer.lost() <= 0.13);
  CHECK(explorer.lost() <= 0.6 * random.lost());
  CHECK(explorer.coverage >= 0.85);
  CHECK(explorer.coverage <= 0.95);
}

TEST_CASE("more weight finds more and costs more; where nothing is good, the loss is bounded", "[quality]") {
  Settings settings;
  settings.requests = 4'000;
  std::vector<ExplorationOutcome> outcomes;
  for (const double weight : {0.0, 0.1, 0.3, 1.0}) {
    settings.weight = weight;
    outcomes.push_back(meanOf(settings, 1));
    CHECK(outcomes.back().explored == Approx(weight).margin(0.001));
  }
  CHECK(outcomes[0].lost() == 0);
  CHECK(outcomes[3].lost() > outcomes[2].lost());
  CHECK(outcomes[2].lost() > outcomes[1].lost());
  CHECK(outcomes[1].lost() > -0.01);
  CHECK(outcomes[3].impressions > outcomes[2].impressions);
  CHECK(outcomes[2].impressions > outcomes[1].impressions);
  CHECK(outcomes[1].found >= outcomes[0].found);
  CHECK(outcomes[2].found >= outcomes[1].found);
  settings.goodShare = 0;
  settings.weight = 0.3;
  const ExplorationOutcome nothing = meanOf(settings, 1);
  settings.policy = Settings::Policy::kRandom;
  CHECK(nothing.lost() <= meanOf(settings, 1).lost() + 0.01);
  CHECK(nothing.lost() <= 0.17);
}

TEST_CASE("the product does not know the simulator, and the simulator nothing but the explorer's interface") {
  namespace fs = std::filesystem;
  const fs::path root = PROFFER_SOURCE_DIR;
  const auto includesOf = [](const fs::path& path) {
    std::vector<std::string> ours;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("#include \"")) ours.push_back(line.substr(10, line.find('"', 10) - 10));
    return ours;
  };
  for (const auto& entry : fs::recursive_directory_iterator(root / "recipes"))
    for (const std::string& included : includesOf(entry.path())) {
      CAPTURE(entry.path().string());
      CHECK_FALSE(included.starts_with("tests/"));
    }
  CHECK(includesOf(root / "tests/exploration/simulator.h").empty());
  CHECK(includesOf(root / "tests/exploration/simulator.cpp") ==
        std::vector<std::string>{"tests/exploration/simulator.h", "recipes/exploration/explorer.h"});
}

}  // namespace simulator_test
