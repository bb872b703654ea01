#include "recipes/network/gru.h"

#include <cmath>

#include "recipes/network/eigen.h"
#include "recipes/network/few_rows.h"
#include "recipes/network/gemm.h"

namespace proffer::recipes::network {

template <class S>
Gru<S>::Gru(std::string name, size_t inputs, size_t units)
    : fromInput_{name + "/from_input", Matrix<S>(inputs, 3 * units)},
      fromState_{name + "/from_state", Matrix<S>(units, 3 * units)},
      inputBias_{name + "/input_bias", Matrix<S>(1, 3 * units)},
      stateBias_{name + "/state_bias", Matrix<S>(1, units)} {}

template <class S>
void Gru<S>::initialize(size_t inputs, size_t units, uint64_t key) {
  const size_t width = this->units();
  const auto fill = [&](Parameter<S>& parameter, size_t rows, uint64_t part) {
    Parameter<S> gate{"", Matrix<S>(parameter.value.rows(), width)};
    for (uint64_t which = 0; which < 3; ++which) {
      network::initialize(gate, rows, units, std::sqrt(1.0 / static_cast<double>(rows)) / std::sqrt(3.0),
                          key + part + which);
      for (size_t i = 0; i < gate.value.rows(); ++i)
        std::copy_n(gate.value.row(i), width, parameter.value.row(i) + which * width);
    }
  };
  fill(fromInput_, inputs, 1);
  fill(fromState_, units, 4);
  inputBias_.value.setZero();
  stateBias_.value.setZero();
}

// From the product with the state (r, z, n) and, in `gates`, that of the input (n, r, z).
template <class S>
void Gru<S>::activate(const S* product, const S* previous, S* gates, S* out) const {
  const size_t u = units();
  auto n = array(gates, u), r = array(gates + u, u), z = array(gates + 2 * u, u),
       hn = array(gates + 3 * u, u);
  const S* const bias = inputBias_.value.data();
  auto rz = array(gates + u, 2 * u);
  rz = (rz + array(bias + u, 2 * u) + array(product, 2 * u)).logistic();
  hn = array(product + 2 * u, u) + array(stateBias_.value.data(), u);
  n = (n + array(bias, u) + r * hn).tanh();
  array(out, u) = n + z * (array(previous, u) - n);
}

template <class S>
void Gru<S>::forward(const Matrix<S>& in, std::span<const uint8_t> resets, size_t lanes, Matrix<S>& state,
                     Tape& tape, Matrix<S>& out) const {
  const size_t u = units(), rows = in.rows();
  tape.in = &in, tape.resets = resets, tape.lanes = lanes, tape.steps = rows / lanes;
  tape.previous.resize(rows, u);
  tape.gates.resize(rows, 4 * u);
  tape.product.resize(lanes, 3 * u);
  out.resize(rows, u);
  multiply<S>(in, fromInput_.value, tape.gates.view().colsOf(0, 3 * u));
  for (size_t first = 0; first < rows; first += lanes) {
    const S* const before = first == 0 ? state.data() : out.row(first - lanes);
    std::copy_n(before, lanes * u, tape.previous.row(first));
    for (size_t lane = 0; lane < lanes; ++lane)
      if (resets[first + lane]) std::fill_n(tape.previous.row(first + lane), u, S{0});
    multiplyFewRows<S>(tape.previous.rowsOf(first, lanes), fromState_.value, tape.product);
    for (size_t lane = 0; lane < lanes; ++lane)
      activate(tape.product.row(lane), tape.previous.row(first + lane), tape.gates.row(first + lane),
               out.row(first + lane));
  }
  if (rows > 0) std::copy_n(out.row(rows - lanes), lanes * u, state.data());
}

template <class S>
void Gru<S>::stepBack(Tape& tape, size_t row, const S* dOut, S* dState) const {
  const size_t u = units();
  const S *const at = tape.gates.row(row), *const before = tape.previous.row(row);
  const auto n = array(at, u), r = array(at + u, u), z = array(at + 2 * u, u), hn = array(at + 3 * u, u);
  S* const d = tape.dGates.row(row);
  auto dn = array(d, u), dr = array(d + u, u), dz = array(d + 2 * u, u), dhn = array(d + 3 * u, u);
  auto dh = array(dState, u);
  dh += array(dOut, u);
  dn = dh * (S{1} - z) * (S{1} - n * n);
  dz = dh * (array(before, u) - n) * z * (S{1} - z);
  dr = dn * hn * r * (S{1} - r);
  dhn = dn * r;
  dh *= z;
}

template <class S>
void Gru<S>::backward(Tape& tape, const Matrix<S>& dOut, Matrix<S>& dIn, Gradients<S>& gradients) const {
  const size_t u = units(), lanes = tape.lanes, rows = tape.in->rows();
  tape.dGates.resize(rows, 4 * u);
  tape.dState.resize(lanes, u);
  tape.dState.setZero();
  tape.toState.resize(3 * u, u);
  transpose<S>(fromState_.value, tape.toState);
  for (size_t first = rows; first > 0;) {
    first -= lanes;
    for (size_t lane = 0; lane < lanes; ++lane)
      stepBack(tape, first + lane, dOut.row(first + lane), tape.dState.row(lane));
    if (first == 0) break;
    multiplyFewRows<S>(tape.dGates.rowsOf(first, lanes).colsOf(u, 3 * u), tape.toState, tape.dState, true);
    for (size_t lane = 0; lane < lanes; ++lane)
      if (tape.resets[first + lane]) std::fill_n(tape.dState.row(lane), u, S{0});
  }
  const View<S> all = tape.dGates;
  const View<const S> ofInput = all.colsOf(0, 3 * u), ofState = all.colsOf(u, 3 * u);
  multiplyTransposed<S>(*tape.in, ofInput, gradients[fromInput_], true);
  multiplyTransposed<S>(tape.previous, ofState, gradients[fromState_], true);
  addColumnSums<S>(ofInput, gradients[inputBias_].data());
  addColumnSums<S>(all.colsOf(3 * u, u), gradients[stateBias_].data());
  dIn.resize(rows, tape.in->cols());
  multiplyByTransposed<S>(ofInput, fromInput_.value, dIn);
}

template <class S>
void Gru<S>::step(const S* in, S* state) const {
  const size_t u = units(), inputs = fromInput_.value.rows();
  Matrix<S> gates(1, 4 * u), product(1, 3 * u), next(1, u);
  multiply<S>({in, 1, inputs, inputs}, fromInput_.value, gates.view().colsOf(0, 3 * u));
  multiply<S>({state, 1, u, u}, fromState_.value, product);
  activate(product.data(), state, gates.data(), next.data());
  std::copy_n(next.data(), u, state);
}

template class Gru<float>;
template class Gru<double>;

}  // namespace proffer::recipes::network
