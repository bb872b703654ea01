// A trained sequence network: a person's events in, one vector out; its inner product with an item's vector,
// plus the item's bias, is the item's logit.
//
//   input of an event   x_t = v(item) + sum of its bag in the table of input features
//   vector of an item   v(i) = E_i + sum of the item's bag in the table of item features   (tied: inputs and
//   outputs) encoder             h_t, s_t = step(x_t, s_t-1): one recurrent layer (GRU), or causal
//   self-attention over a window answer              logit(i) = h_t . v(i) + b_i
//
// Immutable after training or opening; any thread. Everything between events is in the state, a flat span of
// floats (GRU: hidden units; attention: a ring of keys and values), so caches and explanations do not know
// which encoder it is. n steps give what a run over n events gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/network/batch.h"
#include "recipes/recipe.h"
#include "recipes/sections.h"

namespace proffer::recipes {

struct NetworkShape {
  enum class Encoder { kRecurrent, kAttention } encoder = Encoder::kRecurrent;
  size_t items = 0;
  size_t itemFeatures = 0;                                       ///< rows of the table that items' bags name
  size_t inputFeatures = 0;                                      ///< rows of the table that events' bags name
  size_t dimension = 64;                                         ///< of item vectors and of the answer
  size_t hidden = 64;                                            ///< recurrent: units
  size_t blocks = 2, heads = 1, feedForward = 64, window = 200;  ///< attention
};

struct TrainingPlan {
  double learningRate = 4e-3, warmup = .05, finalRate = .02;  ///< Adam; linear up, linear down
  double clip = 5, dropout = .2;
  size_t epochs = 10;
  /// Items each batch is held against beside its own targets; 0: all of them (the full softmax).
  size_t negatives = 1024;
  uint64_t seed = 1;
  /// Keep the epoch with the least loss on what is held out, if there is such a source.
  bool keepBest = true;
  /// Within an epoch; there is a checkpoint after each anyway. Changes nothing of what is learned.
  double secondsBetweenCheckpoints = 300;
};

struct EpochReport {
  size_t epoch = 0;
  double loss = 0;         ///< mean over targets, nats
  double heldOutLoss = 0;  ///< the same over what is held out, full softmax; 0 without
  double eventsPerSecond = 0, seconds = 0, secondsLeft = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual const NetworkShape& shape() const = 0;
  virtual size_t stateSize() const = 0;
  virtual void initial(std::span<float> state) const = 0;
  /// One event: `item` (kNoIndex: none) and its bag; `state` becomes the next one, `answer` (dimension) is h.
  virtual void step(Index item, std::span<const Feature> features, std::span<float> state,
                    std::span<float> answer) const = 0;
  /// v(i) of every item, row-major items x dimension (not padded), without copying; and b.
  virtual std::span<const float> itemVectors() const = 0;
  virtual std::span<const float> itemBiases() const = 0;
  /// The vector that an item without interactions gets from its bag alone.
  virtual void vectorOf(std::span<const Feature> itemBag, std::span<float> vector) const = 0;
  virtual void save(SectionWriter& out) const = 0;  ///< sections "network/..."
  virtual int64_t residentBytes() const = 0;

  /// kCorrupt if the sections contradict each other. Lies over the sections' bytes.
  static Result<std::unique_ptr<Network>> open(const SectionReader& in);
};

/// Learns. `itemBags`: one per item (may be of size 0 if shape.itemFeatures is 0). `heldOut` may be null.
/// Goes on from `checkpoints` if there is one of this training; saves one after every epoch. The same bits
/// for the same seed, whatever the number of threads. kCancelled.
Result<std::unique_ptr<Network>> trainNetwork(const NetworkShape& shape, const FeatureBags& itemBags,
                                              const TrainingPlan& plan, BatchSource& training,
                                              BatchSource* heldOut, Progress& progress,
                                              Checkpoints* checkpoints, std::vector<EpochReport>* reports);

}  // namespace proffer::recipes
