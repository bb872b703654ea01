// Which new items to show in place of what a model would, to find out what they are worth: Thompson sampling
// of one multiplier per item.
//
// What people choose says how wrong the model's prediction of an item is: theta, the ratio of the two. Before
// anything is known of an item theta ~ Gamma(a, a), with the a that fits the items the model knows well.
// clicks ~ Poisson(theta E), where E sums predicted click x position discount over the item's impressions; so
// theta ~ Gamma(a + clicks, a + E) at any time, which two numbers per item hold. Predictions only need to be
// right among the items of one list: each list counts as many expected clicks as it had real ones (which is
// the likelihood of the choice in the list, whatever made this person click at all), and position discounts
// are learned from the same choices.
//
// Items are any dense numbers that stay the same (the group's). Changes are for one thread at a time, const
// functions for any number in between. No clock and no randomness but the seed's: the same calls give the
// same bits.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "recipes/sections.h"
#include "recipes/view.h"

namespace proffer::recipes {

/// An item and how likely this person is to click it, by the model: in any unit that the items of one list
/// share. 0 is read as very little.
struct PredictedItem {
  Index item = kNoIndex;
  double predicted = 1;
};

class Explorer {
 public:
  static constexpr size_t kNothing = static_cast<size_t>(-1);

  /// A choice: of `shown`, a list in its order, the one at `chosen`; kNothing: something else instead of it.
  /// `occasion`: of the list (a recommendation's id); the same item chosen twice on one occasion counts once,
  /// as long as it is among the last kOccasions choices. False: it was counted already, or says nothing.
  /// Unknown items (kNoIndex) hold their places.
  bool learn(uint64_t occasion, std::span<const PredictedItem> shown, size_t chosen);

  /// Fits a to the items for which `warm` says so; what it was, if there are too few.
  void fitPrior(const std::function<bool(Index)>& warm);
  /// The model was trained anew, and what was learned of the old one's errors holds for the new one in part:
  /// no item keeps more of it than the prior weighs.
  void startOver();

  struct Belief {
    double mean = 1;
    double low = 0, high = 0;  ///< 90 % of what theta may be lie between
    double clicks = 0, expected = 0;
  };
  Belief belief(Index item) const;
  double mean(Index item) const;
  double prior() const { return prior_; }       ///< a
  double discount(size_t position) const;       ///< of a place, from 0; the first one's is about 1
  int64_t choices() const { return choices_; }  ///< that were learned from

  struct Slot {
    Index item = kNoIndex;
    size_t from = 0;  ///< where it stands in `ranked`, or if it is explored in `candidates`
    bool explored = false;
    /// Of a slot that is explored: how likely slots are to be, x how likely the draw is to bring this item
    /// here, given those above. Else how likely the slot was to be left to the model.
    double probability = 1;
    double drawn = 1;  ///< explored: the theta that was drawn
  };
  /// A list of at most `slots` items: the model's, `ranked`, but each slot other than the first is with
  /// probability `weight` (0 to 1) for the best of `candidates` by prediction and a draw of theta. Of n slots
  /// weight x (n - 1) are, rounded up or down. Without candidates, or with weight 0, it is `ranked`. No item
  /// stands twice. At most kMostCandidates candidates are looked at: the first ones.
  std::vector<Slot> arrange(std::span<const PredictedItem> ranked, std::span<const PredictedItem> candidates,
                            size_t slots, double weight, uint64_t seed) const;

  void save(SectionWriter& out) const;  ///< sections "explorer/..."
  /// kCorrupt if the sections are not what save() wrote.
  static Result<Explorer> open(const SectionReader& in);
  int64_t residentBytes() const;

  static constexpr size_t kMostCandidates = 512;
  static constexpr size_t kOccasions = size_t{1} << 16;
  static constexpr size_t kPositions = 64;      ///< places that have a discount of their own
  static constexpr Index kMostItems = 1 << 26;  ///< of items with greater numbers nothing is learned

 private:
  struct Evidence {
    float clicks = 0, expected = 0;
  };
  class Draws;
  Evidence evidence(Index item) const { return item < evidence_.size() ? evidence_[item] : Evidence{}; }
  void add(Index item, double clicks, double expected);
  bool countOnce(uint64_t key);

  static constexpr double kFirstPrior = 4;
  double prior_ = kFirstPrior, warmPrior_ = kFirstPrior;
  int64_t choices_ = 0;
  std::vector<Evidence> evidence_;
  std::vector<double> positionClicks_ = std::vector<double>(kPositions);
  std::vector<double> positionExpected_ = std::vector<double>(kPositions);
  absl::flat_hash_set<uint64_t> counted_;
  std::deque<uint64_t> countedOrder_;
};

}  // namespace proffer::recipes
