// The tables of items and of features: large, and a batch touches few of their rows, so nothing here ever
// goes over all rows. Read by any number of threads; RowGradients belong to one, except accumulate().
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recipes/network/batch.h"
#include "recipes/network/matrix.h"

namespace proffer::recipes::network {

inline constexpr uint32_t kNoSlot = 0xFFFFFFFF;

/// A vector per feature; a bag of them is a sum.
template <class S>
struct FeatureTable {
  Matrix<S> value;
  /// out += the bag's vectors.
  void add(std::span<const Feature> bag, S* out) const;
};

/// v(i) = E_i + the bag of the item; and b_i.
template <class S>
struct ItemTable {
  Matrix<S> own;
  Matrix<S> biases;  ///< one row
  FeatureTable<S> features;
  const FeatureBags* bags = nullptr;

  std::span<const Feature> bagOf(Index item) const {
    return item < bags->size() ? (*bags)[item] : std::span<const Feature>();
  }
  void vectorOf(Index item, S* out) const;
};

/// Which rows of a table a batch touches, in the order in which it first does.
class Slots {
 public:
  explicit Slots(size_t rows) : places_(rows) {}
  void clear();
  uint32_t add(Index row);
  size_t size() const { return rows_.size(); }
  std::span<const Index> rows() const { return rows_; }

 private:
  struct Place {
    uint32_t turn = 0, slot = 0;
  };
  std::vector<Place> places_;
  std::vector<Index> rows_;
  uint32_t turn_ = 1;
};

/// The gradient of the touched rows of a feature table: sums of rows of gradients of what the bags went into.
/// First all bags are added, then sums are made, any columns at a time, always in the order of the bags.
template <class S>
class RowGradients {
 public:
  explicit RowGradients(size_t rows) : slots_(rows) {}
  /// `sources` matrices will be summed from.
  void begin(size_t sources);
  /// The bag's sum went into row `row` of what `source` is the gradient of.
  void add(std::span<const Feature> bag, size_t source, uint32_t row);
  void prepare(size_t width) { sums_.resize(slots_.size(), width); }
  /// Columns [first, first + count) of the sums, zeroed; then of one source after the other.
  void clearColumns(size_t first, size_t count);
  void accumulate(size_t source, const Matrix<S>& gradient, size_t first, size_t count);

  std::span<const Index> rows() const { return slots_.rows(); }
  Matrix<S>& sums() { return sums_; }

 private:
  struct Entry {
    uint32_t slot, row;
    S weight;
  };
  Slots slots_;
  std::vector<std::vector<Entry>> entries_;
  Matrix<S> sums_;
};

}  // namespace proffer::recipes::network
