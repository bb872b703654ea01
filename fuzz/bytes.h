// Takes an input apart for targets that build something of it. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace proffer::fuzz {

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : left_(reinterpret_cast<const char*>(data), size) {}
  bool empty() const { return left_.empty(); }
  uint8_t byte() { return left_.empty() ? uint8_t{0} : static_cast<uint8_t>(take(1)[0]); }
  /// At most `count` bytes.
  std::string_view take(size_t count) {
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(taken.size());
    return taken;
  }
  /// As many bytes as the next two say.
  std::string_view block() {
    const size_t low = byte();
    return take(low + 256 * static_cast<size_t>(byte() % 16));
  }
  std::string_view rest() { return take(left_.size()); }

 private:
  std::string_view left_;
};

}  // namespace proffer::fuzz
