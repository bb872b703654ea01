// The inverse of a symmetric positive definite matrix, in steps that each take a part of a second, so that
// who waits for it can stop it.
//
// Any thread; works on all cores. The same bits for any number of them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace proffer::recipes {

/// Replaces `matrix` (size * size numbers, column by column; what is above the diagonal is not read) by its
/// inverse; takes as much memory again. `goOn` is called after each step, from several threads: false ends
/// it, and the matrix holds nothing of use. False then.
bool invertPositiveDefinite(std::span<double> matrix, size_t size, const std::function<bool()>& goOn);
/// How many steps a matrix of this size takes.
size_t stepsOfInversion(size_t size);

}  // namespace proffer::recipes
