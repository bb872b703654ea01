// Random numbers that are the same everywhere: the standard library's distributions differ between libraries,
// and generated files must not. A value type; one thread at a time; streams with different seeds are
// independent.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace proffer::generate {

/// Spreads the bits (the finalizer of splitmix64).
inline uint64_t mixBits(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// The seed of one stream out of many: what it is for, and which one.
inline uint64_t streamSeed(uint64_t seed, uint64_t purpose, uint64_t number) {
  return mixBits(mixBits(mixBits(seed + 0x9e3779b97f4a7c15ULL) ^ purpose) + number * 0xd1342543de82ef95ULL);
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() { return mixBits(state_ += 0x9e3779b97f4a7c15ULL); }
  /// In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// In [0, count); count > 0.
  uint32_t below(uint32_t count) { return static_cast<uint32_t>(((next() >> 32) * count) >> 32); }
  /// In [low, high].
  int32_t between(int32_t low, int32_t high) {
    return low + static_cast<int32_t>(below(static_cast<uint32_t>(high - low + 1)));
  }
  bool chance(double probability) { return unit() < probability; }
  /// Mean 0, deviation 1, cut at about 3.5: the sum of twelve uniform numbers.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += unit();
    return sum;
  }
  /// Mean `mean`, above 0.
  double exponential(double mean) { return -mean * std::log(1.0 - unit()); }
  /// How often chance(probability) holds before it first does not, at most `limit`.
  int repeats(double probability, int limit) {
    int count = 0;
    while (count < limit && chance(probability)) ++count;
    return count;
  }

 private:
  uint64_t state_;
};

}  // namespace proffer::generate
