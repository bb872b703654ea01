// The loss: how surprised the network is by what came next, by a softmax over the target and items that all
// rows share. These are the whole catalogue, or a sample; then each one's share of the sum is divided by how
// often it was expected to be drawn, so that the sum estimates that over the whole catalogue. A row's own
// target among them counts once, as what it is.
//
// One thread per Work; the question may be shared.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recipes/network/matrix.h"
#include "recipes/network/tables.h"

namespace proffer::recipes::network {

template <class S>
struct SoftmaxQuestion {
  View<const S> vectors;           ///< of all slots; the first `shared` are held against every row
  std::span<const S> biases;       ///< of all slots
  std::span<const S> logExpected;  ///< of the shared ones: log of how often each was expected; 0: certain
  size_t shared = 0;
  double totalWeight = 1;  ///< of all rows of the batch: the loss is divided by it
};

template <class S>
class SharedNegativeSoftmax {
 public:
  struct Work {
    double loss = 0;  ///< sum of weight * surprise, not divided
    Matrix<S> dAnswers, dShared;
    std::vector<S> dBiases;   ///< of the shared
    std::vector<S> dTargets;  ///< per row: of its target's logit, where that is not among the shared
    Matrix<S> logits;
    std::vector<S> offsets;
  };
  /// `targets`: slots, kNoSlot where nothing is learned; answers: rows x width.
  static void run(const SoftmaxQuestion<S>& question, const Matrix<S>& answers,
                  std::span<const uint32_t> targets, std::span<const float> weights, Work& work);

 private:
  static void learnRow(const SoftmaxQuestion<S>& question, const S* answer, uint32_t target, S weight,
                       S* logits, S& dTarget, Work& work);
};

}  // namespace proffer::recipes::network
