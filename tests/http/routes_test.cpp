#include "controller/http/routes.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/text.h"

namespace routes_test {

using namespace proffer;
using namespace proffer::http;

TEST_CASE("a path finds its route") {
  struct Row {
    std::string method, path, pattern, parts, reason;
  };
  const std::vector<Row> rows{
      {"GET", "/v1/resources", "/v1/resources", "", "a literal path goes before {plural}"},
      {"GET", "/v1/recommenders", "/v1/{plural}", "plural=recommenders", "a kind"},
      {"HEAD", "/v1/recommenders", "/v1/{plural}", "plural=recommenders", "HEAD is GET"},
      {"GET", "/v1/groups/shop/filters", "/v1/groups/{group}/{plural}", "group=shop plural=filters",
       "in a group"},
      {"DELETE", "/v1/groups/shop/filters/f", "/v1/groups/{group}/{plural}/{name}",
       "group=shop name=f plural=filters", "one object"},
      {"GET", "/v1/schemas/a%2Fb", "/v1/{plural}/{name}", "name=a/b plural=schemas",
       "an escaped slash is no separator"},
      {"POST", "/recommendations", "/recommendations", "", "the service's path"},
      {"GET", "/v1/apply", "", "", "only POST"},
      {"GET", "/v1/schemas/", "", "", "an empty segment is nothing"},
      {"GET", "/v1/schemas/%zz", "", "", "a broken escape is nothing"},
      {"GET", "/v1/schemas/%", "", "", "a cut escape is nothing"},
      {"GET", "/v1", "", "", "nothing there"},
      {"GET", "", "", "", "no path"},
      {"GET", "v1/resources", "", "", "not from the root"},
      {"GET", "/v1/groups/a/b/c/d", "", "", "too deep"},
  };
  for (const Row& row : rows) {
    INFO(row.reason << ": " << row.method << " " << row.path);
    const RouteMatch match = findRoute(row.method, row.path);
    CHECK((match.route == nullptr ? "" : match.route->pattern) == row.pattern);
    if (match.route == nullptr) continue;
    std::string parts;
    for (const auto& [name, value] : match.parts) parts += (parts.empty() ? "" : " ") + name + "=" + value;
    CHECK(parts == row.parts);
  }
}

TEST_CASE("a wrong method is told the right ones") {
  CHECK(findRoute("POST", "/v1/resources").methods == std::vector<std::string>{"GET"});
  CHECK(findRoute("POST", "/v1/schemas/s").methods ==
        std::vector<std::string>{"GET", "PUT", "PATCH", "DELETE"});
  CHECK(findRoute("POST", "/nowhere").methods.empty());
}

TEST_CASE("no route stands twice, and each pattern is met by its own path") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : routes()) {
    INFO(route.method << " " << route.pattern);
    CHECK(seen.emplace(route.method, route.pattern).second);
    std::string path;
    for (const char c : route.pattern) path += c == '{' || c == '}' ? 'x' : c;
    const RouteMatch match = findRoute(route.method, path);
    REQUIRE(match.route != nullptr);
    CHECK(match.route->pattern == route.pattern);
  }
}

TEST_CASE("queries are decoded and checked") {
  CHECK(parseQuery("a=1&b=x%20y+z&c&=v")->at("b") == "x y z");
  CHECK(parseQuery("").value().empty());
  CHECK(parseQuery("a=%e4%bd%a0")->at("a") == "\xe4\xbd\xa0");
  CHECK_FALSE(parseQuery("a=1&a=2"));
  CHECK_FALSE(parseQuery("a=%4"));
  CHECK_FALSE(parseQuery("%=1"));

  const Route& list = *findRoute("GET", "/v1/resources").route;
  CHECK(checkQuery(list, {{"group", "shop"}}));
  const auto unknown = checkQuery(list, {{"labelselector", "a=b"}});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().hint == "did you mean \"labelSelector\"?");
}

}  // namespace routes_test
