// Random numbers that are a function of where they are used, not of what was drawn before: the same for any
// number of threads, and after going on from a checkpoint. Pure functions.
#pragma once

#include <cstdint>

namespace proffer::recipes::network {

/// What a number is for; each use has numbers of its own.
enum class RandomUse : uint64_t { kInitial = 1, kDropout = 2, kNegatives = 3 };

inline constexpr uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

inline constexpr uint64_t randomKey(uint64_t seed, RandomUse use, uint64_t step) {
  return mixed(mixed(seed * 0x9E3779B97F4A7C15ULL + static_cast<uint64_t>(use)) + step);
}

inline constexpr uint64_t randomBits(uint64_t key, uint64_t element) {
  return mixed(key + element * 0x9E3779B97F4A7C15ULL);
}

/// In [0, 1).
inline constexpr double randomUnit(uint64_t key, uint64_t element) {
  return static_cast<double>(randomBits(key, element) >> 11) * 0x1p-53;
}

}  // namespace proffer::recipes::network
