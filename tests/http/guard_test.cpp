#include "controller/http/guard.h"

#include <catch2/catch.hpp>

#include "controller/http/server.h"

namespace guard_test {

using namespace proffer;
using namespace proffer::http;

TEST_CASE("only names of this machine are loopback hosts") {
  struct Row {
    std::string host;
    bool loopback;
    std::string reason;
  };
  const std::vector<Row> rows{
      {"localhost", true, "the usual name"},
      {"LocalHost:7420", true, "names have no case, any port will do (tunnels)"},
      {"127.0.0.1:7420", true, "the usual address"},
      {"127.255.3.4", true, "all of 127/8"},
      {"[::1]:7420", true, "IPv6"},
      {"[::1]", true, "IPv6 without a port"},
      {"", false, "no name"},
      {"evil.example:7420", false, "a foreign name that points here"},
      {"localhost.evil.example", false, "begins like ours"},
      {"127.0.0.1.evil.example", false, "begins like ours"},
      {"128.0.0.1", false, "another machine"},
      {"0.0.0.0", false, "no machine"},
      {"[::2]", false, "another machine"},
      {"[::1", false, "broken"},
      {"0x7f.1", false, "only the plain form"},
  };
  for (const Row& row : rows) {
    INFO(row.reason << ": " << row.host);
    CHECK(isLoopbackHost(row.host) == row.loopback);
  }
}

TEST_CASE("a token file holds one long word") {
  CHECK(tokenFromText("0123456789abcdef\n").value() == "0123456789abcdef");
  CHECK(tokenFromText("  0123456789abcdef \nsecond line").value() == "0123456789abcdef");
  CHECK_FALSE(tokenFromText(""));
  CHECK_FALSE(tokenFromText("short"));
  CHECK_FALSE(tokenFromText("two words that are long enough"));
}

}  // namespace guard_test
