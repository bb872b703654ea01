#include "recipes/network/layer_norm.h"

#include <cmath>

#include "recipes/network/eigen.h"

namespace proffer::recipes::network {

template <class S>
LayerNorm<S>::LayerNorm(std::string name, size_t width, size_t stride)
    : width_(width),
      gain_{name + "/gain", Matrix<S>(1, stride)},
      bias_{name + "/bias", Matrix<S>(1, stride)} {}

template <class S>
void LayerNorm<S>::initialize() {
  gain_.value.setZero();
  bias_.value.setZero();
  std::fill_n(gain_.value.data(), width_, S{1});
}

template <class S>
void LayerNorm<S>::forward(const Matrix<S>& in, Tape& tape, Matrix<S>& out) const {
  tape.normal.resize(in.rows(), in.cols());
  tape.scale.resize(in.rows());
  out.resize(in.rows(), in.cols());
  const auto gain = array(gain_.value.data(), width_), bias = array(bias_.value.data(), width_);
  for (size_t i = 0; i < in.rows(); ++i) {
    const auto from = array(in.row(i), width_);
    auto normal = array(tape.normal.row(i), width_);
    normal = from - from.mean();
    tape.scale[i] = S{1} / std::sqrt(normal.square().mean() + S(1e-6));
    normal *= tape.scale[i];
    array(out.row(i), width_) = normal * gain + bias;
    std::fill(out.row(i) + width_, out.row(i) + out.cols(), S{0});
  }
}

template <class S>
void LayerNorm<S>::backward(const Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn,
                            Gradients<S>& gradients) const {
  const auto gain = array(gain_.value.data(), width_);
  auto dGain = array(gradients[gain_].data(), width_), dBias = array(gradients[bias_].data(), width_);
  Array<S> d(static_cast<Eigen::Index>(width_));
  for (size_t i = 0; i < dOut.rows(); ++i) {
    const auto out = array(dOut.row(i), width_), normal = array(tape.normal.row(i), width_);
    dGain += out * normal;
    dBias += out;
    d = out * gain;
    const S mean = d.mean(), along = (d * normal).mean();
    array(dIn.row(i), width_) += tape.scale[i] * (d - mean - normal * along);
  }
}

template class LayerNorm<float>;
template class LayerNorm<double>;

}  // namespace proffer::recipes::network
