// Rows of numbers, as the layers hand them to each other: row-major, the first row aligned to 64 bytes, and
// nothing of Eigen, so that whoever includes it compiles quickly.
//
// Values; one thread at a time unless only read. Widths of layers are padded to multiples of 16 (padded());
// what lies in the padding is 0 and stays 0, as no weight leads to it or from it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <vector>

namespace proffer::recipes::network {

inline constexpr size_t kAlignment = 64;

inline constexpr size_t padded(size_t width) {
  return (width + 15) / 16 * 16;
}

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  explicit AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(size_t count) {
    return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{kAlignment}));
  }
  void deallocate(T* place, size_t) { ::operator delete (place, std::align_val_t{kAlignment}); }
  bool operator==(const AlignedAllocator&) const { return true; }
};

/// Rows that somebody else holds, `stride` numbers apart.
template <class T>
struct View {
  T* data = nullptr;
  size_t rows = 0, cols = 0, stride = 0;

  T* row(size_t i) const { return data + i * stride; }
  View rowsOf(size_t first, size_t count) const { return {data + first * stride, count, cols, stride}; }
  View colsOf(size_t first, size_t count) const { return {data + first, rows, count, stride}; }
  operator View<const T>() const { return {data, rows, cols, stride}; }
};

template <class S>
class Matrix {
 public:
  Matrix() = default;
  Matrix(size_t rows, size_t cols) { resize(rows, cols), setZero(); }

  /// Keeps the storage if it is large enough; what is in it afterwards is not said.
  void resize(size_t rows, size_t cols) {
    rows_ = rows, cols_ = cols;
    if (storage_.size() < rows * cols) storage_ = Storage(rows * cols);
  }
  void setZero() { std::fill_n(storage_.data(), size(), S{0}); }

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t size() const { return rows_ * cols_; }
  S* data() { return storage_.data(); }
  const S* data() const { return storage_.data(); }
  S* row(size_t i) { return storage_.data() + i * cols_; }
  const S* row(size_t i) const { return storage_.data() + i * cols_; }
  S& operator()(size_t i, size_t j) { return row(i)[j]; }
  const S& operator()(size_t i, size_t j) const { return row(i)[j]; }
  std::span<S> values() { return {data(), size()}; }
  std::span<const S> values() const { return {data(), size()}; }

  View<S> view() { return {data(), rows_, cols_, cols_}; }
  View<const S> view() const { return {data(), rows_, cols_, cols_}; }
  View<S> rowsOf(size_t first, size_t count) { return view().rowsOf(first, count); }
  View<const S> rowsOf(size_t first, size_t count) const { return view().rowsOf(first, count); }
  operator View<S>() { return view(); }
  operator View<const S>() const { return view(); }

 private:
  using Storage = std::vector<S, AlignedAllocator<S>>;
  size_t rows_ = 0, cols_ = 0;
  Storage storage_;
};

}  // namespace proffer::recipes::network
