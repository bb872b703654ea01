#include <thread>

#include "tests/store/store_fixture.h"

namespace routes_test {

using namespace proffer;
using namespace proffer::store;

TEST_CASE("routes are kept, and writing what is there changes nothing") {
  StoredStore s;
  Route route;
  route.group = "shop";
  route.name = "home";
  route.kind = "Campaign";
  route.settings = {{"recipe", "popularity"}};
  CHECK(must(s.store->routes().put(route)) == 1);
  CHECK(must(s.store->routes().put(route)) == 1);
  route.version = "v1";
  CHECK(must(s.store->routes().put(route)) == 2);
  GroupRoute group;
  group.group = "shop";
  group.groupUid = "uid";
  group.dataVersion = 7;
  CHECK(must(s.store->routes().putGroup(group)) == 3);
  CHECK(must(s.store->routes().putGroup(group)) == 3);
  s.reopen();
  auto table = must(s.store->routes().read());
  CHECK(table.revision == 3);
  REQUIRE(table.routes.size() == 1);
  CHECK(table.routes[0].version == "v1");
  CHECK(table.routes[0].settings == route.settings);
  CHECK(table.routes[0].revision == 2);
  REQUIRE(table.groups.size() == 1);
  CHECK(table.groups[0].dataVersion == 7);
  must(s.store->routes().remove("shop", "home"));
  must(s.store->routes().remove("shop", "home"));
  must(s.store->routes().removeGroup("uid"));
  table = must(s.store->routes().read());
  CHECK(table.revision == 5);
  CHECK(table.routes.empty());
  CHECK(table.groups.empty());
  s.reopen();
  CHECK(must(s.store->routes().read()).revision == 5);
}

TEST_CASE("serving waits for a change and reports what it loaded") {
  StoredStore s;
  auto& routes = s.store->routes();
  std::thread writer([&] {
    std::this_thread::sleep_for(10ms);
    Route route;
    route.group = "shop";
    route.name = "home";
    must(routes.put(route));
  });
  CHECK(routes.waitForChange(0, s.clock.now() + 1h) == 1);
  writer.join();
  CHECK(routes.waitForChange(1, s.clock.now()) == 1);
  std::string reported;
  routes.onReport([&](const std::string& group, const std::string& name) {
    reported = group + "/" + name + " " + must(routes.loaded(group, name)).at("replica").version;
  });
  must(routes.reportLoaded("replica", "shop", "home", {1, "v1", ""}));
  CHECK(reported == "shop/home v1");
  CHECK(must(routes.loaded("shop", "none")).empty());
  std::thread stopper([&] { routes.interrupt(); });
  CHECK(routes.waitForChange(1, s.clock.now() + 1h) == 1);
  stopper.join();
}

}  // namespace routes_test
