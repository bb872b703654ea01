// Filters in requests: the group's items, who asks, what about, and with which values.
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "controller/serving/engine.h"
#include "controller/serving/filter_trial.h"
#include "controller/serving/filtering.h"
#include "manifests/filter_fields.h"
#include "recipes/recipe.h"
#include "tests/serving/fakes.h"

namespace filter_test {

using namespace proffer;
using namespace proffer::serving;
using namespace proffer::serving::testing;
using recipes::testing::MemoryInteractions;
using recipes::testing::MemoryTable;
using recipes::testing::Row;

namespace {

constexpr const char* kUid = "uid-shop";
constexpr int64_t kNow = 1'000'000;

std::vector<Row> shopRows() {
  std::vector<Row> rows{{"ann", "lamp", kNow - 900, "View"},    {"bob", "lamp", kNow - 800, "View"},
                        {"cid", "lamp", kNow - 700, "View", 5}, {"ann", "desk", kNow - 600, "View", 2},
                        {"bob", "desk", kNow - 500, "View"},    {"ann", "chair", kNow - 400, "Purchase"},
                        {"dan", "chair", kNow - 300, "View"},   {"bob", "ghost", kNow - 200, "View"},
                        {"ann", "rug", kNow - 100, "PURCHASE"}};
  return rows;
}

dsl::Fields shopFields() {
  using dsl::ValueType;
  dsl::Fields fields;
  fields.items = dsl::DatasetFields{{{"ITEM_ID", ValueType::kText},
                                     {"TITLE", ValueType::kText},
                                     {"PRICE", ValueType::kNumber},
                                     {"GENRE", ValueType::kText, true}}};
  fields.users = dsl::DatasetFields{
      {{"USER_ID", ValueType::kText}, {"TIER", ValueType::kText}, {"AGE", ValueType::kNumber}}};
  fields.interactions = dsl::DatasetFields{{{"EVENT_TYPE", ValueType::kText},
                                            {"TIMESTAMP", ValueType::kNumber},
                                            {"EVENT_VALUE", ValueType::kNumber}}};
  return fields;
}

// A shop whose recommenders are `top` (of views), `related` (asks for an item) and `unbought` (an automatic
// filter).
class Shop {
 public:
  Shop() {
    configureLog(LogLevel::kError, LogFormat::kText);
    interactions = std::make_shared<MemoryInteractions>(shopRows(), std::vector<std::string>{"shelf"});
    settings.titleColumn = "TITLE";
    settings.catalogueOnly = true;
    settings.fields = toJson(shopFields());
    items = std::make_shared<MemoryTable>(
        std::vector<recipes::ColumnInfo>{{"TITLE", recipes::ColumnKind::kPlain},
                                         {"PRICE", recipes::ColumnKind::kNumeric},
                                         {"GENRE", recipes::ColumnKind::kCategorical}},
        interactions->itemCount());
    put("lamp", "A lamp", "10.5", "light|home");
    put("desk", "A desk", "99", "office");
    put("chair", "A chair", "20", "office|home");
    put("rug", "A rug", std::nullopt, "home");
    put("shelf", "A shelf", "30", std::nullopt);
    users = std::make_shared<MemoryTable>(
        std::vector<recipes::ColumnInfo>{{"TIER", recipes::ColumnKind::kCategorical},
                                         {"AGE", recipes::ColumnKind::kNumeric}},
        interactions->userCount());
    users->set(interactions->user("ann"), {"gold", "30"});
    users->set(interactions->user("bob"), {"silver", std::nullopt});
    publishData(1);
    engine = Engine::create(*store, data, artifacts, clock, "replica-1");
  }

