#include <cmath>

#include "base/parallel.h"
#include "recipes/network/eigen.h"
#include "recipes/network/gemm.h"
#include "recipes/network/trainer.h"

namespace proffer::recipes::network {
namespace {

constexpr size_t kItemsPerBlock = 512;
constexpr size_t kRowsPerBlock = 256;
constexpr size_t kGroups = 16;  // of items; a fixed number, whose sums are added in order

// log of a sum of exponentials, as it grows.
struct LogSum {
  float most = -std::numeric_limits<float>::infinity();
  double sum = 0;
  void add(float otherMost, double otherSum) {
    const float top = std::max(most, otherMost);
    if (top == -std::numeric_limits<float>::infinity()) return;
    sum = sum * std::exp(static_cast<double>(most - top)) +
          otherSum * std::exp(static_cast<double>(otherMost - top));
    most = top;
  }
  double value() const { return std::log(sum) + most; }
};

// What is asked of one batch: its answers where something is to be predicted.
struct Asked {
  Matrix<float> answers;
  std::vector<Index> targets;
  std::vector<float> weights;
};

class HeldOut {
 public:
  HeldOut(const NetworkShape& shape, const Learned& learned, const BatchSource& source,
          const Progress& progress)
      : shape_(shape),
        learned_(learned),
        progress_(progress),
        parts_(partsOf(source.steps(), source.lanes(), *learned.encoder)) {}

  double logits = 0, loss = 0, weight = 0;

  void measure(const Batch& batch) {
    parallelFor(parts_.size(), [&](size_t p) { runPart(parts_[p], batch); });
    collect(batch);
    const size_t rows = asked_.targets.size();
    if (rows == 0) return;
    std::vector<std::vector<LogSum>> sums(kGroups, std::vector<LogSum>(rows));
    parallelFor(kGroups, [&](size_t group) { addItems(group, sums[group]); });
    Matrix<float> target(1, asked_.answers.cols());
    for (size_t i = 0; i < rows; ++i) {
      for (size_t group = 1; group < kGroups; ++group)
        sums[0][i].add(sums[group][i].most, sums[group][i].sum);
      learned_.items.vectorOf(asked_.targets[i], target.data());
      const float own =
          (array(target.data(), target.cols()) * array(asked_.answers.row(i), target.cols())).sum() +
          learned_.items.biases.data()[asked_.targets[i]];
      loss += asked_.weights[i] * (sums[0][i].value() - static_cast<double>(own));
      weight += asked_.weights[i];
    }
    logits += static_cast<double>(rows) * static_cast<double>(shape_.items);
  }

 private:
  void runPart(Part& part, const Batch& batch) {
    const size_t width = learned_.items.own.cols();
    part.in.resize(part.rows.size(), width);
    part.resets.clear();
    for (size_t i = 0; i < part.rows.size(); ++i) {
      const uint32_t row = part.rows[i];
      part.resets.push_back(batch.resets[row]);
      if (batch.items[row] == kNoIndex)
        std::fill_n(part.in.row(i), width, 0.F);
      else
        learned_.items.vectorOf(batch.items[row], part.in.row(i));
      learned_.inputs.add(batch.features[row], part.in.row(i));
    }
    learned_.encoder->run({part.lanes, part.resets, {}, 0}, part.in, part.carry, *part.tape, part.answers);
  }

  void collect(const Batch& batch) {
    asked_.targets.clear(), asked_.weights.clear();
    for (const Part& part : parts_)
      for (const uint32_t row : part.rows)
        if (batch.targets[row] != kNoIndex && batch.weights[row] > 0) {
          asked_.targets.push_back(batch.targets[row]);
          asked_.weights.push_back(batch.weights[row]);
        }
    asked_.answers.resize(asked_.targets.size(), learned_.items.own.cols());
    size_t at = 0;
    for (const Part& part : parts_)
      for (size_t i = 0; i < part.rows.size(); ++i)
        if (batch.targets[part.rows[i]] != kNoIndex && batch.weights[part.rows[i]] > 0)
          std::copy_n(part.answers.row(i), part.answers.cols(), asked_.answers.row(at++));
  }

  void addItems(size_t group, std::vector<LogSum>& sums) const {
    const size_t width = learned_.items.own.cols(), rows = asked_.targets.size();
    const size_t begin = shape_.items * group / kGroups, end = shape_.items * (group + 1) / kGroups;
    Matrix<float> vectors(kItemsPerBlock, width), products(kRowsPerBlock, kItemsPerBlock);
    for (size_t first = begin; first < end && !progress_.cancelled(); first += kItemsPerBlock) {
      const size_t count = std::min(kItemsPerBlock, end - first);
      for (size_t i = 0; i < count; ++i)
        learned_.items.vectorOf(static_cast<Index>(first + i), vectors.row(i));
      for (size_t row = 0; row < rows; row += kRowsPerBlock) {
        const size_t some = std::min(kRowsPerBlock, rows - row);
        const View<float> block = products.rowsOf(0, some).colsOf(0, count);
        multiplyByTransposed<float>(asked_.answers.rowsOf(row, some), vectors.rowsOf(0, count), block);
        for (size_t i = 0; i < some; ++i) {
          auto logit = array(block.row(i), count);
          logit += array(learned_.items.biases.data() + first, count);
          const float most = logit.maxCoeff();
          sums[row + i].add(most, static_cast<double>((logit - most).exp().sum()));
        }
      }
    }
  }

  const NetworkShape& shape_;
  const Learned& learned_;
  const Progress& progress_;
  std::vector<Part> parts_;
  Asked asked_;
};

}  // namespace

Result<double> heldOutLoss(const NetworkShape& shape, const Learned& learned, BatchSource& source,
                           double mostLogits, const Progress& progress) {
  HeldOut heldOut(shape, learned, source, progress);
  Batch batch;
  for (size_t index = 0; index < source.batchesPerEpoch() && heldOut.logits < mostLogits; ++index) {
    PROFFER_CHECK(source.fill(0, index, batch));
    PROFFER_CHECK(checkBatch(batch, source, shape));
    heldOut.measure(batch);
    if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  }
  return heldOut.weight > 0 ? heldOut.loss / heldOut.weight : 0.0;
}

}  // namespace proffer::recipes::network
