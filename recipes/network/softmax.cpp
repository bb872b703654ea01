#include "recipes/network/softmax.h"

#include <cmath>

#include "recipes/network/eigen.h"
#include "recipes/network/gemm.h"

namespace proffer::recipes::network {
namespace {
constexpr size_t kRowsPerBlock = 256;  // their logits stay in the cache
}

// `logits`: products in, their gradients out.
template <class S>
void SharedNegativeSoftmax<S>::learnRow(const SoftmaxQuestion<S>& question, const S* answer, uint32_t target,
                                        S weight, S* logits, S& dTarget, Work& work) {
  auto row = array(logits, question.shared);
  const bool among = target < question.shared;
  row += array(work.offsets.data(), question.shared);
  if (among) row[target] += question.logExpected[target];
  const size_t width = question.vectors.cols;
  const S own = among ? row[target]
                      : (array(answer, width) * array(question.vectors.row(target), width)).sum() +
                            question.biases[target];
  const S most = std::max(own, question.shared > 0 ? row.maxCoeff() : own);
  row = (row - most).exp();
  const S ownShare = std::exp(own - most);
  const S sum = row.sum() + (among ? S{0} : ownShare);
  work.loss += static_cast<double>(weight) * static_cast<double>(std::log(sum) + most - own);
  const S scale = weight / static_cast<S>(question.totalWeight);
  row *= scale / sum;
  if (among)
    row[target] -= scale;
  else
    dTarget = scale * (ownShare / sum - S{1});
}

template <class S>
void SharedNegativeSoftmax<S>::run(const SoftmaxQuestion<S>& question, const Matrix<S>& answers,
                                   std::span<const uint32_t> targets, std::span<const float> weights,
                                   Work& work) {
  const size_t rows = answers.rows(), width = answers.cols(), shared = question.shared;
  work.loss = 0;
  work.dAnswers.resize(rows, width);
  work.dShared.resize(shared, width);
  work.dShared.setZero();
  work.dBiases.assign(shared, S{0});
  work.dTargets.assign(rows, S{0});
  work.logits.resize(kRowsPerBlock, padded(shared));
  work.offsets.resize(shared);
  for (size_t j = 0; j < shared; ++j) work.offsets[j] = question.biases[j] - question.logExpected[j];
  const View<const S> vectors = question.vectors.rowsOf(0, shared);
  for (size_t first = 0; first < rows; first += kRowsPerBlock) {
    const size_t count = std::min(kRowsPerBlock, rows - first);
    const View<S> logits = work.logits.rowsOf(0, count).colsOf(0, shared);
    const View<const S> block = answers.rowsOf(first, count);
    multiplyByTransposed<S>(block, vectors, logits);
    for (size_t i = 0; i < count; ++i) {
      const size_t row = first + i;
      if (targets[row] == kNoSlot)
        std::fill_n(logits.row(i), shared, S{0});
      else
        learnRow(question, answers.row(row), targets[row], static_cast<S>(weights[row]), logits.row(i),
                 work.dTargets[row], work);
    }
    multiply<S>(logits, vectors, work.dAnswers.rowsOf(first, count));
    multiplyTransposed<S>(logits, block, work.dShared, true);
    addColumnSums<S>(logits, work.dBiases.data());
  }
  for (size_t row = 0; row < rows; ++row)
    if (work.dTargets[row] != 0)
      array(work.dAnswers.row(row), width) +=
          work.dTargets[row] * array(question.vectors.row(targets[row]), width);
}

template class SharedNegativeSoftmax<float>;
template class SharedNegativeSoftmax<double>;

}  // namespace proffer::recipes::network
