#include "recipes/metrics.h"

#include <algorithm>
#include <cmath>

namespace proffer::recipes {
namespace {

// 1 / log2(position + 1), positions from 1.
const std::array<double, kMeasuredLength>& gains() {
  static const std::array<double, kMeasuredLength> table = [] {
    std::array<double, kMeasuredLength> made{};
    for (size_t i = 0; i < kMeasuredLength; ++i) made[i] = 1.0 / std::log2(static_cast<double>(i) + 2.0);
    return made;
  }();
  return table;
}

}  // namespace

ListMetrics measureList(const RankedCase& one) {
  ListMetrics metrics;
  std::vector<Index> truth = one.truth;
  std::sort(truth.begin(), truth.end());
  const size_t length = std::min(kMeasuredLength, one.ranked.size());
  std::array<bool, kMeasuredLength> hit{};
  for (size_t i = 0; i < length; ++i) hit[i] = std::binary_search(truth.begin(), truth.end(), one.ranked[i]);
  const auto first = std::find(hit.begin(), hit.end(), true);
  if (first != hit.end()) metrics.reciprocalRank = 1.0 / static_cast<double>(first - hit.begin() + 1);
  for (size_t k = 0; k < kMeasuredCuts.size(); ++k) {
    double hits = 0, gain = 0, ideal = 0;
    for (size_t i = 0; i < kMeasuredCuts[k]; ++i) {
      if (hit[i]) hits += 1, gain += gains()[i];
      if (i < truth.size()) ideal += gains()[i];  // ME-10
    }
    metrics.precision[k] = hits / static_cast<double>(kMeasuredCuts[k]);
    if (ideal > 0) metrics.gain[k] = gain / ideal;
    metrics.hit[k] = hits > 0 ? 1 : 0;
  }
  return metrics;
}

std::map<std::string, double> rankingMetrics(const std::vector<RankedCase>& cases, size_t catalogueSize) {
  ListMetrics sums;
  std::vector<Index> shown;
  for (const RankedCase& one : cases) {
    const ListMetrics of = measureList(one);
    sums.reciprocalRank += of.reciprocalRank;
    for (size_t k = 0; k < kMeasuredCuts.size(); ++k) {
      sums.precision[k] += of.precision[k];
      sums.gain[k] += of.gain[k];
    }
    shown.insert(shown.end(), one.ranked.begin(),
                 one.ranked.begin() + static_cast<ptrdiff_t>(std::min(kMeasuredLength, one.ranked.size())));
  }
  std::sort(shown.begin(), shown.end());
  const auto distinct = static_cast<double>(std::unique(shown.begin(), shown.end()) - shown.begin());
  const double users = cases.empty() ? 1.0 : static_cast<double>(cases.size());
  std::map<std::string, double> metrics;
  metrics["coverage"] = catalogueSize == 0 ? 0.0 : distinct / static_cast<double>(catalogueSize);
  metrics["mean_reciprocal_rank_at_25"] = sums.reciprocalRank / users;
  for (size_t k = 0; k < kMeasuredCuts.size(); ++k) {
    const std::string cut = std::to_string(kMeasuredCuts[k]);
    metrics["normalized_discounted_cumulative_gain_at_" + cut] = sums.gain[k] / users;
    metrics["precision_at_" + cut] = sums.precision[k] / users;
  }
  return metrics;
}

}  // namespace proffer::recipes
