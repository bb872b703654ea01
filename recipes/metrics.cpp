#include <algorithm>
#include <array>
#include <cmath>

#include "recipes/evaluation.h"

namespace proffer::recipes {
namespace {

constexpr size_t kListLength = 25;
constexpr std::array<size_t, 3> kCuts = {5, 10, 25};

// 1 / log2(position + 1), positions from 1.
const std::array<double, kListLength>& gains() {
  static const std::array<double, kListLength> table = [] {
    std::array<double, kListLength> made{};
    for (size_t i = 0; i < kListLength; ++i) made[i] = 1.0 / std::log2(static_cast<double>(i) + 2.0);
    return made;
  }();
  return table;
}

struct Sums {
  double reciprocalRank = 0;
  std::array<double, kCuts.size()> precision{};
  std::array<double, kCuts.size()> gain{};
};

void addCase(const RankedCase& one, Sums& sums) {
  std::vector<Index> truth = one.truth;
  std::sort(truth.begin(), truth.end());
  const size_t length = std::min(kListLength, one.ranked.size());
  std::array<bool, kListLength> hit{};
  for (size_t i = 0; i < length; ++i) hit[i] = std::binary_search(truth.begin(), truth.end(), one.ranked[i]);
  for (size_t i = 0; i < length; ++i) {
    if (!hit[i]) continue;
    sums.reciprocalRank += 1.0 / static_cast<double>(i + 1);
    break;
  }
  for (size_t k = 0; k < kCuts.size(); ++k) {
    double hits = 0, gain = 0, ideal = 0;
    for (size_t i = 0; i < kCuts[k]; ++i) {
      if (hit[i]) hits += 1, gain += gains()[i];
      if (i < truth.size()) ideal += gains()[i];  // ME-10
    }
    sums.precision[k] += hits / static_cast<double>(kCuts[k]);
    if (ideal > 0) sums.gain[k] += gain / ideal;
  }
}

}  // namespace

std::map<std::string, double> rankingMetrics(const std::vector<RankedCase>& cases, size_t catalogueSize) {
  Sums sums;
  std::vector<Index> shown;
  for (const RankedCase& one : cases) {
    addCase(one, sums);
    shown.insert(shown.end(), one.ranked.begin(),
                 one.ranked.begin() + static_cast<ptrdiff_t>(std::min(kListLength, one.ranked.size())));
  }
  std::sort(shown.begin(), shown.end());
  const auto distinct = static_cast<double>(std::unique(shown.begin(), shown.end()) - shown.begin());
  const double users = cases.empty() ? 1.0 : static_cast<double>(cases.size());
  std::map<std::string, double> metrics;
  metrics["coverage"] = catalogueSize == 0 ? 0.0 : distinct / static_cast<double>(catalogueSize);
  metrics["mean_reciprocal_rank_at_25"] = sums.reciprocalRank / users;
  for (size_t k = 0; k < kCuts.size(); ++k) {
    metrics["normalized_discounted_cumulative_gain_at_" + std::to_string(kCuts[k])] = sums.gain[k] / users;
    metrics["precision_at_" + std::to_string(kCuts[k])] = sums.precision[k] / users;
  }
  return metrics;
}

}  // namespace proffer::recipes
