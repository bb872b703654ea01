#include "recipes/network/gemm.h"

#include <Eigen/Core>

#include "recipes/network/eigen.h"

namespace proffer::recipes::network {

template <class S>
void multiply(View<const S> a, View<const S> b, View<S> c, bool add) {
  if (add)
    matrix(c).noalias() += matrix(a) * matrix(b);
  else
    matrix(c).noalias() = matrix(a) * matrix(b);
}

template <class S>
void multiplyByTransposed(View<const S> a, View<const S> b, View<S> c, bool add) {
  if (add)
    matrix(c).noalias() += matrix(a) * matrix(b).transpose();
  else
    matrix(c).noalias() = matrix(a) * matrix(b).transpose();
}

template <class S>
void multiplyTransposed(View<const S> a, View<const S> b, View<S> c, bool add) {
  if (add)
    matrix(c).noalias() += matrix(a).transpose() * matrix(b);
  else
    matrix(c).noalias() = matrix(a).transpose() * matrix(b);
}

template <class S>
void addColumnSums(View<const S> a, S* c) {
  for (size_t i = 0; i < a.rows; ++i) array(c, a.cols) += array(a.row(i), a.cols);
}

void fixBlockSizes() {
  static const bool done = [] {
    Eigen::setCpuCacheSizes(32 << 10, 1 << 20, 8 << 20);
    return true;
  }();
  (void)done;
}

#define PROFFER_GEMM(S)                                                               \
  template void multiply<S>(View<const S>, View<const S>, View<S>, bool);             \
  template void multiplyByTransposed<S>(View<const S>, View<const S>, View<S>, bool); \
  template void multiplyTransposed<S>(View<const S>, View<const S>, View<S>, bool);   \
  template void addColumnSums<S>(View<const S>, S*);
PROFFER_GEMM(float)
PROFFER_GEMM(double)
#undef PROFFER_GEMM

}  // namespace proffer::recipes::network
