// What the yardsticks share: the best of dense scores, and X as rows of distinct items.
//
// ScoreOrder: immutable, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recipes/yardsticks.h"

namespace proffer::recipes {

/// Ranks candidates by score, equal scores by the order of ties.
class ScoreOrder {
 public:
  explicit ScoreOrder(const YardstickInput& input);

  /// `scores`: per item.
  std::vector<Index> best(std::span<const double> scores, const Ask& ask) const;
  bool isCandidate(Index item) const { return item < place_.size() && place_[item] != kNoIndex; }
  size_t itemCount() const { return place_.size(); }

 private:
  std::vector<Index> order_;
  std::vector<Index> place_;  // per item: where it stands in order_; kNoIndex: no candidate
};

/// A scorer that ranks by its scores.
class OrderedScorer : public Scorer {
 public:
  explicit OrderedScorer(const YardstickInput& input) : order_(input) {}
  Result<std::vector<Index>> rank(const Ask& ask) const override { return order_.best(scores(ask), ask); }

 protected:
  const ScoreOrder& order() const { return order_; }

 private:
  ScoreOrder order_;
};

/// The selected items of a history in their order, and each once in ascending order.
std::vector<Index> selectedItems(const History& history, const EventSelector& selector);
std::vector<Index> distinctItems(std::vector<Index> items);
/// Users per item.
std::vector<uint32_t> usersPerItem(const YardstickInput& input);

}  // namespace proffer::recipes
