#include "recipes/sequence/scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace proffer::recipes {
namespace {

constexpr size_t kSideBySide = 16;  // sums side by side, which the compiler keeps in vector registers

}  // namespace

float innerProduct(const float* a, const float* b, size_t size) {
  float sums[kSideBySide] = {};
  size_t i = 0;
  for (; i + kSideBySide <= size; i += kSideBySide)
    for (size_t lane = 0; lane < kSideBySide; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  float rest = 0;
  for (; i < size; ++i) rest += a[i] * b[i];
  for (size_t width = kSideBySide / 2; width > 0; width /= 2)
    for (size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  return sums[0] + rest;
}

void denseLogits(std::span<const float> vectors, std::span<const float> biases, std::span<const float> answer,
                 double scale, std::span<float> out) {
  const size_t size = answer.size();
  const auto factor = static_cast<float>(scale);
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = factor * (innerProduct(vectors.data() + i * size, answer.data(), size) + biases[i]);
}

double logSumExp(std::span<const float> logits) {
  if (logits.empty()) return -std::numeric_limits<double>::infinity();
  const float most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += static_cast<double>(std::exp(logit - most));
  return static_cast<double>(most) + std::log(sum);
}

}  // namespace proffer::recipes
