#include "controller/auth/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <new>

namespace proffer::auth {
namespace {

const unsigned char* bytePointer(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest{};
  ::SHA256(bytePointer(bytes), bytes.size(), digest.data());
  return digest;
}

Digest hmacSha256(std::string_view key, std::string_view bytes) {
  Digest digest{};
  unsigned int length = 0;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), bytePointer(bytes), bytes.size(),
         digest.data(), &length);
  return digest;
}

std::string hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Sha256::Sha256() : state_(::EVP_MD_CTX_new()) {
  if (state_ == nullptr) throw std::bad_alloc();
  ::EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(state_), ::EVP_sha256(), nullptr);
}

Sha256::~Sha256() {
  ::EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(state_));
}

void Sha256::add(std::string_view bytes) {
  ::EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(state_), bytes.data(), bytes.size());
}

Digest Sha256::digest() {
  Digest digest{};
  unsigned int length = 0;
  ::EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(state_), digest.data(), &length);
  return digest;
}

bool equalSecrets(std::string_view given, std::string_view wanted) {
  const Digest a = sha256(given);
  const Digest b = sha256(wanted);
  return ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string randomWord(size_t length, std::string_view alphabet) {
  std::string word;
  word.reserve(length);
  // Bytes beyond the largest multiple of the alphabet's size would favour its first characters.
  const size_t fair = 256 - 256 % alphabet.size();
  std::array<unsigned char, 64> bytes{};
  while (word.size() < length) {
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::bad_alloc();
    for (const unsigned char byte : bytes)
      if (byte < fair && word.size() < length) word += alphabet[byte % alphabet.size()];
  }
  return word;
}

}  // namespace proffer::auth
