// How network and counts become one: the logit of an item is
//
//   scale (h . v + b) + counts log(1 + s / rest) + seen [in the history] + again log(times in the history)
//
// with s the person's sum of windowed counts (following_counts.h), whose decay is fitted too. All of it is
// one softmax over the catalogue; only the few thousand items that the counts touch, and the person's own,
// differ from the network's dense part. The logarithm lets counts multiply what the network says, as evidence
// does.
//
// Plain values and pure functions; any thread. fitFusion works on all cores and is deterministic.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/progress.h"
#include "recipes/sequence/following_counts.h"

namespace proffer::recipes {

struct Fusion {
  double scale = 1;   ///< of the network
  double counts = 0;  ///< of the counts; never below 0
  double rest = 0.01;
  double decay = 6;
  double seen = 0, again = 0;

  bool readsCounts() const { return counts > 0; }
  bool readsOwn() const { return seen != 0 || again != 0; }
};
Json toJson(const Fusion& fusion);
Result<Fusion> fusionFromJson(const Json& json);

/// How often each item stands in a history, items ascending.
struct OwnItem {
  Index item = 0;
  uint32_t times = 0;
};
std::vector<OwnItem> ownItems(std::span<const SequenceEvent> events);

/// Adds to dense logits what counts and the person's own items say. `sums` is used and cleared.
void addCounts(const Fusion& fusion, const FollowingCounts& counts, std::span<const SequenceEvent> events,
               CountSums& sums, std::span<float> logits);

/// One question of the held-out part: what was known, and what came.
struct FusionCase {
  std::vector<SequenceEvent> events;
  std::vector<float> network;  ///< h . v + b of all items
  Index target = 0;
};

/// What a set of weights is worth on the held-out part.
struct HeldOutFigures {
  double loss = 0;  ///< mean of -log p(target), nats
  double hitRateAt10 = 0, gainAt10 = 0;
};
Json toJson(const HeldOutFigures& figures);

class FusionFit {
 public:
  FusionFit(const FollowingCounts& counts, Index items) : counts_(counts), items_(items) {}
  /// Keeps what is needed of it: the items that counts touch, and a sample of the others. Any thread, each
  /// place by one; resize() first.
  void resize(size_t cases) { cases_.resize(cases); }
  void set(size_t place, const FusionCase& one);
  /// Places that were not set go.
  void dropEmpty();
  size_t size() const { return cases_.size(); }

  /// The weights of the greatest likelihood; without the network its scale is 0, without the counts theirs.
  Result<Fusion> fit(bool network, bool counts, Progress& progress) const;
  HeldOutFigures measure(const Fusion& fusion) const;
  /// By the items' own frequencies alone.
  HeldOutFigures measureOrder(std::span<const float> biases) const;

  static constexpr size_t kDecays = 4;

 private:
  struct Candidate {
    Index item = 0;
    float network = 0;
    float sums[kDecays] = {};
    float seen = 0, again = 0;
  };
  struct Case {
    std::vector<Candidate> candidates;  // the target first
    std::vector<std::pair<Index, float>> others;
    double otherWeight = 1;  // so many items each of the others stands for
  };
  struct Weights {
    double values[4] = {1, 0, 0, 0};  // scale, counts, seen, again
  };
  struct Step;
  /// What the counts of each case's candidates say, log(1 + s / rest): the same for all weights.
  using Logarithms = std::vector<std::vector<double>>;
  Logarithms logarithms(size_t decay, double rest) const;
  double lossAt(const Weights& weights, const Logarithms& logarithms, Step* step) const;
  double climb(Weights& weights, const bool (&moving)[4], size_t decay, double rest) const;

  const FollowingCounts& counts_;
  const Index items_;
  std::vector<Case> cases_;
};

}  // namespace proffer::recipes
