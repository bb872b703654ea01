#include "controller/generate/alias_table.h"

namespace proffer::generate {

AliasTable::AliasTable(std::span<const float> weights) {
  double sum = 0;
  for (const float weight : weights) sum += weight;
  if (!(sum > 0)) return;
  const auto count = static_cast<uint32_t>(weights.size());
  const double scale = static_cast<double>(count) / sum;
  cells_.resize(count);
  // `keep` holds what is left of each weight, in units of the mean, until the cell is settled.
  std::vector<uint32_t> poor;
  std::vector<uint32_t> rich;
  for (uint32_t i = 0; i < count; ++i) {
    cells_[i] = {static_cast<float>(weights[i] * scale), i};
    (cells_[i].keep < 1 ? poor : rich).push_back(i);
  }
  while (!poor.empty() && !rich.empty()) {
    const uint32_t giver = rich.back();
    const uint32_t taker = poor.back();
    poor.pop_back();
    cells_[taker].other = giver;
    cells_[giver].keep -= 1 - cells_[taker].keep;
    if (cells_[giver].keep < 1) {
      rich.pop_back();
      poor.push_back(giver);
    }
  }
  // Rounding leaves some cells that are full but for a breath. A weight of zero must still never be drawn.
  for (const uint32_t i : rich) cells_[i].keep = 1;
  uint32_t heaviest = 0;
  for (uint32_t i = 1; i < count; ++i) {
    if (weights[i] > weights[heaviest]) heaviest = i;
  }
  for (const uint32_t i : poor) {
    if (weights[i] > 0) {
      cells_[i].keep = 1;
    } else {
      cells_[i].other = heaviest;
    }
  }
}

}  // namespace proffer::generate