  void put(const char* id, std::optional<std::string> title, std::optional<std::string> price,
           std::optional<std::string> genre) {
    items->set(interactions->item(id), {std::move(title), std::move(price), std::move(genre)});
  }
  void publishData(int64_t version, const std::string& fingerprint = "") {
    dataVersion = version;
    data.set(kUid, std::make_shared<FakeSnapshot>(version, interactions, items, users, fingerprint));
    publish();
  }
  void publish() { store->routes().putGroup({"shop", kUid, dataVersion, toJson(settings), 0}); }
  void filter(const std::string& name, const std::string& expression, const char* dialect = "extended") {
    settings.filters[name] = {expression, dialect};
    publish();
  }
  void start() {
    recipes::TrainingConfiguration configuration;
    configuration.recipe = "aws-popularity-count";
    configuration.counting = "events";
    Progress progress;
    const auto model = (*recipes::recipeOfFamily("popularity"))
                           ->train({interactions.get(), items.get()}, configuration, progress);
    REQUIRE(model);
    auto writer = artifacts.create(1, 1, kUid);
    REQUIRE(writer);
    (*model)->save(**writer);
    REQUIRE((*writer)->finish());
    RouteSettings route;
    route.recipe = "aws-ecomm-popular-items-by-views";
    route.useCase = "most-viewed";
    route.family = "popularity";
    route.needsUser = false;
    RouteSettings related = route, unbought = route;
    related.needsItem = true;
    unbought.automaticFilter = {"Purchase"};
    for (const auto& [name, given] : {std::pair("top", route), {"related", related}, {"unbought", unbought}})
      REQUIRE(store->routes().put(
          {"shop", name, kUid, "Recommender", "v1", (*writer)->row().path, toJson(given), "", 0}));
    REQUIRE(engine->start());
  }

  struct Ask {
    std::string filter = {}, user = {}, name = "top", item = {};
    std::map<std::string, std::string> values = {};
    int count = 0;
  };
  RecommendRequest request(const Ask& ask) const {
    RecommendRequest request;
    request.group = "shop";
    request.name = ask.name;
    request.filter = ask.filter;
    request.userId = ask.user;
    request.itemId = ask.item;
    request.filterValues = ask.values;
    if (ask.count > 0) request.numResults = ask.count;
    return request;
  }
  std::string ids(const Ask& ask) {
    const auto answer = engine->recommend(request(ask));
    INFO((answer ? std::string() : formatError(answer.error())));
    REQUIRE(answer);
    std::vector<std::string> list;
    for (const RecommendedItem& item : answer->items) list.push_back(item.itemId);
    return join(list, " ");
  }
  Error refused(const Ask& ask) {
    auto answer = engine->recommend(request(ask));
    REQUIRE_FALSE(answer);
    return answer.error();
  }

