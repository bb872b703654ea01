// The content family: items related by what they are like and by who chose them (Similar-Items, More like X),
// or by what their texts say (Semantic-Similarity). Items that nobody chose yet are answered by what people
// choose with the items most like them.
//
// Stateless; any thread.
#pragma once

#include "recipes/content_rows.h"
#include "recipes/recipe.h"

namespace proffer::recipes {

struct ContentSettings {
  bool semantic = false;        ///< texts alone; nothing of what follows
  uint32_t window = 20;         ///< places apart in a history that still belong together
  double lifetimeWeight = 0.2;  ///< of a pair that was never in one basket
  RowSettings rows;
};

/// Those of the recipe, with its hyperparameters. kInvalidInput.
Result<ContentSettings> contentSettings(const TrainingConfiguration& configuration);
/// As ContentRecipe::train; for choosing settings.
Result<std::unique_ptr<Model>> trainContent(const TrainingInput& input,
                                            const TrainingConfiguration& configuration,
                                            const ContentSettings& settings, Progress& progress);

class ContentRecipe final : public Recipe {
 public:
  std::string_view family() const override { return "content"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints* checkpoints = nullptr) const override;
  int64_t memoryNeeded(int64_t interactions, int64_t users, int64_t items) const override;
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override;
};

}  // namespace proffer::recipes
