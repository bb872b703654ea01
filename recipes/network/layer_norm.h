// Each row shifted and scaled to mean 0 and deviation 1 over its first `width` numbers (the rest is padding
// and becomes 0), then scaled and shifted as learned. Otherwise as linear.h says.
#pragma once

#include <cstdint>

#include "recipes/network/parameter.h"

namespace proffer::recipes::network {

template <class S>
class LayerNorm {
 public:
  struct Tape {
    Matrix<S> normal;  ///< the rows before the learned scale
    std::vector<S> scale;
  };
  LayerNorm(std::string name, size_t width, size_t stride);
  void initialize();
  Parameters<S> parameters() { return {&gain_, &bias_}; }

  void forward(const Matrix<S>& in, Tape& tape, Matrix<S>& out) const;
  /// Adds to dIn, which the way around the layer has filled already.
  void backward(const Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn, Gradients<S>& gradients) const;

 private:
  size_t width_;
  Parameter<S> gain_, bias_;
};

}  // namespace proffer::recipes::network
