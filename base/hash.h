// Hashes that are part of formats and of answers: stable across builds, machines and runs (XXH3).
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace proffer {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

uint64_t hash64(std::string_view bytes, uint64_t seed = 0);
Hash128 hash128(std::string_view bytes);
/// 32 lower-case hex digits.
std::string hashHex(Hash128 hash);
/// 16 lower-case hex digits.
std::string hashHex(uint64_t hash);

/// The same as hash128 over everything added, for files that are not read in one piece. One thread at a time.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(std::string_view bytes);
  Hash128 digest() const;

 private:
  void* state_;
};

}  // namespace proffer
