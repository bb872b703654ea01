// Exploration in a simulated shop: what is found, what it costs, and whether what is believed is true.
//
//   bench_exploration [SEEDS [short]]    20 unless told; short: weight .3 and random slots alone
//
// New items are predicted from good, useless or wrong metadata. The figures are means over the seeds, with
// the worst one beside; "found" is of good items by 300 impressions per new item, "lost" of the clicks that
// the model's own lists would have had.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/parallel.h"
#include "tests/exploration/simulator.h"

using namespace proffer;
using namespace proffer::recipes::testing;

namespace {

using Settings = ExplorationSettings;
using Outcomes = std::vector<ExplorationOutcome>;

Outcomes runAll(Settings settings, size_t seeds) {
  Outcomes outcomes(seeds);
  parallelFor(seeds, [&](size_t i) {
    Settings own = settings;
    own.seed = i + 1;
    outcomes[i] = simulate(own);
  });
  return outcomes;
}

template <class Figure>
double meanOf(const Outcomes& outcomes, Figure figure) {
  double sum = 0;
  for (const auto& outcome : outcomes) sum += figure(outcome);
  return sum / static_cast<double>(outcomes.size());
}

template <class Figure>
double leastOf(const Outcomes& outcomes, Figure figure) {
  double least = figure(outcomes.front());
  for (const auto& outcome : outcomes) least = std::min(least, figure(outcome));
  return least;
}

void print(const std::string& name, const Outcomes& outcomes) {
  const auto found = [](const ExplorationOutcome& o) { return o.foundShare(); };
  const auto lost = [](const ExplorationOutcome& o) { return o.lost(); };
  fmt::print("{:34} {:8.0f} {:6.0f} {:6.3f} {:6.2f} {:6.2f} {:6.3f} {:6.3f} {:6.3f} {:6.3f} {:5.1f}\n", name,
             meanOf(outcomes, [](const auto& o) { return static_cast<double>(o.requests); }),
             meanOf(outcomes, [](const auto& o) { return o.impressions; }),
             meanOf(outcomes, [](const auto& o) { return o.explored; }), meanOf(outcomes, found),
             leastOf(outcomes, found), meanOf(outcomes, [](const auto& o) { return o.foundWrongly; }),
             meanOf(outcomes, lost), -leastOf(outcomes, [&](const auto& o) { return -lost(o); }),
             meanOf(outcomes, [](const auto& o) { return o.coverage; }),
             meanOf(outcomes, [](const auto& o) { return o.prior; }));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const bool brief = argc > 2;
  const size_t seeds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 20;
  fmt::print("{} seeds\n{:34} {:>8} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>5}\n", seeds, "",
             "requests", "shown", "slots", "found", "worst", "wrong", "lost", "worst", "covers", "a");
  const std::vector<std::pair<std::string, Settings::Metadata>> kinds{
      {"good", Settings::Metadata::kGood},
      {"useless", Settings::Metadata::kUseless},
      {"wrong", Settings::Metadata::kWrong}};
  for (const auto& [name, metadata] : kinds) {
    Settings settings;
    settings.metadata = metadata;
    print(fmt::format("{}, weight .3", name), runAll(settings, seeds));
    settings.policy = Settings::Policy::kRandom;
    print(fmt::format("{}, random slots .3", name), runAll(settings, seeds));
    if (brief) continue;
    settings.policy = Settings::Policy::kExplorer;
    settings.requests = 15'000;
    for (const double weight : {0.0, 0.1, 0.3, 1.0}) {
      settings.weight = weight;
      print(fmt::format("{}, weight {}, 15,000 requests", name, weight), runAll(settings, seeds));
    }
    settings.weight = 0.3;
    settings.requests = 0;
    settings.goodShare = 0;
    print(fmt::format("{}, nothing is good, weight .3", name), runAll(settings, seeds));
    settings.policy = Settings::Policy::kRandom;
    print(fmt::format("{}, nothing is good, random", name), runAll(settings, seeds));
  }
  return 0;
}
