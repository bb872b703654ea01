// What a network is trained on: histories as rows of numbers, many at a time. Who makes them (which rows of
// which people, what each target weighs) is not the network's business.
//
// A Batch is filled by its source and read by any number of threads until it is filled again. Sources are
// deterministic: the same seed and epoch give the same batches, whatever the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "recipes/view.h"

namespace proffer::recipes {

/// One row of a bag: a row of a table of features, and how much of it.
struct Feature {
  uint32_t row = 0;
  float weight = 1;
};

/// Bags end to end: bag i is features[begins[i], begins[i + 1]).
struct FeatureBags {
  std::vector<uint32_t> begins{0};
  std::vector<Feature> features;

  size_t size() const { return begins.size() - 1; }
  std::span<const Feature> operator[](size_t i) const {
    return std::span(features).subspan(begins[i], begins[i + 1] - begins[i]);
  }
  void add(const Feature& feature) { features.push_back(feature); }
  void close() {
    begins.push_back(static_cast<uint32_t>(features.size()));
  }  ///< ends the bag that was added to
  void clear() {
    begins.assign(1, 0);
    features.clear();
  }
};

/// `steps` events of `lanes` histories; row = step * lanes + lane. A row's input is the vector of its item
/// plus the sum of its bag; what is predicted from it is `target`.
struct Batch {
  size_t steps = 0, lanes = 0;
  std::vector<Index> items;     ///< of the model; kNoIndex: none (the START of a history, padding)
  FeatureBags features;         ///< of the inputs' table: event type, context, time gap, the person
  std::vector<uint8_t> resets;  ///< 1: a history begins here, nothing before it counts
  std::vector<Index> targets;   ///< kNoIndex: nothing is learned from this row
  std::vector<float> weights;   ///< of the target in the loss; 0 where there is none

  size_t rows() const { return steps * lanes; }
};

/// Histories laid end to end in lanes. Lanes go on from batch to batch of one epoch: step 0 follows the last
/// step of the batch before.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual size_t lanes() const = 0;
  virtual size_t steps() const = 0;  ///< of each batch
  virtual size_t batchesPerEpoch() const = 0;
  virtual int64_t targetsPerEpoch() const = 0;
  /// How often each item is a target in an epoch, by item of the model.
  virtual std::span<const uint32_t> targetCounts() const = 0;
  /// Batch `index` of epoch `epoch` (whose order of histories is its own). Calls come in order of `index`,
  /// from 0, or begin anywhere after a return to a checkpoint. Replaces what was in `out`.
  virtual Result<void> fill(uint64_t epoch, size_t index, Batch& out) = 0;
};

}  // namespace proffer::recipes
