#include <cmath>

#include "recipes/yardstick_scores.h"
#include "recipes/yardsticks.h"

namespace proffer::recipes {
namespace {

class BlendYardstick final : public OrderedScorer {
 public:
  BlendYardstick(const YardstickInput& input, std::unique_ptr<Scorer> ease, std::unique_ptr<Scorer> counts,
                 double weight)
      : OrderedScorer(input), ease_(std::move(ease)), counts_(std::move(counts)), weight_(weight) {}

  std::vector<double> scores(const Ask& ask) const override {
    std::vector<double> sum = ease_->scores(ask), counts = counts_->scores(ask);
    scale(sum);
    scale(counts);
    for (size_t item = 0; item < sum.size(); ++item) sum[item] += weight_ * counts[item];
    return sum;
  }

 private:
  // Scores that are all the same become 0.
  void scale(std::vector<double>& scores) const {
    double sum = 0, squares = 0, count = 0;
    for (Index item = 0; item < scores.size(); ++item)
      if (order().isCandidate(item)) sum += scores[item], count += 1;
    const double mean = count > 0 ? sum / count : 0;
    for (Index item = 0; item < scores.size(); ++item)
      if (order().isCandidate(item)) squares += (scores[item] - mean) * (scores[item] - mean);
    const double deviation = count > 0 ? std::sqrt(squares / count) : 0;
    for (double& score : scores) score = deviation > 0 ? (score - mean) / deviation : 0;
  }

  std::unique_ptr<Scorer> ease_, counts_;
  double weight_;
};

}  // namespace

Result<std::unique_ptr<Scorer>> blendYardstick(const YardstickInput& input, const BlendSettings& settings,
                                               Progress& progress) {
  PROFFER_TRY(auto counts, countsYardstick(input, settings.counts, progress));
  PROFFER_TRY(auto ease, easeYardstick(input, settings.ease, progress));
  return std::unique_ptr<Scorer>(
      std::make_unique<BlendYardstick>(input, std::move(ease), std::move(counts), settings.weight));
}

}  // namespace proffer::recipes
