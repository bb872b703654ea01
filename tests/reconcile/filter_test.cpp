// Filters against the schemas of their group, as both come, change and go.
#include "controller/reconcile/datasets.h"
#include "tests/reconcile/world.h"

namespace filter_test {

using namespace proffer;
using namespace proffer::reconcile;

namespace {

constexpr const char* kGroup = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: shop}
---
apiVersion: proffer/v1
kind: Schema
metadata: {name: products}
spec:
  type: ITEMS
  fields:
    - {name: ITEM_ID, type: string}
    - {name: PRICE, type: float}
    - {name: GENRES, type: string, categorical: true}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: shop}
spec: {type: ITEMS, schema: products}
)";

std::string filter(const std::string& name, const std::string& expression) {
  return "---\napiVersion: proffer/v1\nkind: Filter\nmetadata: {name: " + name +
         ", group: shop}\nspec:\n  expression: " + expression + "\n";
}

ResourceKey named(const std::string& name) {
  return {"Filter", "shop", name};
}

CatalogueSettings published(const World& world) {
  const auto table = world.routes();
  REQUIRE(table.groups.size() == 1);
  const auto settings = catalogueSettingsFromJson(table.groups[0].settings);
  REQUIRE(settings);
  return *settings;
}

}  // namespace

TEST_CASE("a filter that fits its group is Ready, with its canonical form and what it uses") {
  World world;
  world.apply(kGroup + filter("cheap", "include itemid where items.price<$MAX and items.genres in ('a')"));
  world.settle();
  CHECK(world.condition(named("cheap"), kReady) == "True Available: the filter can be used");
  CHECK(world.condition(named("cheap"), kDegraded) == "none");
  const Json status = world.get(named("cheap")).status;
  CHECK(stringMember(status, "canonical") ==
        "INCLUDE ItemID WHERE Items.PRICE < $MAX AND Items.GENRES IN (\"a\")");
  CHECK(dumpJson(member(status, "uses")) ==
        R"({"fields":["Items.GENRES","Items.PRICE"],"placeholders":["MAX"],"required":["MAX"]})");
  const CatalogueSettings settings = published(world);
  CHECK(settings.filters.at("cheap").dialect == "extended");
  CHECK(dumpJson(settings.fields) ==
        R"({"ITEMS":[{"name":"ITEM_ID","type":"text"},{"name":"PRICE","type":"number"},)"
        R"({"name":"GENRES","type":"text","multiValued":true}]})");

  SECTION("once it is deleted, serving no longer knows it") {
    REQUIRE(world.erase(named("cheap")));
    world.settle();
    CHECK_FALSE(world.has(named("cheap")));
    CHECK(published(world).filters.empty());
  }
  SECTION("the group takes it along") {
    REQUIRE(world.erase({"DatasetGroup", "", "shop"}));
    for (int i = 0; i < 20; ++i) world.advance(std::chrono::seconds(5));
    CHECK(world.all("Filter").empty());
    CHECK(world.routes().groups.empty());
  }
}

TEST_CASE("a filter that does not fit says what is wrong and where") {
  World world;
  world.apply(kGroup + filter("typo", "INCLUDE ItemID WHERE Items.PRCE < 3 OR Items.GENRES > 1"));
  world.settle();
  const std::string why = world.condition(named("typo"), kReady);
  CHECK(why.starts_with("False InvalidSpec: line 1, column 28: "));
  CHECK(why.find("PRICE") != std::string::npos);
  CHECK(why.find("(and 1 more)") != std::string::npos);
  CHECK(world.condition(named("typo"), kDegraded) == "none");
  CHECK(member(world.get(named("typo")).status, "errors").size() == 2);
}

TEST_CASE("a filter waits for what it reads") {
  World world;
  world.apply(filter("seen", "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('Watch')").substr(4));
  world.settle();
  CHECK(world.condition(named("seen"), kWaitingFor).find("DatasetGroup/shop") != std::string::npos);
  world.apply(kGroup);
  world.settle();
  CHECK(world.condition(named("seen"), kWaitingFor).find("a Dataset of type INTERACTIONS in group shop") !=
        std::string::npos);
  CHECK(world.condition(named("seen"), kDegraded) == "none");
  world.apply(R"(
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: shop}
spec:
  type: INTERACTIONS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: ITEM_ID, type: string}
      - {name: TIMESTAMP, type: long}
      - {name: EVENT_TYPE, type: string}
)");
  world.settle();
  CHECK(world.condition(named("seen"), kReady) == "True Available: the filter can be used");
  CHECK(world.condition(named("seen"), kWaitingFor) == "none");
}

TEST_CASE("a filter follows the schemas of its group by itself") {
  World world;
  world.apply(kGroup + filter("dear", "INCLUDE ItemID WHERE Items.PRICE > 3"));
  world.settle();
  REQUIRE(world.condition(named("dear"), kReady).starts_with("True"));
  const std::string group = kGroup;
  const auto price = [&](const std::string& type) {
    std::string changed = group;
    const size_t at = changed.find("type: float");
    changed.replace(at, 11, "type: " + type);
    world.apply(changed);
    world.settle();
  };
  price("string");
  CHECK(world.condition(named("dear"), kReady).starts_with("False InvalidSpec"));
  CHECK(world.condition(named("dear"), kDegraded).starts_with("True SchemaChanged"));
  price("double");
  CHECK(world.condition(named("dear"), kReady).starts_with("True"));
  CHECK(world.condition(named("dear"), kDegraded) == "none");

  REQUIRE(world.erase({"Dataset", "shop", "items"}));
  world.settle();
  CHECK(world.condition(named("dear"), kReady).starts_with("False Waiting"));
  CHECK(world.condition(named("dear"), kDegraded).starts_with("True SchemaChanged"));
  CHECK(dumpJson(published(world).fields) == "{}");
  world.apply(kGroup);
  world.settle();
  CHECK(world.condition(named("dear"), kReady).starts_with("True"));
}

TEST_CASE(
    "with the service's quotas a filter of its dialect names ten fields, and automatic filters look at a "
    "window") {
  World world;
  std::string group = kGroup;
  group.replace(group.find("metadata: {name: shop}"), 22, "metadata: {name: shop}\nspec: {quotas: aws}");
  std::string columns, where;
  for (int i = 0; i < 11; ++i) {
    columns += fmt::format("    - {{name: C{}, type: float}}\n", i);
    where += fmt::format("{}Items.C{} > 1", i == 0 ? "" : " AND ", i);
  }
  group.insert(group.find("---\napiVersion: proffer/v1\nkind: Dataset\n"), columns);
  const std::string wide = filter("wide", "INCLUDE ItemID WHERE " + where);
  world.apply(group + wide);
  world.settle();
  CHECK(world.condition(named("wide"), kReady).starts_with("True"));
  world.apply(group + wide + "  dialect: personalize\n");
  world.settle();
  CHECK(world.condition(named("wide"), kReady).starts_with("False InvalidSpec"));
  CHECK(published(world).interactionWindow == 100);
}

}  // namespace filter_test
