// Training: batches from a source, the same steps in the same order for any number of threads. A batch is
// cut into a fixed number of parts by lanes; each is run by one thread from its inputs to its gradients,
// which are then added in the order of the parts.
//
// Used by one thread, which shares its work out by parallelFor.
#pragma once

#include <memory>
#include <vector>

#include "recipes/network/learned.h"
#include "recipes/network/negatives.h"
#include "recipes/network/softmax.h"

namespace proffer::recipes::network {

/// The lanes of one part, and what it needs from batch to batch.
struct Part {
  size_t firstLane = 0, lanes = 0;
  std::vector<uint32_t> rows;  ///< of the batch, in the encoder's order
  std::vector<uint8_t> resets;
  std::vector<uint32_t> itemSlots, targetSlots;
  std::vector<float> weights;
  Matrix<float> in, answers, dIn, carry;
  std::unique_ptr<Encoder<float>::Tape> tape;
  SharedNegativeSoftmax<float>::Work loss;
  Gradients<float> gradients;
};

/// Cuts `lanes` lanes of batches of `steps` steps.
std::vector<Part> partsOf(size_t steps, size_t lanes, Encoder<float>& encoder);

/// kInternal if a batch is not what its source and the shape promise.
Result<void> checkBatch(const Batch& batch, const BatchSource& source, const NetworkShape& shape);

/// Learns from one batch after the other.
class Learner {
 public:
  Learner(const NetworkShape& shape, const TrainingPlan& plan, const BatchSource& source, Learned& learned);
  struct Outcome {
    double loss = 0, weight = 0;  ///< sums over the batch's targets
  };
  Outcome learn(const Batch& batch, double learningRate);
  void startEpoch();
  std::vector<Part>& parts() { return parts_; }

 private:
  void assignSlots(const Batch& batch);
  void gatherVectors();
  void runPart(Part& part, size_t index, const Batch& batch);
  void addGradients();
  void addColumns(size_t first, size_t count);
  double squaredNorm();
  void update(const AdamStep& step);

  NetworkShape shape_;
  TrainingPlan plan_;
  Learned& learned_;
  Negatives negatives_;
  std::vector<Part> parts_;
  Slots slots_;  // of items
  std::vector<float> logExpected_, biases_, dBiases_;
  Matrix<float> vectors_, dVectors_;  // by slot
  RowGradients<float> itemFeatures_, inputFeatures_;
  std::vector<Matrix<float>> dEncoder_;
  size_t shared_ = 0;
  double totalWeight_ = 0;
};

/// The mean loss over `source`'s targets, full softmax. At most `mostLogits` logits are computed: with very
/// many items the first batches speak for all. kCancelled.
Result<double> heldOutLoss(const NetworkShape& shape, const Learned& learned, BatchSource& source,
                           double mostLogits, const Progress& progress);

}  // namespace proffer::recipes::network
