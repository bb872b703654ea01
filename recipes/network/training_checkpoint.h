// What a training needs to go on as if it had never stopped: everything learned, the moments, the lanes'
// states, the best epoch so far, the reports. Used by the training's thread.
#pragma once

#include <vector>

#include "recipes/network/learned.h"
#include "recipes/network/trainer.h"

namespace proffer::recipes::network {

/// Where a training is, besides what it has learned.
struct TrainingPosition {
  uint64_t epoch = 0, batch = 0;  ///< the next one
  double loss = 0, weight = 0;    ///< sums of the epoch under way
  double seconds = 0;             ///< spent on it
  double bestLoss = 0;
  std::vector<std::vector<float>> best;  ///< values of the best epoch; empty: none
  std::vector<EpochReport> reports;
};

void saveCheckpoint(const NetworkShape& shape, const TrainingPlan& plan, Learned& learned,
                    const std::vector<Part>& parts, const TrainingPosition& position, SectionWriter& out);

/// False, and nothing is changed, if the sections are not of this training.
bool loadCheckpoint(const SectionReader& in, const NetworkShape& shape, const TrainingPlan& plan,
                    Learned& learned, std::vector<Part>& parts, TrainingPosition& position);

std::vector<std::vector<float>> copyOf(const std::vector<Matrix<float>*>& values);
void restore(const std::vector<std::vector<float>>& from, const std::vector<Matrix<float>*>& values);

}  // namespace proffer::recipes::network
