// How far figures that are means over cases would move with other users: the paired user-bootstrap.
//
// Plain values and pure functions; any thread. All methods are measured on the same drawings of users, so
// that a difference between two of them is not drowned by the differences between users.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "recipes/metrics.h"

namespace proffer::recipes {

inline constexpr size_t kFigureCount = 10;
using Figures = std::array<double, kFigureCount>;

/// mean_reciprocal_rank_at_25, normalized_discounted_cumulative_gain_at_5/_10/_25, precision_at_5/_10/_25,
/// hit_rate_at_5/_10/_25.
const std::array<std::string_view, kFigureCount>& figureNames();
Figures figuresOf(const ListMetrics& metrics);

struct Interval {
  double low = 0, high = 0;
};

struct MethodSpread {
  Figures mean{};                                 ///< over all cases
  std::array<Interval, kFigureCount> interval{};  ///< 95 %
  Figures difference{};                           ///< from the first method
  std::array<Interval, kFigureCount> differenceInterval{};
};

/// `sums`: per method and user, of the user's cases; `cases`: how many cases each user has. An empty method
/// was left out. Deterministic for a seed.
std::vector<MethodSpread> spreadOf(const std::vector<std::vector<Figures>>& sums,
                                   const std::vector<uint32_t>& cases, int resamples, uint64_t seed);

}  // namespace proffer::recipes
