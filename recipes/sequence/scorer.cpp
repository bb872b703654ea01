#include "recipes/sequence/scorer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace proffer::recipes {
namespace {

constexpr size_t kSideBySide = 16;  // sums side by side, which the compiler keeps in vector registers

// e^x for x <= 0, without branches, so that a loop of it works on whole registers: 2^n e^r with r within half
// a log 2, by a polynomial whose coefficients are those of Cephes' expf. Off by less than 2e-7 of the value;
// 0 below -87.
inline float exponential(float x) {
  constexpr float kLog2e = 1.44269504F, kHigh = 0.693359375F, kLow = -2.12194440e-4F;
  constexpr float kRound = 12'582'912;  // 1.5 * 2^23: adding it rounds to a whole number
  const float bounded = x > -87.0F ? x : -87.0F;
  const float n = (bounded * kLog2e + kRound) - kRound;
  const float r = (bounded - n * kHigh) - n * kLow;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float value = p * r * r + r + 1;
  const float power = std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
  return x > -87.0F ? value * power : 0.0F;
}

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

ExponentialSum::ExponentialSum(std::span<const float> logits) {
  if (logits.empty()) return;
  float most[kSideBySide];
  std::fill_n(most, kSideBySide, logits[0]);
  size_t i = 0;
  for (; i + kSideBySide <= logits.size(); i += kSideBySide)
    for (size_t lane = 0; lane < kSideBySide; ++lane) most[lane] = std::max(most[lane], logits[i + lane]);
  for (; i < logits.size(); ++i) most[0] = std::max(most[0], logits[i]);
  most_ = *std::max_element(most, most + kSideBySide);
  constexpr size_t kBlock = 16 * kSideBySide;  // so many are added in single precision, each lane 16 of them
  for (size_t first = 0; first < logits.size(); first += kBlock) {
    const size_t last = std::min(logits.size(), first + kBlock);
    float sums[kSideBySide] = {};
    for (i = first; i + kSideBySide <= last; i += kSideBySide)
      for (size_t lane = 0; lane < kSideBySide; ++lane) sums[lane] += exponential(logits[i + lane] - most_);
    for (; i < last; ++i) sums[i % kSideBySide] += exponential(logits[i] - most_);
    float sum = 0;
    for (const float one : sums) sum += one;
    sum_ += static_cast<double>(sum);
  }
}

void ExponentialSum::replace(float was, float is) {
  sum_ += std::exp(static_cast<double>(is - most_)) - std::exp(static_cast<double>(was - most_));
}

double ExponentialSum::log() const {
  return sum_ > 0 ? static_cast<double>(most_) + std::log(sum_) : -std::numeric_limits<double>::infinity();
}

}  // namespace proffer::recipes
