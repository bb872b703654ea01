// Which items a batch is held against beside its own targets: all of them, or a sample, half of it uniform
// and half by how often items are targets. Immutable; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recipes/network/tables.h"

namespace proffer::recipes::network {

class Negatives {
 public:
  /// All of the items if `count` is 0 or not less than `items`.
  Negatives(size_t items, std::span<const uint32_t> targetCounts, size_t count);
  bool all() const { return count_ == 0; }
  /// Adds them to empty slots. `logExpected`: of each slot, the log of (how often it was expected among the
  /// draws / how often it was drawn); 0 if all items are taken.
  void draw(uint64_t seed, uint64_t step, Slots& slots, std::vector<float>& logExpected) const;

 private:
  size_t items_, count_, uniform_ = 0;
  std::vector<uint64_t> upTo_;  // targets of the items before and including each
};

}  // namespace proffer::recipes::network
