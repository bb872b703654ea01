// Causal attention with a sliding window: an event looks at the last `window` events of its own history,
// itself included. Where they stand enters only as a learned number per head and distance, so that a ring of
// the last keys and values gives exactly what a run gives. Rows are lane-major: lane * steps + step.
// Otherwise as linear.h says.
#pragma once

#include <cstdint>
#include <span>

#include "recipes/network/parameter.h"

namespace proffer::recipes::network {

template <class S>
class CausalAttention {
 public:
  struct Tape {
    size_t lanes = 0;
    const Matrix<S>* in = nullptr;
    std::vector<uint32_t> first;  ///< per row: the oldest step it sees
    std::vector<size_t> begins;   ///< of the weights of each block of rows, in the order of the loops
    Matrix<S> weights, dWeights;
  };
  CausalAttention(std::string name, size_t heads, size_t headWidth, size_t window);
  void initialize();
  Parameters<S> parameters() { return {&distance_}; }
  size_t width() const { return heads_ * headWidth_; }
  size_t window() const { return window_; }

  /// `in`: queries, keys and values beside each other (rows x 3 width); `out`: rows x width.
  void forward(const Matrix<S>& in, std::span<const uint8_t> resets, size_t lanes, Tape& tape,
               Matrix<S>& out) const;
  void backward(Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn, Gradients<S>& gradients) const;
  /// One event: `keys` and `values` are rings of `window` rows, the newest at `newest` (its own), `count` of
  /// them written.
  void step(const S* query, const S* keys, const S* values, size_t newest, size_t count, S* out) const;

 private:
  // A few rows of one lane and head, and the steps that any of them sees.
  struct Block {
    size_t row, rows;  // of the batch
    size_t step;       // of the first row
    size_t oldest;     // step
    size_t keys() const { return step + rows - oldest; }
  };
  template <class Visit>
  void forEachBlock(const Tape& tape, const Visit& visit) const;
  void findFirst(std::span<const uint8_t> resets, Tape& tape) const;
  void soften(const Block& block, size_t head, const Tape& tape, View<S> weights) const;

  size_t heads_, headWidth_, window_;
  Parameter<S> distance_;  // heads x window; the last is distance 0
};

}  // namespace proffer::recipes::network
