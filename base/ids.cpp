#include "base/ids.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace proffer {

namespace {

// The system is asked for many at once: every request needs an id.
void randomBytes(unsigned char* bytes, size_t count) {
  thread_local std::array<unsigned char, 256> pool;
  thread_local size_t left = 0;
  if (left < count) {
    if (getrandom(pool.data(), pool.size(), 0) != static_cast<ssize_t>(pool.size()))
      throw std::runtime_error("the system gives no random bytes");
    left = pool.size();
  }
  left -= count;
  std::copy_n(pool.begin() + static_cast<std::ptrdiff_t>(left), count, bytes);
}

}  // namespace

std::string newHex(int digits) {
  unsigned char bytes[16];
  randomBytes(bytes, sizeof bytes);
  std::string out;
  for (int i = 0; i < digits; ++i) out += "0123456789abcdef"[(bytes[i / 2] >> (i % 2 * 4)) & 15];
  return out;
}

std::string newUuid() {
  std::string hex = newHex(32);
  hex[12] = '4';
  hex[16] = "89ab"[hex[16] & 3];
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

}  // namespace proffer
