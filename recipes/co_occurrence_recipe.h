// The co-occurrence family: items related to an item, by how many people had both. aws-sims and the use cases
// Because you watched X, Customers who viewed X also viewed and Frequently bought together are the same
// counter (co_occurrence.h) with other settings; docs/recipes.md says which and why.
//
// Stateless; any thread.
#pragma once

#include "recipes/co_occurrence.h"
#include "recipes/histories.h"
#include "recipes/recipe.h"

namespace proffer::recipes {

/// One recipe of the family. score(a, b) = weight(a, b) / ((people(b) + damping * typical)^discount *
/// (people(a) + shrink)^rowPower), where `typical` is how many people the item of a random choice has: the
/// discount is for items near it and above, not for the long tail. Within a row only the first factor
/// matters, the second makes scores of different rows comparable.
struct RelatedProfile {
  HistoryCut cut;
  CoOccurrenceSettings counting;
  double discount = 0.5;
  double damping = 0;
  double rowPower = 1;
  double shrink = 0;
  std::string detail;  ///< what the people of a pair did
};

/// That of the configuration's recipe, with its hyperparameters. kInvalidInput.
Result<RelatedProfile> relatedProfile(const TrainingConfiguration& configuration);
/// As CoOccurrenceRecipe::train; for choosing settings.
Result<std::unique_ptr<Model>> trainRelated(const TrainingInput& input,
                                            const TrainingConfiguration& configuration,
                                            RelatedProfile profile, Progress& progress);

class CoOccurrenceRecipe final : public Recipe {
 public:
  std::string_view family() const override { return "co-occurrence"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints* checkpoints = nullptr) const override;
  int64_t memoryNeeded(int64_t interactions, int64_t users, int64_t items) const override;
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override;
};

}  // namespace proffer::recipes
