// Adam. Rows of tables that a batch did not touch keep their moments as they are: a step costs what the batch
// touched, not what the tables hold. Pure functions on what they are given; one thread per row.
#pragma once

#include <cstdint>

#include "recipes/network/matrix.h"

namespace proffer::recipes::network {

/// Means of the gradient and of its square.
struct Moments {
  Matrix<float> first, second;
  Moments() = default;
  Moments(size_t rows, size_t cols) : first(rows, cols), second(rows, cols) {}
};

struct AdamStep {
  float rate;       ///< of this step
  float scale = 1;  ///< of the gradients (clipping)
  float firstCorrection, secondCorrection;
  /// `step` counts from 1.
  AdamStep(double rate, uint64_t step, double scale);
};

/// Of `count` numbers that lie together.
void adam(const AdamStep& step, const float* gradient, float* value, float* first, float* second,
          size_t count);

double sumOfSquares(const float* values, size_t count);

}  // namespace proffer::recipes::network
