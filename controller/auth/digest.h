// Hashes and random words for keys, tokens and signatures: SHA-256 and HMAC by OpenSSL. (base/hash.h has the
// fast hashes of formats, which keep nothing secret.) Pure functions but for the random ones; any thread.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace proffer::auth {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
Digest hmacSha256(std::string_view key, std::string_view bytes);
/// The digest's bytes, to go on with.
inline std::string_view bytesOf(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
/// 64 lower-case hex digits.
std::string hex(const Digest& digest);
inline std::string sha256Hex(std::string_view bytes) {
  return hex(sha256(bytes));
}

/// sha256() of what comes in pieces. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  Digest digest();  ///< once, at the end

 private:
  void* state_;
};

/// Whether the two are equal, in a time that does not depend on where they differ or how long `given` is.
bool equalSecrets(std::string_view given, std::string_view wanted);

/// So many characters out of `alphabet` (at most 256 of them), from the system's source of secrets.
std::string randomWord(size_t length, std::string_view alphabet);

}  // namespace proffer::auth
