// What people chose soon after each item: the windowed counts that stand beside the network in one softmax.
//
//   M[a, b] = sum over people of 1/gap for b at most 20 places after a, by the people of a (and ten more)
//
// Where most events share their time with others (orders), a pair of one basket weighs 1 / log2(1 + its
// size), one of a lifetime 0.2, in both directions. The 200 best of each row are kept.
//
// Immutable; any thread; cheap to copy. Opened ones lie over the sections' bytes, which must outlive them.
#pragma once

#include <span>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/co_occurrence.h"
#include "recipes/item_space.h"
#include "recipes/recipe.h"
#include "recipes/sections.h"
#include "recipes/sequence/inputs.h"

namespace proffer::recipes {

class FollowingCounts {
 public:
  FollowingCounts() = default;  ///< nothing follows anything
  /// kCancelled; kLimitExceeded as CutHistories.
  static Result<FollowingCounts> of(const Interactions& interactions,
                                    const TrainingConfiguration& configuration, const ItemSpace& items,
                                    bool baskets, Progress& progress);

  std::span<const Neighbour> row(Index item) const {
    return item < rows_.itemCount() ? rows_.row(item) : std::span<const Neighbour>();
  }

  int64_t residentBytes() const { return rows_.residentBytes(); }
  void save(SectionWriter& out) const;  ///< sections "sequence/counts/..."
  static Result<FollowingCounts> open(const SectionReader& in, Index items);

 private:
  CoOccurrence rows_;
};

/// The sums of rows for one person: per item of the model, and which items they touch. One thread; made anew
/// for each question by begin(), without looking at all items.
class CountSums {
 public:
  /// The newest event counts 1, the k-th before it exp(-k / decay); what weighs nothing is left out.
  void add(const FollowingCounts& counts, std::span<const SequenceEvent> events, double decay, Index items);
  std::span<const Index> touched() const { return touched_; }
  float operator[](Index item) const { return sums_[item]; }
  void clear();
  static constexpr size_t kMostEvents = 60;

 private:
  std::vector<float> sums_;
  std::vector<Index> touched_;
};

}  // namespace proffer::recipes
