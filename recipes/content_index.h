// Finds the items that are most like an item by their features, without comparing it with all of them.
//
// Items are found by the features that they share, rare ones first, for about kBudget steps; what the budget
// leaves out are the less chosen items of what most items have in common. Those that look best are compared
// exactly.
//
// Immutable after construction; any thread, each with its own Scratch. The features must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recipes/content_features.h"
#include "recipes/view.h"

namespace proffer::recipes {

struct SimilarItem {
  Index item = 0;
  float similarity = 0;
};

class ContentIndex {
 public:
  static constexpr size_t kBudget = 20'000;

  /// `people`: per item, how many chose it.
  ContentIndex(const ItemFeatures& features, std::span<const uint32_t> people);

  struct Scratch {
    std::vector<float> sums;  // per item, all 0 between calls
    std::vector<Index> touched;
    std::vector<SimilarItem> order;
  };
  struct Found {
    std::vector<SimilarItem> chosen;  ///< the most similar of those that somebody chose
    std::vector<SimilarItem> all;     ///< the most similar of all
  };
  /// At most `count` of each, most similar first, ties by item; without the item itself and without any
  /// that share nothing with it.
  Found similarTo(Index item, size_t count, Scratch& scratch) const;

 private:
  std::vector<SimilarItem> best(Index item, size_t count, std::vector<SimilarItem>& order) const;

  const ItemFeatures& features_;
  std::span<const uint32_t> people_;
  std::vector<uint64_t> offsets_;      // per feature
  std::vector<SimilarItem> postings_;  // items with the feature's weight, the most chosen first
};

}  // namespace proffer::recipes
