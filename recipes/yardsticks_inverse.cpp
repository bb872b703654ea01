#include "recipes/yardsticks_inverse.h"

#include <Eigen/Dense>
#include <algorithm>
#include <atomic>

#include "base/parallel.h"

namespace proffer::recipes {
namespace {

// A step on 6,000 rows is some 5 billion multiplications.
constexpr Eigen::Index kStep = 128;

size_t blocksOf(Eigen::Index size) {
  return static_cast<size_t>((size + kStep - 1) / kStep);
}

// Calls body(first, count) for the blocks of [first, size).
template <class Body>
void forEachBlock(Eigen::Index first, Eigen::Index size, const Body& body) {
  parallelFor(blocksOf(size - first), [&](size_t block) {
    const Eigen::Index at = first + static_cast<Eigen::Index>(block) * kStep;
    body(at, std::min(kStep, size - at));
  });
}

// The Cholesky factor, in the lower half.
bool factorize(Eigen::Map<Eigen::MatrixXd>& matrix, const std::function<bool()>& goOn) {
  const Eigen::Index size = matrix.rows();
  for (Eigen::Index at = 0; at < size; at += kStep) {
    const Eigen::Index count = std::min(kStep, size - at), next = at + count;
    const Eigen::MatrixXd corner = matrix.block(at, at, count, count).llt().matrixL();
    matrix.block(at, at, count, count) = corner;
    forEachBlock(next, size, [&](Eigen::Index row, Eigen::Index rows) {
      auto below = matrix.block(row, at, rows, count);
      corner.transpose().triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(below);
    });
    forEachBlock(next, size, [&](Eigen::Index column, Eigen::Index columns) {
      matrix.block(column, column, size - column, columns).noalias() -=
          matrix.block(column, at, size - column, count) *
          matrix.block(column, at, columns, count).transpose();
    });
    if (!goOn()) return false;
  }
  return true;
}

}  // namespace

bool invertPositiveDefinite(std::span<double> numbers, size_t rows, const std::function<bool()>& goOn) {
  const auto size = static_cast<Eigen::Index>(rows);
  Eigen::Map<Eigen::MatrixXd> matrix(numbers.data(), size, size);
  if (!factorize(matrix, goOn)) return false;
  // Columns from `at` on of the inverse, below the diagonal, depend on the factor's rows and columns from
  // `at` on only.
  Eigen::MatrixXd inverse(size, size);
  std::atomic<bool> ended{false};
  forEachBlock(0, size, [&](Eigen::Index at, Eigen::Index count) {
    if (ended.load(std::memory_order_relaxed)) return;
    const Eigen::Index rest = size - at;
    const auto factor = matrix.bottomRightCorner(rest, rest);
    Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(rest, count);
    columns.topRows(count).setIdentity();
    factor.triangularView<Eigen::Lower>().solveInPlace(columns);
    factor.transpose().triangularView<Eigen::Upper>().solveInPlace(columns);
    inverse.block(at, at, rest, count) = columns;
    if (!goOn()) ended = true;
  });
  if (ended) return false;
  matrix.triangularView<Eigen::Lower>() = inverse;
  matrix.triangularView<Eigen::StrictlyUpper>() = inverse.transpose();
  return true;
}

size_t stepsOfInversion(size_t size) {
  return 2 * blocksOf(static_cast<Eigen::Index>(size));
}

}  // namespace proffer::recipes
