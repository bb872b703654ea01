// The addresses that clients use: reading a server's URL, writing paths and queries. Pure functions; any
// thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace proffer::client {

struct ServerAddress {
  std::string host;
  int port = 0;
  bool secure = false;  ///< https://
};
/// "http://host:port", "https://host:port", "host:port", "host"; IPv6 in brackets. kInvalidInput for anything
/// else, paths included. The usual port of https is 443.
Result<ServerAddress> parseServer(std::string_view url);

/// Everything but letters, digits and "-._~" as %XX.
std::string percentEncode(std::string_view text);
/// "?a=1&b=2" of what is not empty, or nothing.
std::string queryOf(const std::map<std::string, std::string>& parameters);

}  // namespace proffer::client
