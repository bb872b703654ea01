#include "recipes/network/adam.h"

#include <cmath>

#include "recipes/network/eigen.h"

namespace proffer::recipes::network {
namespace {
constexpr double kBeta1 = 0.9, kBeta2 = 0.98;
constexpr float kEpsilon = 1e-8F;
}  // namespace

AdamStep::AdamStep(double theRate, uint64_t step, double theScale)
    : rate(static_cast<float>(theRate)),
      scale(static_cast<float>(theScale)),
      firstCorrection(static_cast<float>(1 / (1 - std::pow(kBeta1, static_cast<double>(step))))),
      secondCorrection(static_cast<float>(1 / (1 - std::pow(kBeta2, static_cast<double>(step))))) {}

void adam(const AdamStep& step, const float* gradient, float* value, float* first, float* second,
          size_t count) {
  const auto g = array(gradient, count) * step.scale;
  auto m = array(first, count), v = array(second, count);
  m += (g - m) * static_cast<float>(1 - kBeta1);
  v += (g.square() - v) * static_cast<float>(1 - kBeta2);
  array(value, count) -=
      (step.rate * step.firstCorrection) * m / ((v * step.secondCorrection).sqrt() + kEpsilon);
}

double sumOfSquares(const float* values, size_t count) {
  return count == 0 ? 0 : static_cast<double>(array(values, count).square().sum());
}

}  // namespace proffer::recipes::network
