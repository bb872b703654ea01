#include "recipes/network/tables.h"

#include <algorithm>

namespace proffer::recipes::network {
namespace {

template <class S>
inline void addScaled(S* to, const S* from, S weight, size_t count) {
  for (size_t i = 0; i < count; ++i) to[i] += weight * from[i];
}

}  // namespace

template <class S>
void FeatureTable<S>::add(std::span<const Feature> bag, S* out) const {
  for (const Feature& feature : bag)
    if (feature.row < value.rows())
      addScaled(out, value.row(feature.row), static_cast<S>(feature.weight), value.cols());
}

template <class S>
void ItemTable<S>::vectorOf(Index item, S* out) const {
  std::copy_n(own.row(item), own.cols(), out);
  features.add(bagOf(item), out);
}

void Slots::clear() {
  rows_.clear();
  if (++turn_ != 0) return;
  std::fill(places_.begin(), places_.end(), Place{});
  turn_ = 1;
}

uint32_t Slots::add(Index row) {
  Place& place = places_[row];
  if (place.turn != turn_) {
    place = {turn_, static_cast<uint32_t>(rows_.size())};
    rows_.push_back(row);
  }
  return place.slot;
}

template <class S>
void RowGradients<S>::begin(size_t sources) {
  slots_.clear();
  entries_.resize(sources);
  for (auto& entries : entries_) entries.clear();
}

template <class S>
void RowGradients<S>::add(std::span<const Feature> bag, size_t source, uint32_t row) {
  for (const Feature& feature : bag)
    entries_[source].push_back({slots_.add(feature.row), row, static_cast<S>(feature.weight)});
}

template <class S>
void RowGradients<S>::clearColumns(size_t first, size_t count) {
  for (size_t slot = 0; slot < sums_.rows(); ++slot) std::fill_n(sums_.row(slot) + first, count, S{0});
}

template <class S>
void RowGradients<S>::accumulate(size_t source, const Matrix<S>& gradient, size_t first, size_t count) {
  for (const Entry& entry : entries_[source])
    addScaled(sums_.row(entry.slot) + first, gradient.row(entry.row) + first, entry.weight, count);
}

template struct FeatureTable<float>;
template struct FeatureTable<double>;
template struct ItemTable<float>;
template struct ItemTable<double>;
template class RowGradients<float>;
template class RowGradients<double>;

}  // namespace proffer::recipes::network
