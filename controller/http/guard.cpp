#include "controller/http/guard.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

#include "base/text.h"
#include "controller/http/server.h"

namespace proffer::http {
namespace {

constexpr size_t kShortestToken = 16;

std::string_view hostWithoutPort(std::string_view host) {
  if (!host.empty() && host.front() == '[') {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

}  // namespace

bool isLoopbackHost(std::string_view hostHeader) {
  const std::string host = lower(hostWithoutPort(trim(hostHeader)));
  if (host == "localhost") return true;
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return ::inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool equalSecrets(std::string_view a, std::string_view b) {
  const auto digest = [](std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
    ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data());
    return bytes;
  };
  return ::CRYPTO_memcmp(digest(a).data(), digest(b).data(), SHA256_DIGEST_LENGTH) == 0;
}

Result<void> checkToken(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "bearer ";
  if (token.empty()) return {};
  if (authorization.size() > kScheme.size() &&
      equalsIgnoreCase(authorization.substr(0, kScheme.size()), kScheme) &&
      equalSecrets(trim(authorization.substr(kScheme.size())), token))
    return {};
  return fail(
      makeError(ErrorCode::kUnauthorized, "{}",
                authorization.empty() ? "this server asks for a token" : "the token is not the server's")
          .hinting("send the header \"Authorization: Bearer TOKEN\" with the text of the server's token "
                   "file; proffer takes it by --token-file FILE"));
}

Result<std::string> tokenFromText(std::string_view text) {
  const std::string_view token = trim(text.substr(0, text.find('\n')));
  const bool blank = token.find_first_of(" \t\r") != std::string_view::npos;
  if (token.size() >= kShortestToken && !blank) return std::string(token);
  return fail(makeError(ErrorCode::kInvalidInput,
                        "a token is one word of at least {} characters, this one {}", kShortestToken,
                        blank ? "holds blanks" : fmt::format("has {}", token.size()))
                  .hinting("make one: openssl rand -hex 32 > FILE"));
}

}  // namespace proffer::http
