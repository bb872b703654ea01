// Trending items: what is chosen more and more, by the growth of its share of all interactions from the
// intervals before to the newest one. Not the most chosen: what grows beyond chance comes first, by how much
// it has grown at least; popular items follow.
//
// Stateless; any thread. The intervals end at the newest interaction; a question that is asked two intervals
// later, or more, is answered with popular items (TN-3, R13). Training counts and learns nothing, so that an
// update is the same again.
#pragma once

#include <string>
#include <string_view>

#include "recipes/recipe.h"

namespace proffer::recipes {

class TrendingRecipe final : public Recipe {
 public:
  std::string_view family() const override { return "trending"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints* checkpoints = nullptr) const override;
  int64_t memoryNeeded(int64_t interactions, int64_t users, int64_t items) const override;
  bool updates() const override { return true; }
  Result<std::unique_ptr<Model>> update(const Model& trained, const TrainingInput& input,
                                        const TrainingConfiguration& configuration,
                                        Progress& progress) const override;
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override;
};

/// How often the list is made anew for a discovery frequency: as often as it says, but at least every two
/// hours (TN-2). A schedule, `rate(30 minutes)`. `hyperparameters`: complete, or without it for the default.
std::string trendingRefresh(const Json& hyperparameters);

/// What is known of an item before and in the newest interval.
struct Growth {
  double current = 0;   ///< events in the newest interval
  double expected = 0;  ///< as many as its share of the intervals before would give
  double shape = 0;     ///< events that the expectation rests on
  double estimate() const;
};
/// The bound that the item's growth exceeds, but for chance: `deviations` standard deviations of a normal
/// distribution, where shares wobble by themselves with the variance `wobble` (relative, squared). 0 or more.
double growthLowerBound(const Growth& growth, double wobble, double deviations);

}  // namespace proffer::recipes
