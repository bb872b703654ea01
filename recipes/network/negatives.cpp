#include "recipes/network/negatives.h"

#include <algorithm>
#include <cmath>

#include "recipes/network/random.h"

namespace proffer::recipes::network {

Negatives::Negatives(size_t items, std::span<const uint32_t> targetCounts, size_t count)
    : items_(items), count_(count >= items ? 0 : count) {
  if (all()) return;
  upTo_.resize(items);
  uint64_t sum = 0;
  for (size_t item = 0; item < items; ++item)
    upTo_[item] = sum += item < targetCounts.size() ? targetCounts[item] : 0;
  uniform_ = sum == 0 ? count_ : (count_ + 1) / 2;
}

void Negatives::draw(uint64_t seed, uint64_t step, Slots& slots, std::vector<float>& logExpected) const {
  logExpected.clear();
  if (all()) {
    for (size_t item = 0; item < items_; ++item) slots.add(static_cast<Index>(item));
    logExpected.assign(items_, 0.F);
    return;
  }
  const uint64_t key = randomKey(seed, RandomUse::kNegatives, step);
  std::vector<uint32_t> drawn;
  for (size_t i = 0; i < count_; ++i) {
    const double at = randomUnit(key, i);
    size_t item = 0;
    if (i < uniform_) {
      item = std::min(items_ - 1, static_cast<size_t>(at * static_cast<double>(items_)));
    } else {
      const auto target = static_cast<uint64_t>(at * static_cast<double>(upTo_.back()));
      item = static_cast<size_t>(std::upper_bound(upTo_.begin(), upTo_.end(), target) - upTo_.begin());
      item = std::min(items_ - 1, item);
    }
    const uint32_t slot = slots.add(static_cast<Index>(item));
    if (slot == drawn.size()) drawn.push_back(0);
    ++drawn[slot];
  }
  const double perUniform = static_cast<double>(uniform_) / static_cast<double>(items_);
  const double perTarget =
      upTo_.back() == 0 ? 0 : static_cast<double>(count_ - uniform_) / static_cast<double>(upTo_.back());
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    const Index item = slots.rows()[slot];
    const uint64_t targets = upTo_[item] - (item == 0 ? 0 : upTo_[item - 1]);
    const double expected = perUniform + perTarget * static_cast<double>(targets);
    logExpected.push_back(static_cast<float>(std::log(expected / drawn[slot])));
  }
}

}  // namespace proffer::recipes::network
