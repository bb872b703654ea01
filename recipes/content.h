// The content family: items related by what they are like and by who chose them (Similar-Items, More like X),
// or by what their texts say (Semantic-Similarity). Items that nobody chose yet are answered by what people
// choose with the items most like them.
//
// Stateless; any thread.
#pragma once

#include "recipes/recipe.h"

namespace proffer::recipes {

class ContentRecipe final : public Recipe {
 public:
  std::string_view family() const override { return "content"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints* checkpoints = nullptr) const override;
  int64_t memoryNeeded(int64_t interactions, int64_t users, int64_t items) const override;
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override;
};

}  // namespace proffer::recipes
