// A small shop with people who click, to try exploration out: what is good is known here and nowhere else.
//
// The bandit is driven through its public interface alone (recipes/exploration/explorer.h), and no source of
// the product may include this file. A function of the settings; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace proffer::recipes::testing {

struct ExplorationSettings {
  enum class Metadata { kGood, kUseless, kWrong };  ///< what new items are predicted from
  enum class Policy { kExplorer, kRandom };         ///< kRandom: any new item in slots that are explored

  uint64_t seed = 1;
  Metadata metadata = Metadata::kGood;
  Policy policy = Policy::kExplorer;
  double weight = 0.3;
  double goodShare = 0.05;  ///< of the new items
  double appeal = 4;        ///< of a good one: so many times what is predicted
  size_t items = 1000, newItems = 200;
  size_t users = 400;
  size_t slots = 10;
  /// The end: when new items had so many impressions on average, or after so many requests.
  double impressionsPerNewItem = 300;
  size_t requests = 0;     ///< 0: as many as the impressions need
  double meanDelay = 200;  ///< until a click is told, in requests
  double toldTwice = 0.1;  ///< share of the clicks
};

struct ExplorationOutcome {
  size_t requests = 0;
  double clicks = 0;                ///< expected ones, by what is true of the lists that were shown
  double clicksOfModel = 0;         ///< of the model's own lists for the same requests
  double goodItems = 0, found = 0;  ///< found: posterior mean above 1.5
  double foundWrongly = 0;          ///< share of the other new items with such a mean
  double coverage = 0;              ///< share of the new items whose 90 % interval holds what is true
  double explored = 0;              ///< share of the slots but the first
  double impressions = 0;           ///< per new item
  double prior = 0;

  double lost() const { return 1 - clicks / clicksOfModel; }
  double foundShare() const { return goodItems > 0 ? found / goodItems : 1; }
};

ExplorationOutcome simulate(const ExplorationSettings& settings);

}  // namespace proffer::recipes::testing
