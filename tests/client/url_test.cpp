#include "controller/client/url.h"

#include <catch2/catch.hpp>

namespace url_test {

using namespace proffer;
using namespace proffer::client;

TEST_CASE("the address of a server is read in the forms that people write") {
  struct Row {
    std::string url, host;
    int port;
    std::string reason;
  };
  const std::vector<Row> rows{
      {"http://127.0.0.1:7420", "127.0.0.1", 7420, "whole"},
      {"http://127.0.0.1:7420/", "127.0.0.1", 7420, "with the slash that browsers show"},
      {"HTTP://box", "box", 7420, "the usual port"},
      {"box:99", "box", 99, "without the scheme"},
      {"[::1]:99", "::1", 99, "IPv6"},
      {"http://[::1]", "::1", 7420, "IPv6 without a port"},
      {"", "", 0, "nothing"},
      {"http://", "", 0, "no host"},
      {"https://box", "box", 443, "TLS at its usual port"},
      {"https://[::1]:7420/", "::1", 7420, "TLS at another"},
      {"ftp://box", "", 0, "another scheme"},
      {"http://box/path", "", 0, "a path"},
      {"box:0", "", 0, "no port is 0"},
      {"box:70000", "", 0, "no port is that large"},
      {"box:7x", "", 0, "not a number"},
      {"http://user@box", "", 0, "no user"},
      {"[::1", "", 0, "a bracket is missing"},
  };
  for (const Row& row : rows) {
    INFO(row.reason << ": " << row.url);
    const auto address = parseServer(row.url);
    CHECK(address.has_value() == !row.host.empty());
    if (address) {
      CHECK(address->host == row.host);
      CHECK(address->port == row.port);
    } else {
      CHECK(address.error().code == ErrorCode::kInvalidInput);
      CHECK(!address.error().hint.empty());
    }
  }
}

TEST_CASE("what follows the address of a server is said to be too much") {
  struct Row {
    std::string url, message, hint, reason;
  };
  const std::vector<Row> rows{
      {"http://box:7420/v1", "it goes on with \"/v1\"", "leave that out: http://box:7420",
       "a path after a port"},
      {"http://box/v1/", "it goes on with \"/v1\"", "leave that out: http://box", "a path after a name"},
      {"https://[::1]:7/x", "it goes on with \"/x\"", "leave that out: https://[::1]:7", "a path after IPv6"},
      {"box:7420?a=b", "it goes on with \"?a=b\"", "leave that out: box:7420", "a query"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto address = parseServer(row.url);
    REQUIRE_FALSE(address);
    CHECK(address.error().message == "\"" + row.url + "\" is not the address of a server: " + row.message);
    CHECK(address.error().hint == row.hint);
  }
}

TEST_CASE("paths and queries are escaped") {
  CHECK(percentEncode("a b/c?d=\xc3\xa9~-._9") == "a%20b%2Fc%3Fd%3D%C3%A9~-._9");
  CHECK(queryOf({}) == "");
  CHECK(queryOf({{"a", "1"}, {"b", ""}, {"c", "x&y"}}) == "?a=1&c=x%26y");
}

}  // namespace url_test
