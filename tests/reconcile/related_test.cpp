// Related items from manifests to models: use cases and solutions of the co-occurrence family.
#include "base/text.h"
#include "world.h"

namespace related_test {

using namespace proffer;
using namespace proffer::reconcile;

namespace {

constexpr const char* kShop = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: shop}
spec: {domain: ECOMMERCE}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: shop}
spec: {type: INTERACTIONS, sources: [{csv: orders.csv}], orderColumn: order_id}
---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: together, group: shop}
spec: {useCase: frequently-bought-together}
---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: also-viewed, group: shop}
spec: {useCase: customers-who-viewed-x-also-viewed}
---
apiVersion: proffer/v1
kind: Solution
metadata: {name: similar, group: shop}
spec: {recipe: aws-sims, eventType: View, hyperparameters: {min_cointeraction_count: 2,
  max_item_interaction_count_percentile: 1}}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {name: like-this, group: shop}
spec: {solution: similar}
)";

// Everybody buys bread with butter, and at the same moment, in an order of its own, beer. Bread is looked at
// with jam, and once with honey.
std::string orders() {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,ORDER_ID\n";
  for (int user = 0; user < 12; ++user) {
    const auto row = [&](const char* item, const char* type, const char* order) {
      text += fmt::format("u{},{},{},{},{}\n", user, item, 1'600'000'000 + user, type, order);
    };
    const std::string first = fmt::format("o{}a", user), second = fmt::format("o{}b", user);
    row("beer", "Purchase", second.c_str());
    row("bread", "Purchase", first.c_str());
    row("butter", "Purchase", first.c_str());
    row("bread", "View", "");
    row(user == 0 ? "honey" : "jam", "View", "");
  }
  return text;
}

// What the loaded model of a route answers for an item.
std::vector<std::string> related(const World& world, const std::string& name, const std::string& item) {
  const auto route = world.route("shop", name);
  REQUIRE(route);
  const auto settings = routeSettingsFromJson(route->settings);
  REQUIRE(settings);
  const auto sections = world.artifacts->open(route->artifact);
  REQUIRE(sections);
  const auto model = (*recipes::recipeOfFamily(settings->family))->open(**sections);
  REQUIRE(model);
  const auto snapshot = world.data->snapshot(route->groupUid);
  REQUIRE(snapshot);
  recipes::Question question;
  question.item = (*snapshot)->findItem(item);
  const auto items = (*model)->recommend(question);
  REQUIRE(items);
  std::vector<std::string> ids;
  for (const auto& one : *items) ids.emplace_back((*model)->items().id(one.item));
  return ids;
}

}  // namespace

TEST_CASE("use cases and solutions of related items become models that answer") {
  World world;
  world.write("orders.csv", orders());
  world.apply(kShop);
  world.settle();
  const ResourceKey together{"Recommender", "shop", "together"};
  for (const ResourceKey& key : {together, ResourceKey{"Recommender", "shop", "also-viewed"},
                                 ResourceKey{"Campaign", "shop", "like-this"}}) {
    INFO(key.toString());
    CHECK(world.condition(key, kReady) == "True Serving: answers requests");
    CHECK(world.condition(key, kDegraded).find("True") == std::string::npos);
  }
  CHECK(related(world, "together", "bread").front() == "butter");
  CHECK(related(world, "together", "beer") == std::vector<std::string>{"bread", "butter"});
  CHECK(related(world, "also-viewed", "bread") == std::vector<std::string>{"jam", "honey"});
  CHECK(related(world, "like-this", "bread").front() == "jam");
  CHECK(related(world, "like-this", "nobody knows it").front() == "bread");  // R12

  const auto settings = routeSettingsFromJson(world.route("shop", "together")->settings);
  CHECK(settings->needsItem);
  CHECK_FALSE(settings->needsUser);
  CHECK_FALSE(settings->scores);
  CHECK_FALSE(settings->fallback);
  CHECK(settings->automaticFilter.empty());
  const auto viewed = routeSettingsFromJson(world.route("shop", "also-viewed")->settings);
  CHECK(viewed->needsItem);
  CHECK(viewed->needsUser);
  CHECK(viewed->automaticFilter == std::vector<std::string>{"Purchase"});
  const Json metrics = member(world.get(together).status, "metrics");
  CHECK(metrics.contains("precision_at_10"));
}

}  // namespace related_test