  SimulatedClock clock{fromMicros(kNow * 1'000'000)};
  std::unique_ptr<store::ControlStore> store = std::move(*store::ControlStore::openInMemory(clock));
  FakeGroupData data;
  artifacts::ArtifactStore artifacts{*store, io::posixFileSystem()};
  CatalogueSettings settings;
  int64_t dataVersion = 0;
  std::shared_ptr<MemoryInteractions> interactions;
  std::shared_ptr<MemoryTable> items, users;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST_CASE("a request's filter leaves the best that pass", "[filter]") {
  Shop shop;
  shop.start();
  REQUIRE(shop.ids({}) == "lamp chair desk rug shelf");
  struct {
    const char* expression;
    Shop::Ask ask;
    const char* expected;
    const char* reason;
  } const rows[] = {
      {"INCLUDE ItemID WHERE Items.PRICE < 50", {}, "lamp chair shelf", "a number; null does not pass (F27)"},
      {"EXCLUDE ItemID WHERE Items.PRICE < 50", {}, "desk rug", "null stays"},
      {"INCLUDE ItemID WHERE Items.GENRE IN (\"home\")", {}, "lamp chair rug", "multi-valued (F26)"},
      {"INCLUDE ItemID WHERE Items.GENRE IN ($G)",
       {.values = {{"G", "light,office"}}},
       "lamp chair desk",
       "F35"},
      {"INCLUDE ItemID WHERE Items.GENRE IN ($G)",
       {.values = {{"G", "\"light\",\"office\""}}},
       "lamp chair desk",
       "F34"},
      {"EXCLUDE ItemID WHERE Items.GENRE IN ($G)",
       {},
       "lamp chair desk rug shelf",
       "EXCLUDE without value (F37)"},
      {"INCLUDE ItemID WHERE Items.GENRE IN (\"home\") | EXCLUDE ItemID WHERE Items.PRICE > 15",
       {},
       "lamp rug",
       "chained (F22)"},
      {"INCLUDE ItemID WHERE Items.GENRE IN (\"home\")",
       {.filter = "", .user = "", .name = "top", .item = "", .values = {}, .count = 1},
       "lamp",
       "no more than asked for"},
      {"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"purchase\")",
       {.filter = "", .user = "ann"},
       "lamp desk shelf",
       "the user's events, case ignored (F9)"},
      {"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"*\")",
       {.filter = "", .user = "bob"},
       "lamp desk",
       "ghost is not in the catalogue"},
      {"INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"View\")",
       {.filter = "", .user = "nobody"},
       "",
       "an unknown user (F30): an empty answer"},
      {"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"View\")",
       {.filter = "", .user = "nobody"},
       "lamp chair desk rug shelf",
       "an unknown user (F30)"},
      {"INCLUDE ItemID WHERE Interactions.EVENT_VALUE >= 2",
       {.filter = "", .user = "ann"},
       "desk",
       "extended"},
      {"INCLUDE ItemID WHERE Interactions.TIMESTAMP > NOW - 450s",
       {.filter = "", .user = "ann"},
       "chair rug",
       "NOW"},
      {"EXCLUDE ItemID WHERE Items.GENRE IN (\"home\") IF CurrentUser.TIER = \"gold\"",
       {.filter = "", .user = "ann"},
       "desk shelf",
       "IF holds"},
      {"EXCLUDE ItemID WHERE Items.GENRE IN (\"home\") IF CurrentUser.TIER = \"gold\"",
       {.filter = "", .user = "bob"},
       "lamp chair desk rug shelf",
       "IF does not hold (F29)"},
      {"INCLUDE ItemID WHERE Items.PRICE < CurrentUser.AGE",
       {.filter = "", .user = "ann"},
       "lamp chair",
       "an attribute"},
      {"INCLUDE ItemID WHERE Items.PRICE < CurrentUser.AGE",
       {.filter = "", .user = "bob"},
       "",
       "a missing one (F28)"},
      {"INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE",
       {.filter = "", .user = "", .name = "related", .item = "desk"},
       "chair desk",
       "F28"},
      {"INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE",
       {.filter = "", .user = "", .name = "related", .item = "unknown"},
       "",
       "an unknown item (F28)"},
      {"INCLUDE ItemID WHERE Items.ITEM_ID IN (\"rug\", \"desk\", \"ghost\")", {}, "desk rug", "by id"},
      {"INCLUDE ItemID WHERE Items.PRICE < 50",
       {.filter = "", .user = "ann", .name = "unbought"},
       "lamp shelf",
       "with the automatic filter (F31)"},
      {"INCLUDE ItemID WHERE Items.PRICE > 1000", {}, "", "nothing passes: an empty answer (F32)"},
  };
  for (const auto& row : rows) {
    INFO(row.reason << ": " << row.expression);
    shop.filter("f", row.expression);
    // The change is there as soon as it is published: another name makes the engine look.
    shop.filter("g" + std::to_string(&row - rows), row.expression);
    Shop::Ask ask = row.ask;
    ask.filter = "g" + std::to_string(&row - rows);
    CHECK(shop.ids(ask) == row.expected);
  }
}

TEST_CASE("items that are only known from interactions pass where the catalogue does not decide",
          "[filter]") {
  Shop shop;
  shop.settings.catalogueOnly = false;
  shop.filter("dear", "EXCLUDE ItemID WHERE Items.PRICE < 50");
  shop.filter("cheap", "INCLUDE ItemID WHERE Items.PRICE < 50");
  shop.start();
  CHECK(shop.ids({"dear"}) == "desk ghost rug");  // F27
  CHECK(shop.ids({"cheap"}) == "lamp chair shelf");
}

TEST_CASE("a filter that cannot be used in a request is refused with its field", "[filter]") {
  Shop shop;
  shop.filter("genre", "INCLUDE ItemID WHERE Items.GENRE IN ($G)");
  shop.filter("price", "INCLUDE ItemID WHERE Items.PRICE < $MAX");
  shop.filter("seen", "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"View\")");
  shop.filter("tier", "EXCLUDE ItemID WHERE Items.PRICE > 1 IF CurrentUser.TIER = \"gold\"");
  shop.filter("similar", "INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE");
  shop.filter("people", "INCLUDE UserID WHERE Users.TIER IN (\"gold\")");
  shop.filter("broken", "INCLUDE ItemID WHERE Items.COLOUR = \"red\"");
  shop.start();
  struct {
    Shop::Ask ask;
    ErrorCode code;
    const char* field;
    const char* message;
    const char* reason;
  } const rows[] = {
      {{"genres"}, ErrorCode::kNotFound, "filter", "no filter \"genres\" in group \"shop\"", "R30"},
      {{"genre"}, ErrorCode::kInvalidInput, "filterValues.G", "", "INCLUDE needs its values (F37)"},
      {{.filter = "genre", .values = {{"g", "home"}}},
       ErrorCode::kInvalidInput,
       "filterValues.G",
       "",
       "case counts (F9)"},
      {{.filter = "price", .values = {{"MAX", "1,2"}}},
       ErrorCode::kInvalidInput,
       "filterValues.MAX",
       "",
       "F36"},
      {{.filter = "price", .values = {{"MAX", "cheap"}}},
       ErrorCode::kInvalidInput,
       "filterValues.MAX",
       "",
       "no number"},
      {{.filter = "genre", .values = {{"G", "\"open"}}},
       ErrorCode::kInvalidInput,
       "filterValues.G",
       "",
       "an open quote"},
      {{"seen"}, ErrorCode::kInvalidInput, "userId", "is required by filter \"seen\"", "a user is needed"},
      {{"tier"}, ErrorCode::kInvalidInput, "userId", "is required by filter \"tier\"", "a user is needed"},
      {{.filter = "similar", .user = "", .name = "top", .item = "desk"},
       ErrorCode::kInvalidInput,
       "filter",
       "shop/top asks about no item",
       "F15"},
      {{"people"}, ErrorCode::kInvalidInput, "filter", "is of users", "1.3"},
      {{"broken"}, ErrorCode::kInvalidInput, "filter", "cannot be used: ", "not ACTIVE (R30)"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const Error error = shop.refused(row.ask);
    CHECK(error.code == row.code);
    CHECK(error.field == row.field);
    CHECK_THAT(error.message, Catch::Contains(row.message));
  }
  CHECK_THAT(shop.refused({"genres"}).hint, Catch::Contains("\"genre\""));
}

TEST_CASE("the personalize dialect and the service's quotas look at the newest 100 events of a type",
          "[filter]") {
  Shop shop;
  std::vector<Row> rows;
  for (int i = 0; i < 150; ++i)
    rows.push_back({"eve", "i" + std::to_string(i), 1000 + i, i % 2 == 0 ? "View" : "view"});
  rows.push_back({"eve", "first", 1, "Purchase"});
  shop.interactions = std::make_shared<MemoryInteractions>(rows);
  shop.items = nullptr;
  shop.users = nullptr;
  shop.settings.catalogueOnly = false;
  shop.settings.interactionWindow = 100;
  const std::string seen = "INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"View\")";
  shop.filter("all", seen);
  shop.filter("newest", seen, "personalize");
  shop.publishData(2);
  shop.start();
  const auto count = [&](const Shop::Ask& ask) { return split(shop.ids(ask), ' ').size(); };
  CHECK(count({.filter = "all", .user = "eve", .name = "top", .item = "", .values = {}, .count = 500}) ==
        150);
  CHECK(count({.filter = "newest", .user = "eve", .name = "top", .item = "", .values = {}, .count = 500}) ==
        100);
  const Catalogue catalogue(*shop.data.snapshot(kUid), shop.settings);
  recipes::Interactions::Scratch scratch;
  const auto history = shop.interactions->history(shop.interactions->user("eve"), scratch);
  const auto snapshotTypes = catalogue.snapshot().interactions().eventTypes();
  CHECK(catalogue.itemsOf(history, snapshotTypes, std::vector<std::string>{"VIEW"}).size() == 100);
  CHECK(catalogue.itemsOf(history, snapshotTypes, std::vector<std::string>{"View", "purchase"}).size() == 101);
}

TEST_CASE("new data and new filters take over what still holds", "[filter]") {
  Shop shop;
  shop.filter("cheap", "INCLUDE ItemID WHERE Items.PRICE < 50");
  shop.publishData(1, "items-1");
  const auto snapshotOf = [&] { return *shop.data.snapshot(kUid); };
  const auto first = *GroupFilters::make(*snapshotOf(), shop.settings, nullptr);
  REQUIRE(first->find("cheap")->prepared);
  const auto passing = [](const GroupFilters& filters, const char* name) {
    return filters.find(name)->prepared->resolve({})->count();
  };
  CHECK(passing(*first, "cheap") == 3);

  // Interactions alone: an item more, the same index.
  auto rows = shopRows();
  rows.push_back({"zoe", "shelf", kNow, "View"});
  rows.push_back({"zoe", "new", kNow, "View"});
  shop.interactions = std::make_shared<MemoryInteractions>(rows);
  shop.publishData(2, "items-1");
  const auto second = *GroupFilters::make(*snapshotOf(), shop.settings, first.get());
  CHECK(second->find("cheap")->program == first->find("cheap")->program);
  CHECK(second->find("cheap")->prepared->items().size() == shop.interactions->itemCount());
  CHECK(passing(*second, "cheap") == 3);

  // Another price: everything anew.
  shop.put("desk", "A desk", "9", "office");
  shop.publishData(3, "items-2");
  const auto third = *GroupFilters::make(*snapshotOf(), shop.settings, second.get());
  CHECK(passing(*third, "cheap") == 4);

  // Another filter that reads another column, and another expression.
  shop.filter("home", "INCLUDE ItemID WHERE Items.GENRE IN (\"home\")");
  shop.filter("cheap", "INCLUDE ItemID WHERE Items.PRICE < 10");
  const auto fourth = *GroupFilters::make(*snapshotOf(), shop.settings, third.get());
  CHECK(passing(*fourth, "cheap") == 1);
  CHECK(passing(*fourth, "home") == 3);

  // A column that changes its type.
  dsl::Fields fields = shopFields();
  fields.items->fields[2].type = dsl::ValueType::kText;
  shop.settings.fields = toJson(fields);
  const auto fifth = *GroupFilters::make(*snapshotOf(), shop.settings, fourth.get());
  CHECK_FALSE(fifth->find("cheap")->prepared);
  CHECK(passing(*fifth, "home") == 3);

  shop.settings.filters.clear();
  CHECK((*GroupFilters::make(*snapshotOf(), shop.settings, fifth.get()))->bytes() == 0);
  shop.settings.fields = Json::array({1});
  CHECK(GroupFilters::make(*snapshotOf(), shop.settings, nullptr).error().code == ErrorCode::kCorrupt);
}

TEST_CASE("filters are checked and tried outside of recommendations", "[filter]") {
  Shop shop;
  shop.filter("home", "INCLUDE ItemID WHERE Items.GENRE IN (\"home\") AND Items.PRICE < $MAX");
  shop.start();
  const auto good = shop.engine->checkFilter("shop", "include itemid where items.price<3", "extended");
  REQUIRE(good);
  CHECK(good->canonical == "INCLUDE ItemID WHERE Items.PRICE < 3");
  CHECK(good->uses.fields == std::set<std::string>{"Items.PRICE"});
  const auto bad = shop.engine->checkFilter("shop", "INCLUDE ItemID WHERE Items.PRCE<3", "extended");
  REQUIRE(bad);
  REQUIRE(bad->errors.size() == 1);
  CHECK(bad->errors[0].position.column > 20);
  CHECK(shop.engine->checkFilter("shop", "x", "martian").error().field == "dialect");
  CHECK(shop.engine->checkFilter("shp", "x", "extended").error().code == ErrorCode::kNotFound);

  FilterTrial trial;
  trial.group = "shop";
  trial.filter = "home";
  trial.filterValues = {{"MAX", "15"}};
  trial.explainItem = "chair";
  const auto outcome = shop.engine->tryFilter(trial);
  INFO((outcome ? std::string() : formatError(outcome.error())));
  REQUIRE(outcome);
  CHECK(outcome->passing == 1);
  CHECK(outcome->items == 5);
  REQUIRE(outcome->sample.size() == 1);
  CHECK(outcome->sample[0].itemId == "lamp");
  CHECK(outcome->sample[0].title == "A lamp");
  REQUIRE(outcome->explanation);
  CHECK_FALSE(outcome->explanation->passes);
  trial.explainItem = "unicorn";
  CHECK(shop.engine->tryFilter(trial).error().field == "explainItem");
  trial.filter.clear();
  trial.explainItem.clear();
  trial.expression = "EXCLUDE ItemID WHERE Items.PRICE < 50";
  CHECK(shop.engine->tryFilter(trial)->passing == 2);
  trial.expression = "EXCLUDE";
  CHECK(shop.engine->tryFilter(trial).error().field == "expression");
}

}  // namespace filter_test
