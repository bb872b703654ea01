// The co-occurrence family: items related to an item, by how many people had both. aws-sims and the use cases
// Because you watched X, Customers who viewed X also viewed and Frequently bought together are the same
// counter (co_occurrence.h) with other settings; docs/recipes.md says which and why.
//
// Stateless; any thread.
#pragma once

#include "recipes/recipe.h"

namespace proffer::recipes {

class CoOccurrenceRecipe final : public Recipe {
 public:
  std::string_view family() const override { return "co-occurrence"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints* checkpoints = nullptr) const override;
  int64_t memoryNeeded(int64_t interactions, int64_t users, int64_t items) const override;
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override;
};

}  // namespace proffer::recipes
