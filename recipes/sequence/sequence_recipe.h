// The sequence family: what each person will choose next, from the order of what they chose. HRNN,
// HRNN-Metadata, HRNN-Coldstart, User-Personalization and Personalized-Ranking are one recurrent network,
// User-Personalization-v2 and Personalized-Ranking-v2 one of causal self-attention; Top picks for you and
// Recommended for you are User-Personalization. docs/recipes.md says how they are trained.
//
// Stateless; any thread.
#pragma once

#include "recipes/recipe.h"

namespace proffer::recipes {

class SequenceRecipe final : public Recipe {
 public:
  /// For measurements: what the answer is made of.
  enum class Answers { kSum, kNetworkAlone, kCountsAlone };
  explicit SequenceRecipe(Answers answers = Answers::kSum) : answers_(answers) {}

  std::string_view family() const override { return "sequence"; }
  Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       Progress& progress, Checkpoints* checkpoints = nullptr) const override;
  int64_t memoryNeeded(int64_t interactions, int64_t users, int64_t items) const override;
  bool updates() const override { return true; }
  /// New items get the vector of their metadata, and counts of what followed them; new people are answered
  /// from their events as all are. The network's weights stay.
  Result<std::unique_ptr<Model>> update(const Model& trained, const TrainingInput& input,
                                        const TrainingConfiguration& configuration,
                                        Progress& progress) const override;
  Result<std::unique_ptr<Model>> open(const SectionReader& sections) const override;

 private:
  Answers answers_;
};

}  // namespace proffer::recipes
