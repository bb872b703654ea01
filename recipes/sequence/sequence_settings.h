// A sequence recipe's settings, from its name and hyperparameters. Plain values and pure functions.
#pragma once

#include "base/error.h"
#include "recipes/network/network.h"
#include "recipes/recipe.h"
#include "recipes/sequence/inputs.h"
#include "recipes/sequence/lane_packer.h"
#include "recipes/sequence/training_part.h"

namespace proffer::recipes {

struct SequenceSettings {
  bool attention = false;
  size_t hidden = 149, bptt = 32;
  bool recency = true;  ///< later events weigh more as targets
  LengthCut cut;
  InputChoice inputs;
  bool coldOnly = false;  ///< only items that are new are answered (HRNN-Coldstart)
  uint32_t coldInteractions = 15;
  double coldDays = 5;
  bool coldFromNow = false;
};

/// kInvalidInput: no recipe of the family, or hyperparameters out of their range.
Result<SequenceSettings> sequenceSettings(const TrainingConfiguration& configuration);

/// Lanes and steps of a training of so many events; without a longer history than `longest`.
LaneSettings laneSettings(const SequenceSettings& settings, int64_t events, size_t longest, uint64_t seed);
NetworkShape networkShape(const SequenceSettings& settings, size_t items, const SequenceInputs& inputs,
                          size_t longest);
TrainingPlan trainingPlan(const SequenceSettings& settings, int64_t events, size_t items, uint64_t seed);

}  // namespace proffer::recipes
