// Explored items in answers, by what is new and what people choose: with real data below.
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "controller/serving/engine.h"
#include "controller/serving/new_items.h"
#include "controller/store/route_settings.h"
#include "controller/store/routes.h"
#include "recipes/recipe.h"
#include "tests/data/support.h"
#include "tests/serving/fakes.h"

namespace exploration_test {

using namespace proffer;
using namespace proffer::serving;

namespace {

constexpr const char* kUid = "group";
constexpr int64_t kDay = 86400;
constexpr int64_t kMarch1 = 1614556800, kApril1 = 1617235200, kApril16 = 1618531200;  // of 2021

std::vector<SchemaField> withImpressions() {
  std::vector<SchemaField> fields = data::interactionFields();
  fields.push_back(data::field("IMPRESSION", {FieldType::kString, FieldType::kNull}));
  return fields;
}

// Four old items that people like, A and B that were made at two times, and C of which nothing is known.
class Shop {
 public:
  explicit Shop(const std::string& impression = "") {
    configureLog(LogLevel::kError, LogFormat::kText);
    std::string rows = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE,IMPRESSION\n";
    for (int item = 0; item < 4; ++item)
      for (int user = 0; user <= 8 - item; ++user)
        rows += fmt::format("u{},old{},{},View,,,\n", user, item, kMarch1 - 100 * kDay + user);
    rows += fmt::format("u0,old0,{},View,,,{}\n", kApril16, impression);
    place.write("a.csv", rows);
    place.write("i.csv", fmt::format("ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION\n"
                                     "old0,x,1,,\nold1,x,1,,\nold2,x,1,,\nold3,x,1,,\n"
                                     "A,x,1,{},\nB,x,1,{},\nC,x,1,,\n",
                                     kApril1, kMarch1));
    REQUIRE(
        place.import(data::dataset(DatasetType::kInteractions, withImpressions(), {data::source("a.csv")})));
    REQUIRE(place.import(data::dataset(DatasetType::kItems, data::itemFields(), {data::source("i.csv")})));
    CatalogueSettings settings;
    settings.interactions = "interactions-uid";
    store->routes().putGroup({"shop", kUid, 1, toJson(settings), 0});
    artifact = train();
    for (const auto& [name, weight] : {std::pair("all", 1.0), {"some", 0.3}, {"none", 0.0}})
      route(name, weight);
    start();
  }

  void start() {
    engine = Engine::create(*store, place.store(), artifacts, clock, "replica-1");
    engine->keepExplorationIn(place.dataPath() / "exploration", io::posixFileSystem());
    REQUIRE(engine->start());
  }

  std::string train() {
    const auto snapshot = place.snapshot();
    recipes::TrainingConfiguration configuration;
    configuration.recipe = "aws-popularity-count";
    configuration.counting = "events";
    Progress progress;
    const auto model =
        (*recipes::recipeOfFamily("popularity"))
            ->train({&snapshot->interactions(), snapshot->items(), nullptr}, configuration, progress);
    REQUIRE(model);
    auto writer = artifacts.create(1, 1, kUid);
    REQUIRE(writer);
    (*model)->save(**writer);
    REQUIRE((*writer)->finish());
    return (*writer)->row().path;
  }

  int64_t route(const char* name, double weight, int64_t cutOff = 20 * kDay) {
    RouteSettings settings;
    settings.recipe = "aws-user-personalization";
    settings.family = "popularity";
    settings.needsUser = false;
    settings.explorationWeight = weight;
    settings.explorationCutOff = cutOff;
    return *store->routes().put({"shop", name, kUid, "Campaign", "v1", artifact, toJson(settings), "", 0});
  }

  Answer ask(const char* name, bool explain = false, int numResults = 0) {
    RecommendRequest request;
    request.group = "shop";
    request.name = name;
    request.explain = explain;
    if (numResults > 0) request.numResults = numResults;
    const auto answer = engine->recommend(request);
    INFO((answer ? std::string() : formatError(answer.error())));
    REQUIRE(answer);
    return *answer;
  }

