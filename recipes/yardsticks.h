// Simple methods that every measurement shows beside the recipes: whoever does not beat them has learnt
// nothing. Exactly defined, so that figures can be compared with those of others.
//
// X is users x items, 1 where the user has a selected training event. w_k = exp(-k / decay) for the k-th
// newest event of the input, the newest being the 0th.
//   popularity      score(i) = number of users of i
//   repeat-last     the input's items, the newest first
//   own-frequent    the input's items, the most frequent first, of these the newest
//   windowed-counts C[a, b] = sum of 1/g over all users and all b that come g = 1..window events after an a;
//                   M[a, b] = C[a, b] / (pop(a) + 10) / pop(b)^power;
//                   score(i) = sum_k w_k M[i_k, i] + 1e-7 pop(i) / max pop
//   ease            P = (X'X + lambda I)^-1, B[i, j] = -P[i, j] / P[j, j], diagonal 0; score = sum_k w_k
//   B[i_k]
//   blend           the scores of ease and of windowed-counts, each scaled over the candidates of a request
//   to
//                   mean 0 and deviation 1; score = ease + weight * windowed-counts
// Ties in score are ordered by a hash of the item's id: an order by id favours the items that came first.
//
// Trained by one thread; any number of threads may ask.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/evaluation_split.h"
#include "recipes/recipe.h"

namespace proffer::recipes {

struct Ask {
  Index user = kNoIndex;
  History input;
  Index query = kNoIndex;
  std::span<const Index> excluded;  ///< sorted
  size_t limit = 25;
  uint64_t seed = 1;
};

/// Something that ranks items: a yardstick, or a model.
class Ranker {
 public:
  virtual ~Ranker() = default;
  /// Group indexes, best first.
  virtual Result<std::vector<Index>> rank(const Ask& ask) const = 0;
};

/// A ranker that says what it would give for every item.
class Scorer : public Ranker {
 public:
  /// Per item of the group; those of items that are no candidates mean nothing.
  virtual std::vector<double> scores(const Ask& ask) const = 0;
};

/// What yardsticks are trained on.
struct YardstickInput {
  const Interactions* training = nullptr;
  const EventSelector* selector = nullptr;
  const std::vector<uint8_t>* candidates = nullptr;  ///< per item: whether it may be answered
  TieOrder ties = TieOrder::kHash;
  uint64_t seed = 1;  ///< of the order of ties
};

struct CountsSettings {
  size_t window = 20;
  double power = 0;
  double decay = 6;
};
struct EaseSettings {
  double lambda = 50;
  double decay = 8;    ///< 0: every event of the input weighs the same
  size_t most = 6000;  ///< as many users or items can be inverted; beyond, the most popular items are taken
};

/// What is best on MovieLens latest-small (docs/evaluation.md).
struct BlendSettings {
  EaseSettings ease = {150, 10};
  CountsSettings counts = {20, 0, 2};
  double weight = 0.5;  ///< of the counts
};

/// Every candidate once, in the order in which equal scores stand.
std::vector<Index> tieOrder(const YardstickInput& input);

std::unique_ptr<Ranker> popularityYardstick(const YardstickInput& input);
std::unique_ptr<Ranker> repeatLastYardstick(const YardstickInput& input);
std::unique_ptr<Ranker> ownFrequentYardstick(const YardstickInput& input);
/// kLimitExceeded beyond some 400 million pairs; kCancelled.
Result<std::unique_ptr<Scorer>> countsYardstick(const YardstickInput& input, const CountsSettings& settings,
                                                Progress& progress);
/// kCancelled, also midway.
Result<std::unique_ptr<Scorer>> easeYardstick(const YardstickInput& input, const EaseSettings& settings,
                                              Progress& progress);
/// As those two.
Result<std::unique_ptr<Scorer>> blendYardstick(const YardstickInput& input, const BlendSettings& settings,
                                               Progress& progress);

}  // namespace proffer::recipes
