#include "recipes/network/dropout.h"

#include <cmath>

#include "recipes/network/random.h"

namespace proffer::recipes::network {
namespace {

// 32 bits, as a vector unit multiplies them; mixes well enough to decide what is dropped.
inline uint32_t scrambled(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7FEB352DU;
  x = (x ^ (x >> 15)) * 0x846CA68BU;
  return x ^ (x >> 16);
}

}  // namespace

DropoutKey DropoutKey::at(uint64_t place) const {
  return {rate, randomBits(key, place)};
}

template <class S>
void Dropout<S>::forward(const DropoutKey& key, uint64_t firstElement, Tape& tape, Matrix<S>& values) {
  tape.used = key.rate > 0;
  if (!tape.used) return;
  tape.kept.resize(values.rows(), values.cols());
  const auto low = static_cast<uint32_t>(key.key + firstElement), high = static_cast<uint32_t>(key.key >> 32);
  const auto dropped = static_cast<uint32_t>(std::min(key.rate, 0.99) * 0x1p31);
  const S kept = static_cast<S>(1 / (1 - std::min(key.rate, 0.99)));
  S* const to = tape.kept.data();
  S* const value = values.data();
  const auto size = static_cast<uint32_t>(values.size());
  for (uint32_t i = 0; i < size; ++i) {
    const uint32_t bits = scrambled(scrambled(low + i) ^ high) >> 1;
    to[i] = static_cast<int32_t>(bits) < static_cast<int32_t>(dropped) ? S{0} : kept;
    value[i] *= to[i];
  }
}

template <class S>
void Dropout<S>::backward(const Tape& tape, Matrix<S>& gradient) {
  if (!tape.used) return;
  const S* const kept = tape.kept.data();
  S* const value = gradient.data();
  for (size_t i = 0; i < gradient.size(); ++i) value[i] *= kept[i];
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace proffer::recipes::network
