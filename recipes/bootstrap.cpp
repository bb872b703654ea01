#include "recipes/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"

namespace proffer::recipes {
namespace {

// The same numbers whatever the thread: of (seed, resample, draw).
class Draws {
 public:
  Draws(uint64_t seed, uint64_t resample)
      : state_(mixed(seed) ^ mixed(resample * 0xD1342543DE82EF95ULL + 1)) {}
  size_t below(size_t bound) {
    state_ += 0x9E3779B97F4A7C15ULL;
    return static_cast<size_t>(((mixed(state_) >> 32) * bound) >> 32);  // bound < 2^32: users
  }

 private:
  static uint64_t mixed(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

Figures weightedMean(const std::vector<Figures>& sums, const std::vector<uint32_t>& times, double cases) {
  Figures mean{};
  for (size_t user = 0; user < sums.size(); ++user) {
    if (times[user] == 0) continue;
    for (size_t figure = 0; figure < kFigureCount; ++figure) mean[figure] += times[user] * sums[user][figure];
  }
  for (double& value : mean) value /= cases;
  return mean;
}

double casesOf(const std::vector<uint32_t>& cases, const std::vector<uint32_t>& times) {
  double sum = 0;
  for (size_t user = 0; user < cases.size(); ++user) sum += static_cast<double>(cases[user]) * times[user];
  return std::max(sum, 1.0);
}

Interval middle95(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return {values[static_cast<size_t>(std::floor(0.025 * last))],
          values[static_cast<size_t>(std::ceil(0.975 * last))]};
}

}  // namespace

const std::array<std::string_view, kFigureCount>& figureNames() {
  static const std::array<std::string_view, kFigureCount> names = {
      "mean_reciprocal_rank_at_25",
      "normalized_discounted_cumulative_gain_at_5",
      "normalized_discounted_cumulative_gain_at_10",
      "normalized_discounted_cumulative_gain_at_25",
      "precision_at_5",
      "precision_at_10",
      "precision_at_25",
      "hit_rate_at_5",
      "hit_rate_at_10",
      "hit_rate_at_25"};
  return names;
}

Figures figuresOf(const ListMetrics& metrics) {
  Figures figures{};
  figures[0] = metrics.reciprocalRank;
  for (size_t k = 0; k < kMeasuredCuts.size(); ++k) {
    figures[1 + k] = metrics.gain[k];
    figures[4 + k] = metrics.precision[k];
    figures[7 + k] = metrics.hit[k];
  }
  return figures;
}

std::vector<MethodSpread> spreadOf(const std::vector<std::vector<Figures>>& sums,
                                   const std::vector<uint32_t>& cases, int resamples, uint64_t seed) {
  std::vector<MethodSpread> spreads(sums.size());
  if (cases.empty()) return spreads;
  const std::vector<uint32_t> once(cases.size(), 1);
  for (size_t method = 0; method < sums.size(); ++method)
    if (!sums[method].empty()) spreads[method].mean = weightedMean(sums[method], once, casesOf(cases, once));
  const bool compared = !sums.empty() && !sums[0].empty();
  for (size_t method = 0; compared && method < sums.size(); ++method)
    for (size_t figure = 0; figure < kFigureCount; ++figure)
      spreads[method].difference[figure] = spreads[method].mean[figure] - spreads[0].mean[figure];
  if (resamples < 2) return spreads;

  std::vector<std::vector<Figures>> drawn(static_cast<size_t>(resamples), std::vector<Figures>(sums.size()));
  parallelFor(drawn.size(), [&](size_t resample) {
    Draws draws(seed, resample);
    std::vector<uint32_t> times(cases.size());
    for (size_t i = 0; i < cases.size(); ++i) ++times[draws.below(cases.size())];
    const double total = casesOf(cases, times);
    for (size_t method = 0; method < sums.size(); ++method)
      drawn[resample][method] = weightedMean(sums[method], times, total);
  });
  std::vector<double> values(drawn.size());
  for (size_t method = 0; method < sums.size(); ++method)
    for (size_t figure = 0; figure < kFigureCount; ++figure) {
      for (size_t i = 0; i < drawn.size(); ++i) values[i] = drawn[i][method][figure];
      spreads[method].interval[figure] = middle95(values);
      for (size_t i = 0; i < drawn.size(); ++i) values[i] = drawn[i][method][figure] - drawn[i][0][figure];
      spreads[method].differenceInterval[figure] = compared ? middle95(values) : Interval{};
    }
  return spreads;
}

}  // namespace proffer::recipes