  // The items with a reason, of many answers.
  std::set<std::string> explored(const char* name) {
    std::set<std::string> found;
    for (int i = 0; i < 30; ++i)
      for (const RecommendedItem& item : ask(name, false, 3).items)
        if (!item.reason.empty()) {
          CHECK(item.reason == std::vector<std::string>{"Exploration"});
          found.insert(item.itemId);
        }
    return found;
  }

  template <class Ready>
  bool eventually(const Ready& ready) {
    for (int i = 0; i < 4000; ++i) {
      if (ready()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  // Both routes that explore learn from lists that are nobody's.
  bool learned(int64_t choices) {
    return eventually([&] { return engine->exploration().choices == choices; });
  }
  bool looked() {
    return eventually([&] { return engine->exploration().eligible > 0; });
  }

  void put(const std::string& user, const std::string& item, const std::string& recommendation,
           std::vector<std::string> impression, std::vector<std::string> shown = {}) {
    data::LiveEvent event;
    event.sessionId = "s-" + user;
    event.userId = user;
    event.itemId = item;
    event.eventType = "View";
    event.time = kApril16 - 1000 + ++events;
    event.recommendationId = recommendation;
    event.impression = std::move(impression);
    event.shown = std::move(shown);
    const data::LiveDataset dataset{"interactions", "interactions-uid", DatasetType::kInteractions,
                                    withImpressions()};
    REQUIRE(place.store().live()->putEvents(kUid, dataset, std::span(&event, 1)));
  }

  static std::vector<std::string> idsOf(const Answer& answer) {
    std::vector<std::string> ids;
    for (const RecommendedItem& item : answer.items) ids.push_back(item.itemId);
    return ids;
  }

  data::Place place;
  SystemClock clock;
  std::unique_ptr<store::ControlStore> store = std::move(*store::ControlStore::openInMemory(clock));
  artifacts::ArtifactStore artifacts{*store, io::posixFileSystem()};
  std::string artifact;
  std::unique_ptr<Engine> engine;
  int events = 0;
};

}  // namespace

TEST_CASE("items are explored that are at most the cut-off older than the newest interaction") {
  Shop shop;
  REQUIRE(shop.looked());
  // Created on April 1 and March 1, newest interaction April 16, cut-off 20 days: A may be, B may not.
  CHECK(shop.explored("all") == std::set<std::string>{"A", "C"});
  CHECK(shop.explored("none").empty());
  for (int i = 0; i < 20; ++i) {
    CHECK(Shop::idsOf(shop.ask("none")) ==
          std::vector<std::string>{"old0", "old1", "old2", "old3", "A", "B", "C"});
    const Answer answer = shop.ask("all", false, 3);
    CHECK(answer.items[0].itemId == "old0");
    CHECK(answer.items[0].reason.empty());
    CHECK(answer.items.size() == 3);
  }
  SECTION("weight and cut-off change without training") {
    shop.route("all", 0);
    CHECK(shop.eventually([&] { return shop.explored("all").empty(); }));
    shop.route("none", 1, 60 * kDay);
    CHECK(shop.eventually([&] { return shop.explored("none") == std::set<std::string>{"A", "B", "C"}; }));
  }
}

TEST_CASE("items without a creation time are as old as their first interaction") {
  recipes::testing::MemoryTable items({{"CREATION_TIMESTAMP", recipes::ColumnKind::kNumeric}}, 4);
  const auto rows = std::make_shared<recipes::testing::MemoryInteractions>(
      std::vector<recipes::testing::Row>{{"u", "a", 50}, {"v", "a", 30}, {"u", "b", 70}, {"u", "c", 20}},
      std::vector<std::string>{"d"});
  items.set(rows->item("c"), {"90"});
  const testing::FakeSnapshot snapshot(1, rows, std::make_shared<recipes::testing::MemoryTable>(items));
  CHECK(itemBirths(snapshot) == std::vector<int64_t>{30, 70, 90, kNotBornYet});
  const auto space = recipes::ItemSpace::of(*rows, {0, 1, 2, 3});
  CHECK(newItems(space, itemBirths(snapshot), 100, 70) == std::vector<recipes::Index>{0, 1, 2, 3});
  CHECK(newItems(space, itemBirths(snapshot), 100, 69) == std::vector<recipes::Index>{1, 2, 3});
  CHECK(newItems(space, itemBirths(snapshot), 100, 10) == std::vector<recipes::Index>{2, 3});
  CHECK(newItems(space, {}, 100, 10).size() == 4);
}

TEST_CASE("what people choose from lists is learned once, and kept over a restart") {
  Shop shop;
  REQUIRE(shop.looked());
  // An answer of one route: it alone learns from it.
  const Answer answer = shop.ask("all", false, 3);
  const auto shown = Shop::idsOf(answer);
  shop.put("ann", shown[1], answer.recommendationId, {}, shown);
  REQUIRE(shop.learned(1));
  shop.put("ann", shown[1], answer.recommendationId, {}, shown);  // a view, then a purchase
  shop.put("ann", shown[2], answer.recommendationId, {}, shown);
  REQUIRE(shop.learned(2));
  // An impression without an answer: both that explore do.
  shop.put("bob", "old1", "", {"old0", "old1", "A"});
  REQUIRE(shop.learned(4));
  shop.put("bob", "old1", "", {});
  shop.put("bob", "elsewhere", "", {"old0", "A"});  // chose something else
  REQUIRE(shop.learned(6));

  shop.engine->stop();
  shop.engine.reset();
  SECTION("kept") {
    shop.put("cid", "old1", "", {"old0", "old1", "A"});  // while it was down
    shop.start();
    CHECK(shop.learned(8));
  }
  SECTION("a campaign that is gone takes it along") {
    const auto path = shop.place.dataPath() / "exploration" / "group.some.explored";
    REQUIRE(std::filesystem::exists(path));
    shop.start();
    REQUIRE(shop.learned(6));
    REQUIRE(shop.store->routes().remove("shop", "some"));
    CHECK(shop.eventually([&] { return !std::filesystem::exists(path); }));
    CHECK(shop.learned(4));
  }
  SECTION("a file that is damaged is learned anew from the log") {
    const auto path = shop.place.dataPath() / "exploration" / "group.all.explored";
    REQUIRE(std::filesystem::file_size(path) > 100);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
    std::filesystem::remove(shop.place.dataPath() / "exploration" / "group.some.explored");
    shop.start();
    CHECK(shop.learned(8));  // nobody remembers whose answer it was: both learn from all four
  }
}

TEST_CASE("imported impressions are learned from") {
  Shop shop("A|old0|old1");
  CHECK(shop.learned(2));
  shop.engine->stop();
  shop.engine.reset();
  shop.start();
  CHECK(shop.learned(2));
}

TEST_CASE("an explanation says whether an item was explored, and how likely that was") {
  Shop shop;
  REQUIRE(shop.looked());
  const Answer answer = shop.ask("all", true, 3);
  for (const RecommendedItem& item : answer.items) {
    REQUIRE_FALSE(item.evidence.empty());
    const ItemEvidence& evidence = item.evidence.front();
    CHECK(evidence.kind == (item.reason.empty() ? "no exploration" : "exploration"));
    CHECK(evidence.value > 0);
    CHECK(evidence.value <= 1);
  }
  CHECK(shop.ask("none", true, 3).items[0].evidence.front().kind != "no exploration");
  const auto figures = shop.engine->exploration();
  CHECK(figures.answers == 1);
  CHECK(figures.slots == 3);
  CHECK(figures.explored == 2);
}

}  // namespace exploration_test
