#include "recipes/network/few_rows.h"

#include <cstring>
#include <type_traits>

namespace proffer::recipes::network {
namespace {

#if defined(__AVX512F__)
constexpr size_t kBytes = 64;
#else
constexpr size_t kBytes = 32;
#endif
constexpr size_t kRows = 4, kVectors = 4 * kBytes / 64;  // of c, held in registers

template <class S>
struct Lane {
  typedef S Vector __attribute__((vector_size(kBytes)));
  static constexpr size_t kWidth = kBytes / sizeof(S);
};

template <class V, class S>
inline V load(const S* from) {
  V value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// R x (V vectors) of c.
template <class S, size_t R, size_t V>
inline void tile(const S* a, size_t aStride, const S* b, size_t bStride, S* c, size_t cStride, size_t depth,
                 bool add) {
  using Vector = typename Lane<S>::Vector;
  constexpr size_t kWidth = Lane<S>::kWidth;
  Vector sum[R][V];
  for (size_t r = 0; r < R; ++r)
    for (size_t v = 0; v < V; ++v) sum[r][v] = add ? load<Vector>(c + r * cStride + v * kWidth) : Vector{};
  for (size_t k = 0; k < depth; ++k) {
    Vector row[V];
    for (size_t v = 0; v < V; ++v) row[v] = load<Vector>(b + k * bStride + v * kWidth);
    for (size_t r = 0; r < R; ++r) {
      const Vector factor = a[r * aStride + k] - Vector{};
      for (size_t v = 0; v < V; ++v) sum[r][v] += factor * row[v];
    }
  }
  for (size_t r = 0; r < R; ++r)
    for (size_t v = 0; v < V; ++v) std::memcpy(c + r * cStride + v * kWidth, &sum[r][v], kBytes);
}

template <class S, size_t V>
void columns(View<const S> a, View<const S> b, View<S> c, size_t column, bool add) {
  const S* const from = b.data + column;
  size_t row = 0;
  for (; row + kRows <= a.rows; row += kRows)
    tile<S, kRows, V>(a.row(row), a.stride, from, b.stride, c.row(row) + column, c.stride, a.cols, add);
  for (; row < a.rows; ++row)
    tile<S, 1, V>(a.row(row), a.stride, from, b.stride, c.row(row) + column, c.stride, a.cols, add);
}

}  // namespace

template <class S>
void multiplyFewRows(View<const S> a, View<const S> b, View<S> c, bool add) {
  constexpr size_t kWidth = Lane<S>::kWidth;
  size_t column = 0;
  for (; column + kVectors * kWidth <= c.cols; column += kVectors * kWidth)
    columns<S, kVectors>(a, b, c, column, add);
  for (; column + kWidth <= c.cols; column += kWidth) columns<S, 1>(a, b, c, column, add);
  for (; column < c.cols; ++column)
    for (size_t row = 0; row < a.rows; ++row) {
      S sum = add ? c.row(row)[column] : S{0};
      for (size_t k = 0; k < a.cols; ++k) sum += a.row(row)[k] * b.row(k)[column];
      c.row(row)[column] = sum;
    }
}

template <class S>
void transpose(View<const S> from, View<S> to) {
  constexpr size_t kBlock = 16;
  for (size_t first = 0; first < from.rows; first += kBlock)
    for (size_t j = 0; j < from.cols; ++j)
      for (size_t i = first; i < std::min(from.rows, first + kBlock); ++i) to.row(j)[i] = from.row(i)[j];
}

template void multiplyFewRows<float>(View<const float>, View<const float>, View<float>, bool);
template void multiplyFewRows<double>(View<const double>, View<const double>, View<double>, bool);
template void transpose<float>(View<const float>, View<float>);
template void transpose<double>(View<const double>, View<double>);

}  // namespace proffer::recipes::network
