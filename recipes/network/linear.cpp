#include "recipes/network/linear.h"

#include <cmath>

#include "recipes/network/gemm.h"
#include "recipes/network/random.h"

namespace proffer::recipes::network {

template <class S>
void initialize(Parameter<S>& parameter, size_t rows, size_t cols, double deviation, uint64_t key) {
  parameter.value.setZero();
  const double range = 2 * std::sqrt(3.0) * deviation;
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < cols; ++j)
      parameter.value(i, j) = static_cast<S>(range * (randomUnit(key, i * cols + j) - 0.5));
}

template <class S>
Linear<S>::Linear(std::string name, size_t inputs, size_t outputs)
    : weights_{name + "/weights", Matrix<S>(inputs, outputs)}, bias_{name + "/bias", Matrix<S>(1, outputs)} {}

template <class S>
void Linear<S>::initialize(size_t inputs, size_t outputs, uint64_t key) {
  network::initialize(weights_, inputs, outputs, std::sqrt(2.0 / static_cast<double>(inputs + outputs)), key);
  bias_.value.setZero();
}

template <class S>
void Linear<S>::forward(const Matrix<S>& in, Tape& tape, Matrix<S>& out) const {
  tape.in = &in;
  out.resize(in.rows(), outputs());
  for (size_t i = 0; i < in.rows(); ++i) std::copy_n(bias_.value.data(), outputs(), out.row(i));
  multiply<S>(in, weights_.value, out, true);
}

template <class S>
void Linear<S>::backward(const Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn,
                         Gradients<S>& gradients) const {
  multiplyTransposed<S>(*tape.in, dOut, gradients[weights_], true);
  addColumnSums<S>(dOut, gradients[bias_].data());
  dIn.resize(dOut.rows(), tape.in->cols());
  multiplyByTransposed<S>(dOut, weights_.value, dIn);
}

template <class S>
void Linear<S>::apply(const S* in, S* out) const {
  const size_t inputs = weights_.value.rows();
  std::copy_n(bias_.value.data(), outputs(), out);
  multiply<S>({in, 1, inputs, inputs}, weights_.value, {out, 1, outputs(), outputs()}, true);
}

template class Linear<float>;
template class Linear<double>;
template void initialize<float>(Parameter<float>&, size_t, size_t, double, uint64_t);
template void initialize<double>(Parameter<double>&, size_t, size_t, double, uint64_t);

}  // namespace proffer::recipes::network
