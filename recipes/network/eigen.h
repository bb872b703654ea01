// Eigen's glasses for the layers' numbers. Only for sources of this folder: it is slow to compile.
#pragma once

#include <Eigen/Core>

#include "recipes/network/matrix.h"

namespace proffer::recipes::network {

template <class S>
using RowMajor = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class S>
using Array = Eigen::Array<S, Eigen::Dynamic, 1>;

template <class S>
auto matrix(View<S> view) {
  using Plain = RowMajor<std::remove_const_t<S>>;
  using Held = std::conditional_t<std::is_const_v<S>, const Plain, Plain>;
  return Eigen::Map<Held, 0, Eigen::OuterStride<>>(
      view.data, static_cast<Eigen::Index>(view.rows), static_cast<Eigen::Index>(view.cols),
      Eigen::OuterStride<>(static_cast<Eigen::Index>(view.stride)));
}

template <class S>
auto array(S* data, size_t size) {
  using Plain = Array<std::remove_const_t<S>>;
  using Held = std::conditional_t<std::is_const_v<S>, const Plain, Plain>;
  return Eigen::Map<Held>(data, static_cast<Eigen::Index>(size));
}

}  // namespace proffer::recipes::network
