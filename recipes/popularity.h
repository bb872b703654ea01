// The counts family: items by how many people, or how many events, they were part of. One list for everybody.
//
// Stateless; any thread. Counts: Popularity-Count and Most popular count distinct users (PC-1), Most viewed
// and Best sellers count events (UC-3). Items of the catalogue that nobody touched come last, by their ids.
#pragma once

#include "recipes/recipe.h"

namespace proffer::recipes {

class PopularityRecipe final : public Recipe {
 public:
  std::string_view family() const override { return "popularity"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints* checkpoints = nullptr) const override;
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override;
};

}  // namespace proffer::recipes
