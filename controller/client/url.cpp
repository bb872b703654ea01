#include "controller/client/url.h"

#include <cctype>
#include <charconv>

#include "base/text.h"
#include "controller/client/client.h"

namespace proffer::client {
namespace {

Error notAnAddress(std::string_view url, std::string_view why) {
  return makeError(ErrorCode::kInvalidInput, "{} is not the address of a server: {}", quoted(url), why)
      .hinting(fmt::format("write it like {}", kDefaultServer));
}

}  // namespace

Result<ServerAddress> parseServer(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  constexpr std::string_view kSecureScheme = "https://";
  constexpr int kSecurePort = 443;
  std::string_view rest = url;
  const bool secure = lower(rest.substr(0, kSecureScheme.size())) == kSecureScheme;
  if (secure)
    rest.remove_prefix(kSecureScheme.size());
  else if (lower(rest.substr(0, kScheme.size())) == kScheme)
    rest.remove_prefix(kScheme.size());
  else if (rest.find("://") != std::string_view::npos)
    return fail(notAnAddress(url, "only http:// and https:// are spoken"));
  const size_t trailing = !rest.empty() && rest.back() == '/' ? 1 : 0;
  rest.remove_suffix(trailing);
  if (const size_t slash = rest.find_first_of("/?#"); slash != std::string_view::npos)
    return fail(makeError(ErrorCode::kInvalidInput, "{} is not the address of a server: it goes on with {}",
                          quoted(url), quoted(rest.substr(slash)))
                    .hinting(fmt::format("leave that out: {}",
                                         url.substr(0, url.size() - trailing - (rest.size() - slash)))));
  ServerAddress address{"", secure ? kSecurePort : kDefaultPort, secure};
  if (!rest.empty() && rest.front() == '[') {
    const size_t end = rest.find(']');
    if (end == std::string_view::npos) return fail(notAnAddress(url, "a \"]\" is missing"));
    address.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    address.host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(address.host.size());
  }
  const bool plain = std::all_of(address.host.begin(), address.host.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == ':' || c == '%';
  });
  if (address.host.empty() || !plain) return fail(notAnAddress(url, "the host is missing or not a name"));
  if (rest.empty()) return address;
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
  if (error != std::errc() || end != rest.data() + rest.size() || address.port < 1 || address.port > 65535)
    return fail(notAnAddress(url, "the port is a number from 1 to 65535"));
  return address;
}

std::string percentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~')
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string queryOf(const std::map<std::string, std::string>& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    out += out.empty() ? '?' : '&';
    out += percentEncode(name) + "=" + percentEncode(value);
  }
  return out;
}

}  // namespace proffer::client
