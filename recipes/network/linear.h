// out = in W + b. The layers' common manners: forward() fills `out` and remembers in the Tape what backward()
// needs (the input must outlive it); backward() fills dIn and adds to the gradients. Both only read the
// layer. S is float; double for checking gradients.
#pragma once

#include <cstdint>

#include "recipes/network/parameter.h"

namespace proffer::recipes::network {

template <class S>
class Linear {
 public:
  struct Tape {
    const Matrix<S>* in = nullptr;
  };
  Linear(std::string name, size_t inputs, size_t outputs);
  /// Weights lead from the first `inputs` to the first `outputs`; the rest is padding.
  void initialize(size_t inputs, size_t outputs, uint64_t key);
  Parameters<S> parameters() { return {&weights_, &bias_}; }
  size_t outputs() const { return weights_.value.cols(); }

  void forward(const Matrix<S>& in, Tape& tape, Matrix<S>& out) const;
  void backward(const Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn, Gradients<S>& gradients) const;
  /// Of one row, which is not learned from.
  void apply(const S* in, S* out) const;

 private:
  Parameter<S> weights_, bias_;
};

}  // namespace proffer::recipes::network
