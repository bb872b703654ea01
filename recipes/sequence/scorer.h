// The dense part of an answer: the inner products of one vector with those of all items, and the logarithm of
// the sum of their exponentials.
//
// Pure functions; any thread. The same bits whatever else runs: sums are taken in a fixed order.
#pragma once

#include <cstddef>
#include <span>

namespace proffer::recipes {

/// out[i] = scale * (vectors[i] . answer + biases[i]); `vectors` row-major, answer.size() a row.
void denseLogits(std::span<const float> vectors, std::span<const float> biases, std::span<const float> answer,
                 double scale, std::span<float> out);
float innerProduct(const float* a, const float* b, size_t size);

/// The sum of exp(logit) over a catalogue, in which single logits can be replaced. Its terms are off by at
/// most 3e-7 of theirs, their sum is taken in double.
class ExponentialSum {
 public:
  explicit ExponentialSum(std::span<const float> logits);
  void replace(float was, float is);
  /// The logarithm; -infinity for none.
  double log() const;

 private:
  float most_ = 0;
  double sum_ = 0;
};

}  // namespace proffer::recipes
