// A gated recurrent unit whose reset gate comes after the recurrent product, so that a step is one product:
//   r, z = sigmoid(...),  n = tanh(Wn x + bn + r * (Un h + cn)),  h' = (1 - z) n + z h
// The inputs' products of all steps are one product up front. Rows are step-major: step * lanes + lane.
// Otherwise as linear.h says.
#pragma once

#include <cstdint>
#include <span>

#include "recipes/network/parameter.h"

namespace proffer::recipes::network {

template <class S>
class Gru {
 public:
  struct Tape {
    size_t steps = 0, lanes = 0;
    const Matrix<S>* in = nullptr;
    std::span<const uint8_t> resets;
    Matrix<S> previous;  ///< h before each row
    Matrix<S> gates;     ///< n, r, z, and Un h + cn, beside each other
    Matrix<S> dGates;    ///< of what goes into n, r, z, and of Un h + cn
    Matrix<S> product, dState, toState;
  };
  Gru(std::string name, size_t inputs, size_t units);
  void initialize(size_t inputs, size_t units, uint64_t key);
  Parameters<S> parameters() { return {&fromInput_, &fromState_, &inputBias_, &stateBias_}; }
  size_t units() const { return stateBias_.value.cols(); }

  /// `state` (lanes x units) is h before the first step, and afterwards that after the last one.
  void forward(const Matrix<S>& in, std::span<const uint8_t> resets, size_t lanes, Matrix<S>& state,
               Tape& tape, Matrix<S>& out) const;
  /// Nothing flows back beyond the first step.
  void backward(Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn, Gradients<S>& gradients) const;
  /// One step of one lane; `state` is h before and after.
  void step(const S* in, S* state) const;

 private:
  void activate(const S* product, const S* previous, S* gates, S* out) const;
  void stepBack(Tape& tape, size_t row, const S* dOut, S* dState) const;

  Parameter<S> fromInput_;  // inputs x 3 units: n, r, z
  Parameter<S> fromState_;  // units x 3 units: r, z, n
  Parameter<S> inputBias_;  // n, r, z
  Parameter<S> stateBias_;  // of n: cn
};

}  // namespace proffer::recipes::network
