// How good ranked lists are: the service's definitions (control-plane 6.2), for one list and for many.
//
// Plain values and pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "recipes/view.h"

namespace proffer::recipes {

struct RankedCase {
  std::vector<Index> ranked;  ///< group item indexes, best first, at least 25 if there are as many
  std::vector<Index> truth;   ///< distinct
};

inline constexpr size_t kMeasuredLength = 25;
inline constexpr std::array<size_t, 3> kMeasuredCuts = {5, 10, 25};

/// Of one list; the arrays have one value for each of kMeasuredCuts.
struct ListMetrics {
  double reciprocalRank = 0;  ///< of the first hit within 25; 0: none
  std::array<double, kMeasuredCuts.size()> precision{};
  std::array<double, kMeasuredCuts.size()> gain{};  ///< NDCG, the ideal over min(|truth|, K) (ME-10)
  std::array<double, kMeasuredCuts.size()> hit{};   ///< 1 if anything of the truth is among the first K
};
ListMetrics measureList(const RankedCase& one);

/// The keys of 6.2 that apply to item recipes: coverage, mean_reciprocal_rank_at_25,
/// normalized_discounted_cumulative_gain_at_5/_10/_25, precision_at_5/_10/_25. `catalogueSize`: distinct
/// items of the datasets (coverage's divisor).
std::map<std::string, double> rankingMetrics(const std::vector<RankedCase>& cases, size_t catalogueSize);

}  // namespace proffer::recipes
