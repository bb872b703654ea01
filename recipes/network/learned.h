// All that a training changes: the network's numbers and Adam's moments of them. One thread writes.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "recipes/network/adam.h"
#include "recipes/network/encoder.h"
#include "recipes/network/tables.h"

namespace proffer::recipes::network {

struct Learned {
  /// As it is before the first step. `bags` must outlive it.
  Learned(const NetworkShape& shape, const FeatureBags& bags, std::span<const uint32_t> targetCounts,
          uint64_t seed);

  ItemTable<float> items;
  FeatureTable<float> inputs;
  std::unique_ptr<Encoder<float>> encoder;
  Moments ownMoments, biasMoments, featureMoments, inputMoments;
  std::vector<Moments> encoderMoments;
  uint64_t step = 0;  ///< batches learned from

  /// Everything, always in the same order.
  std::vector<Matrix<float>*> values();
  std::vector<Matrix<float>*> moments();
  /// Gives their memory back; nothing is learned any more.
  void dropMoments();
};

}  // namespace proffer::recipes::network
