// What is learned, and the gradients of it. Layers hold Parameters and are only read while a batch runs, so
// that several threads can run parts of it through the same layers, each with Gradients of its own.
//
// Tables of items and features (tables.h) are no Parameters: a batch touches few of their rows.
#pragma once

#include <string>
#include <vector>

#include "recipes/network/matrix.h"

namespace proffer::recipes::network {

template <class S>
struct Parameter {
  std::string name;
  Matrix<S> value;
  size_t id = 0;  ///< its place among the encoder's parameters
};

template <class S>
using Parameters = std::vector<Parameter<S>*>;

/// Gives each parameter its id.
template <class S>
void number(const Parameters<S>& parameters) {
  for (size_t id = 0; id < parameters.size(); ++id) parameters[id]->id = id;
}

template <class S>
class Gradients {
 public:
  Gradients() = default;
  explicit Gradients(const Parameters<S>& parameters) {
    for (const auto* parameter : parameters)
      of_.emplace_back(parameter->value.rows(), parameter->value.cols());
  }
  void setZero() {
    for (auto& gradient : of_) gradient.setZero();
  }
  size_t size() const { return of_.size(); }
  Matrix<S>& operator[](const Parameter<S>& parameter) { return of_[parameter.id]; }
  Matrix<S>& at(size_t id) { return of_[id]; }
  const Matrix<S>& at(size_t id) const { return of_[id]; }

 private:
  std::vector<Matrix<S>> of_;
};

/// Numbers of a uniform distribution with mean 0 and this deviation, in the first `rows` x `cols` of the
/// value; 0 in the rest.
template <class S>
void initialize(Parameter<S>& parameter, size_t rows, size_t cols, double deviation, uint64_t key);

}  // namespace proffer::recipes::network
