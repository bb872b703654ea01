#include "controller/http/guard.h"

#include <arpa/inet.h>

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
