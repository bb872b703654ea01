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

/// log(sum of exp(logits)); -infinity for none.
double logSumExp(std::span<const float> logits);

}  // namespace proffer::recipes
