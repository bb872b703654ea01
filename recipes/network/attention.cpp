#include "recipes/network/attention.h"

#include <cmath>

#include "recipes/network/eigen.h"
#include "recipes/network/gemm.h"

namespace proffer::recipes::network {
namespace {
constexpr size_t kQueriesPerBlock = 64;
}

template <class S>
CausalAttention<S>::CausalAttention(std::string name, size_t heads, size_t headWidth, size_t window)
    : heads_(heads),
      headWidth_(headWidth),
      window_(window),
      distance_{name + "/distance", Matrix<S>(heads, window)} {}

// Near events count more from the beginning, differently for each head.
template <class S>
void CausalAttention<S>::initialize() {
  for (size_t head = 0; head < heads_; ++head)
    for (size_t at = 0; at < window_; ++at)
      distance_.value(head, at) =
          static_cast<S>(-std::log1p(static_cast<double>(window_ - 1 - at)) / static_cast<double>(head + 1));
}

template <class S>
void CausalAttention<S>::findFirst(std::span<const uint8_t> resets, Tape& tape) const {
  const size_t rows = tape.in->rows(), steps = rows / tape.lanes;
  tape.first.resize(rows);
  for (size_t lane = 0; lane < tape.lanes; ++lane) {
    size_t begin = 0;
    for (size_t step = 0; step < steps; ++step) {
      if (resets[lane * steps + step]) begin = step;
      const size_t reach = step + 1 > window_ ? step + 1 - window_ : 0;
      tape.first[lane * steps + step] = static_cast<uint32_t>(std::max(begin, reach));
    }
  }
}

template <class S>
template <class Visit>
void CausalAttention<S>::forEachBlock(const Tape& tape, const Visit& visit) const {
  const size_t steps = tape.in->rows() / tape.lanes;
  size_t at = 0;
  for (size_t lane = 0; lane < tape.lanes; ++lane)
    for (size_t step = 0; step < steps; step += kQueriesPerBlock) {
      const size_t row = lane * steps + step;
      const Block block{row, std::min(kQueriesPerBlock, steps - step), step, tape.first[row]};
      for (size_t head = 0; head < heads_; ++head) visit(block, head, at++);
    }
}

// Products to weights that add up to 1; 0 for what a row does not see.
template <class S>
void CausalAttention<S>::soften(const Block& block, size_t head, const Tape& tape, View<S> weights) const {
  const S scale = S{1} / std::sqrt(static_cast<S>(headWidth_));
  for (size_t i = 0; i < block.rows; ++i) {
    const size_t from = tape.first[block.row + i] - block.oldest, to = block.step + i + 1 - block.oldest;
    S* const row = weights.row(i);
    auto seen = array(row + from, to - from);
    seen = seen * scale + array(distance_.value.row(head) + window_ - (to - from), to - from);
    seen = (seen - seen.maxCoeff()).exp();
    seen *= S{1} / seen.sum();
    std::fill(row, row + from, S{0});
    std::fill(row + to, row + weights.cols, S{0});
  }
}

template <class S>
void CausalAttention<S>::forward(const Matrix<S>& in, std::span<const uint8_t> resets, size_t lanes,
                                 Tape& tape, Matrix<S>& out) const {
  tape.lanes = lanes, tape.in = &in;
  findFirst(resets, tape);
  out.resize(in.rows(), width());
  tape.begins.clear();
  size_t size = 0;
  forEachBlock(tape, [&](const Block& block, size_t, size_t) {
    tape.begins.push_back(size);
    size += block.rows * padded(block.keys());
  });
  tape.weights.resize(1, size);
  forEachBlock(tape, [&](const Block& block, size_t head, size_t at) {
    const size_t keys = block.keys(), oldest = block.row - block.step + block.oldest;
    const View<S> weights{tape.weights.data() + tape.begins[at], block.rows, keys, padded(keys)};
    const auto part = [&](size_t which, size_t first, size_t rows) {
      return in.rowsOf(first, rows).colsOf(which * width() + head * headWidth_, headWidth_);
    };
    multiplyByTransposed<S>(part(0, block.row, block.rows), part(1, oldest, keys), weights);
    soften(block, head, tape, weights);
    multiply<S>(weights, part(2, oldest, keys),
                out.rowsOf(block.row, block.rows).colsOf(head * headWidth_, headWidth_));
  });
}

template <class S>
void CausalAttention<S>::backward(Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn,
                                  Gradients<S>& gradients) const {
  const Matrix<S>& in = *tape.in;
  dIn.resize(in.rows(), in.cols());
  dIn.setZero();
  const S scale = S{1} / std::sqrt(static_cast<S>(headWidth_));
  Matrix<S>& dDistance = gradients[distance_];
  forEachBlock(tape, [&](const Block& block, size_t head, size_t at) {
    const size_t keys = block.keys(), oldest = block.row - block.step + block.oldest;
    const View<S> weights{tape.weights.data() + tape.begins[at], block.rows, keys, padded(keys)};
    tape.dWeights.resize(block.rows, padded(keys));
    const View<S> d{tape.dWeights.data(), block.rows, keys, padded(keys)};
    const auto part = [&](auto view, size_t which, size_t first, size_t rows) {
      return view.rowsOf(first, rows).colsOf(which * width() + head * headWidth_, headWidth_);
    };
    const View<const S> dRows = part(dOut.view(), 0, block.row, block.rows);
    multiplyTransposed<S>(weights, dRows, part(dIn.view(), 2, oldest, keys), true);
    multiplyByTransposed<S>(dRows, part(in.view(), 2, oldest, keys), d);
    for (size_t i = 0; i < block.rows; ++i) {
      const auto weight = array(weights.row(i), keys);
      auto row = array(d.row(i), keys);
      row = weight * (row - (row * weight).sum());
      const size_t from = tape.first[block.row + i] - block.oldest, to = block.step + i + 1 - block.oldest;
      array(dDistance.row(head) + window_ - (to - from), to - from) += array(d.row(i) + from, to - from);
      row *= scale;
    }
    multiply<S>(d, part(in.view(), 1, oldest, keys), part(dIn.view(), 0, block.row, block.rows), true);
    multiplyTransposed<S>(d, part(in.view(), 0, block.row, block.rows), part(dIn.view(), 1, oldest, keys),
                          true);
  });
}

template <class S>
void CausalAttention<S>::step(const S* query, const S* keys, const S* values, size_t newest, size_t count,
                              S* out) const {
  const S scale = S{1} / std::sqrt(static_cast<S>(headWidth_));
  std::vector<S> weights(count);
  const auto slot = [&](size_t distance) { return (newest + window_ - distance) % window_; };
  for (size_t head = 0; head < heads_; ++head) {
    const auto q = array(query + head * headWidth_, headWidth_);
    for (size_t distance = 0; distance < count; ++distance) {
      const auto key = array(keys + slot(distance) * width() + head * headWidth_, headWidth_);
      weights[distance] = (q * key).sum() * scale + distance_.value(head, window_ - 1 - distance);
    }
    auto all = array(weights.data(), count);
    all = (all - all.maxCoeff()).exp();
    all *= S{1} / all.sum();
    auto sum = array(out + head * headWidth_, headWidth_);
    sum.setZero();
    for (size_t distance = 0; distance < count; ++distance)
      sum += weights[distance] * array(values + slot(distance) * width() + head * headWidth_, headWidth_);
  }
}

template class CausalAttention<float>;
template class CausalAttention<double>;

}  // namespace proffer::recipes::network
