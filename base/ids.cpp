#include "base/ids.h"

#include <sys/random.h>

#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace proffer {

std::string newHex(int digits) {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    throw std::runtime_error("the system gives no random bytes");
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
