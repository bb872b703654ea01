// Drawing from a fixed list of weights in constant time (Walker's alias method as Vose builds it).
// Immutable after construction: any thread may draw.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "controller/generate/random.h"

namespace proffer::generate {

class AliasTable {
 public:
  AliasTable() = default;
  /// `weights` are not negative; if none is positive the table is empty.
  explicit AliasTable(std::span<const float> weights);

  bool empty() const { return cells_.empty(); }
  /// An index into the weights; the table must not be empty.
  uint32_t draw(Random& random) const {
    const uint64_t bits = random.next();
    const auto cell = static_cast<uint32_t>(((bits >> 32) * cells_.size()) >> 32);
    const float coin = static_cast<float>(bits & 0xffffff) * 0x1.0p-24F;
    return coin < cells_[cell].keep ? cell : cells_[cell].other;
  }

 private:
  struct Cell {
    float keep;
    uint32_t other;
  };
  std::vector<Cell> cells_;
};

}  // namespace proffer::generate
