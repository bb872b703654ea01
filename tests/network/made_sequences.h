// Histories made for tests, packed into lanes in the plainest way.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "recipes/network/batch.h"

namespace proffer::testing {

using recipes::Batch;
using recipes::Feature;
using recipes::Index;
using recipes::kNoIndex;

struct Numbers {
  uint64_t state;
  uint64_t next() {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return state >> 33;
  }
  size_t below(size_t bound) { return next() % bound; }
  double unit() { return static_cast<double>(next() % 1000003) / 1000003.0; }
};

/// Each history: a START without an item, then its items; every row predicts the next item. Feature 0: a
/// START; 1 + place % 3: any other.
class MadeSequences final : public recipes::BatchSource {
 public:
  MadeSequences(std::vector<std::vector<Index>> histories, size_t items, size_t lanes, size_t steps)
      : histories_(std::move(histories)), lanes_(lanes), steps_(steps), counts_(items) {
    for (const auto& history : histories_) {
      rows_ += history.size();
      for (size_t i = 1; i < history.size(); ++i) ++counts_[history[i]], ++targets_;
    }
  }
  size_t lanes() const override { return lanes_; }
  size_t steps() const override { return steps_; }
  size_t batchesPerEpoch() const override { return (rows_ + longest() * lanes_) / (lanes_ * steps_) + 1; }
  int64_t targetsPerEpoch() const override { return targets_; }
  std::span<const uint32_t> targetCounts() const override { return counts_; }

  Result<void> fill(uint64_t epoch, size_t index, Batch& out) override {
    if (epoch != packedEpoch_ || lanesOf_.empty()) pack(epoch);
    out.steps = steps_, out.lanes = lanes_;
    out.items.assign(out.rows(), kNoIndex);
    out.targets.assign(out.rows(), kNoIndex);
    out.weights.assign(out.rows(), 0);
    out.resets.assign(out.rows(), 1);
    out.features.clear();
    for (size_t step = 0; step < steps_; ++step)
      for (size_t lane = 0; lane < lanes_; ++lane) {
        const size_t row = step * lanes_ + lane, at = index * steps_ + step;
        if (at < lanesOf_[lane].size()) put(lanesOf_[lane][at], row, out);
        out.features.close();
      }
    return {};
  }

 private:
  struct Place {
    size_t history, at;
  };
  size_t longest() const {
    size_t most = 0;
    for (const auto& history : histories_) most = std::max(most, history.size());
    return most;
  }
  void pack(uint64_t epoch) {
    packedEpoch_ = epoch;
    std::vector<size_t> order(histories_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    Numbers numbers{epoch * 77 + 5};
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[numbers.below(i)]);
    lanesOf_.assign(lanes_, {});
    for (const size_t history : order) {
      auto shortest = std::min_element(lanesOf_.begin(), lanesOf_.end(),
                                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
      for (size_t at = 0; at < histories_[history].size(); ++at) shortest->push_back({history, at});
    }
  }
  // Row `at` has seen the items before `at`, and predicts item `at`; what nothing leads to is not predicted.
  void put(const Place& place, size_t row, Batch& out) const {
    const auto& history = histories_[place.history];
    out.resets[row] = place.at == 0 ? 1 : 0;
    out.items[row] = place.at == 0 ? kNoIndex : history[place.at - 1];
    out.features.add({place.at == 0 ? 0 : 1 + static_cast<uint32_t>(place.at % 3), 1.F});
    if (place.at == 0) return;
    out.targets[row] = history[place.at];
    out.weights[row] = 1;
  }

  std::vector<std::vector<Index>> histories_;
  size_t lanes_, steps_, rows_ = 0;
  int64_t targets_ = 0;
  std::vector<uint32_t> counts_;
  uint64_t packedEpoch_ = 0;
  std::vector<std::vector<Place>> lanesOf_;
};

/// Histories of which no two begin with the same item: what comes next follows from what came before.
inline std::vector<std::vector<Index>> withoutRepeatedPrefixes(size_t count, size_t length, size_t items,
                                                               uint64_t seed) {
  Numbers numbers{seed};
  std::vector<std::vector<Index>> histories;
  for (size_t i = 0; i < count; ++i) {
    histories.push_back({static_cast<Index>(i)});
    while (histories.back().size() < length)
      histories.back().push_back(static_cast<Index>(numbers.below(items)));
  }
  return histories;
}

}  // namespace proffer::testing
