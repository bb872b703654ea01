#include "controller/serving/engine.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "controller/store/resource_store.h"
#include "controller/store/route_settings.h"
#include "controller/store/routes.h"
#include "recipes/recipe.h"
#include "tests/serving/fakes.h"

namespace engine_test {

using namespace proffer;
using namespace proffer::serving;
using namespace proffer::serving::testing;
using recipes::testing::MemoryInteractions;
using recipes::testing::MemoryTable;
using recipes::testing::Row;

namespace {

constexpr const char* kUid = "uid-shop";

std::vector<Row> shopRows() {
  return {{"ann", "lamp", 1, "View"},  {"bob", "lamp", 2, "View"},     {"cid", "lamp", 3, "view"},
          {"ann", "desk", 4, "View"},  {"bob", "desk", 5, "view"},     {"ann", "chair", 6, "Purchase"},
          {"dan", "chair", 7, "View"}, {"bob", "lamp", 8, "PURCHASE"}, {"ann", "table", 9, "View"},
          {"ann", "sofa", 9, ""}};
}

RouteSettings bestSellers() {
  RouteSettings settings;
  settings.recipe = "aws-ecomm-popular-items-by-views";
  settings.useCase = "most-viewed";
  settings.family = "popularity";
  settings.needsUser = false;
  return settings;
}

std::string ids(const Answer& answer) {
  std::vector<std::string> list;
  for (const RecommendedItem& item : answer.items) list.push_back(item.itemId);
  return join(list, " ");
}

// A shop with one group, its data, a store, and an engine that has not been started.
class Shop {
 public:
  Shop()
      : interactions(
            std::make_shared<MemoryInteractions>(shopRows(), std::vector<std::string>{"shelf", "rug"})) {
    items = std::make_shared<MemoryTable>(columns(), interactions->itemCount());
    const auto put = [&](const char* id, std::optional<std::string> title, const char* price) {
      items->set(interactions->item(id), {std::move(title), price, std::nullopt});
    };
    put("lamp", "A lamp", "10.50");
    put("desk", "A desk", "99");
    put("chair", std::nullopt, "20");
    put("shelf", "A shelf", "30");
    put("rug", "A rug", "5");
    data.set(kUid, std::make_shared<FakeSnapshot>(1, interactions, items));
    store->routes().onReport([this](const std::string&, const std::string&) { ++reports; });
    engine = Engine::create(*store, data, artifacts, clock, "replica-1");
    configureLog(LogLevel::kError, LogFormat::kText);
  }

  static std::vector<recipes::ColumnInfo> columns() {
    return {{"TITLE", recipes::ColumnKind::kPlain},
            {"PRICE", recipes::ColumnKind::kNumeric},
            {"GENRE", recipes::ColumnKind::kCategorical}};
  }

  void showCatalogue(bool catalogueOnly = true, int64_t dataVersion = 1) {
    CatalogueSettings settings;
    settings.titleColumn = "title";
    settings.catalogueOnly = catalogueOnly;
    store->routes().putGroup({"shop", kUid, dataVersion, toJson(settings), 0});
  }

  std::string train(const char* eventType = "View") {
    recipes::TrainingConfiguration configuration;
    configuration.recipe = "aws-popularity-count";
    configuration.counting = "events";
    if (*eventType) configuration.events = {{eventType}};
    Progress progress;
    const auto model = (*recipes::recipeOfFamily("popularity"))
                           ->train({interactions.get(), items.get()}, configuration, progress);
    REQUIRE(model);
    auto writer = artifacts.create(1, 1, kUid);
    REQUIRE(writer);
    (*model)->save(**writer);
    REQUIRE((*writer)->finish());
    return (*writer)->row().path;
  }

  int64_t route(const char* name, const RouteSettings& settings, const std::string& artifact,
                const char* version = "v1", const char* message = "") {
    return *store->routes().put(
        {"shop", name, kUid, "Recommender", version, artifact, toJson(settings), message, 0});
  }

  RecommendRequest request(const char* name = "top", const char* user = "") const {
    RecommendRequest request;
    request.group = "shop";
    request.name = name;
    request.userId = user;
    return request;
  }

  Answer answer(const RecommendRequest& asked) {
    auto result = engine->recommend(asked);
    INFO((result ? std::string() : formatError(result.error())));
    REQUIRE(result);
    return std::move(*result);
  }

  Error refused(const RecommendRequest& asked) {
    auto result = engine->recommend(asked);
    REQUIRE_FALSE(result);
    return result.error();
  }

  // Waits until the engine has reported this revision of the route.
  store::Loaded awaitLoaded(const char* name, int64_t revision) {
    for (;;) {
      const auto loaded = *store->routes().loaded("shop", name);
      const auto mine = loaded.find("replica-1");
      if (mine != loaded.end() && mine->second.revision >= revision) return mine->second;
      std::this_thread::yield();
    }
  }

  SystemClock clock;
  std::unique_ptr<store::ControlStore> store = std::move(*store::ControlStore::openInMemory(clock));
  std::atomic<int> reports{0};
  FakeGroupData data;
  artifacts::ArtifactStore artifacts{*store, io::posixFileSystem()};
  std::shared_ptr<MemoryInteractions> interactions;
  std::shared_ptr<MemoryTable> items;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST_CASE("a served model answers: catalogue, ties by id, numResults", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  const int64_t revision = shop.route("top", bestSellers(), shop.train());
  CHECK_FALSE(shop.engine->ready());
  REQUIRE(shop.engine->start());
  CHECK(shop.engine->ready());
  CHECK(shop.store->routes().loaded("shop", "top")->at("replica-1").revision == revision);
  CHECK(shop.store->routes().loaded("shop", "top")->at("replica-1").version == "v1");

  const Answer answer = shop.answer(shop.request());
  CHECK(ids(answer) == "lamp desk chair rug shelf");  // table has a view, but is not in the catalogue
  CHECK(answer.recommendationId.size() == 40);
  CHECK(answer.recommendationId.substr(0, 4) == "RID-");
  CHECK(answer.version == "v1");
  CHECK(answer.servedBy == "model");
  CHECK_FALSE(answer.items[0].score.has_value());
  CHECK(answer.items[0].title.empty());
  CHECK(shop.answer(shop.request()).recommendationId != answer.recommendationId);

  RecommendRequest two = shop.request();
  two.numResults = 2;
  CHECK(ids(shop.answer(two)) == "lamp desk");
  two.numResults = 0;
  CHECK(ids(shop.answer(two)) == "lamp desk chair rug shelf");
  CHECK(ids(shop.answer(shop.request("top", "nobody-knows-me"))) == "lamp desk chair rug shelf");

  const std::vector<ServedModel> served = shop.engine->served();
  REQUIRE(served.size() == 1);
  CHECK(served[0].name == "top");
  CHECK(served[0].items == 6);
}

TEST_CASE("without catalogueOnly every trained item may be recommended", "[engine]") {
  Shop shop;
  shop.showCatalogue(false);
  shop.route("top", bestSellers(), shop.train());
  REQUIRE(shop.engine->start());
  CHECK(ids(shop.answer(shop.request())) == "lamp desk chair table rug shelf");
}

TEST_CASE("a group whose data is not there is answered from the model alone", "[engine]") {
  Shop shop;
  shop.route("top", bestSellers(), shop.train());
  REQUIRE(shop.engine->start());
  RecommendRequest asked = shop.request("top", "ann");
  asked.titles = true;
  CHECK(ids(shop.answer(asked)) == "lamp desk chair table rug shelf");
}

TEST_CASE("the automatic filter takes out what the user bought or watched", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  RouteSettings settings = bestSellers();
  settings.automaticFilter = {"purchase"};
  shop.route("top", settings, shop.train());
  REQUIRE(shop.engine->start());
  CHECK(ids(shop.answer(shop.request("top", "ann"))) == "lamp desk rug shelf");
  CHECK(ids(shop.answer(shop.request("top", "bob"))) == "desk chair rug shelf");  // PURCHASE is Purchase (R7)
  CHECK(ids(shop.answer(shop.request("top", "dan"))) == "lamp desk chair rug shelf");
  CHECK(ids(shop.answer(shop.request("top", "new"))) == "lamp desk chair rug shelf");
  CHECK(ids(shop.answer(shop.request("top"))) == "lamp desk chair rug shelf");
}

TEST_CASE("titles, metadata, scores and evidence stand in the answer when asked for", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  RouteSettings settings = bestSellers();
  settings.metadata = true;
  settings.scores = true;
  shop.route("top", settings, shop.train());
  REQUIRE(shop.engine->start());
  RecommendRequest asked = shop.request();
  asked.titles = true;
  asked.explain = true;
  asked.metadataColumns = {"title", "PRICE", "Title", "GENRE"};
  const Answer answer = shop.answer(asked);
  REQUIRE(answer.items.size() == 5);
  CHECK(answer.items[0].title == "A lamp");
  CHECK(answer.items[2].title.empty());
  using Metadata = std::vector<std::pair<std::string, std::string>>;
  CHECK(answer.items[0].metadata == Metadata{{"title", "A lamp"}, {"price", "10.50"}});
  CHECK(answer.items[2].metadata == Metadata{{"price", "20"}});  // null omitted (R24)
  CHECK(answer.items[0].score == 3.0);
  REQUIRE(answer.items[0].evidence.size() == 1);
  CHECK(answer.items[0].evidence[0].kind == "popularity");
  CHECK(answer.items[0].evidence[0].count == 3);
}

TEST_CASE("requests that break the rules are refused with their field", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  RouteSettings open = bestSellers(), metadata = open, needsUser = open, related = open, stopped = open;
  metadata.metadata = true;
  needsUser.needsUser = true;
  related.needsItem = true;
  stopped.stopped = true;
  const std::string artifact = shop.train();
  shop.route("top", open, artifact);
  shop.route("with-metadata", metadata, artifact);
  shop.route("needs-user", needsUser, artifact);
  shop.route("related", related, artifact);
  shop.route("stopped", stopped, artifact);
  REQUIRE(shop.engine->start());

  std::string longest(256, 'u');
  longest += "\xCC\x81";  // a combining accent is a character of its own
  struct {
    const char* name;
    std::function<void(RecommendRequest&)> change;
    const char* field;
    const char* message;
    const char* reason;
  } const rows[] = {
      {"needs-user", [](auto&) {}, "userId", "is required by most-viewed", "no user (R6)"},
      {"related", [](auto&) {}, "itemId", "is required by", "no item (R6)"},
      {"top", [&](auto& r) { r.userId = longest; }, "userId", "257 characters, at most 256", "long user id"},
      {"top", [&](auto& r) { r.itemId = longest; }, "itemId", "257 characters, at most 256",
       "long item id, though not needed"},
      {"top", [](auto& r) { r.numResults = 501; }, "numResults", "0 (the default number) to 500",
       "too many (R2)"},
      {"top", [](auto& r) { r.numResults = -1; }, "numResults", "-1 is not allowed", "negative"},
      {"with-metadata", [](auto& r) { r.numResults = 51, r.metadataColumns = {"TITLE"}; }, "numResults",
       "to 50 with metadata", "too many with metadata"},
      {"top", [](auto& r) { r.metadataColumns = {"TITLE"}; }, "metadataColumns", "not enabled",
       "metadata is off (R24)"},
      {"with-metadata",
       [](auto& r) {
         r.metadataColumns = {"PRICE", "TITEL"};
       },
       "metadataColumns[1]", "no column \"TITEL\"; they have TITLE, PRICE, GENRE", "unknown column"},
      {"with-metadata", [](auto& r) { r.metadataColumns.assign(11, "TITLE"); }, "metadataColumns",
       "at most 10", "too many columns (R23)"},
      {"top",
       [](auto& r) {
         r.context = {{"a-b", "x"}};
       },
       "context", "letters, digits and underscores", "bad context key"},
      {"top",
       [](auto& r) {
         r.context = {{"DEVICE", std::string(1001, 'x')}};
       },
       "context.DEVICE", "1001 characters", "long context"},
      {"stopped", [](auto&) {}, "", "recommender shop/stopped is stopped", "a stopped recommender (R30)"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    RecommendRequest asked = shop.request(row.name);
    row.change(asked);
    const Error error = shop.refused(asked);
    CHECK(error.code == ErrorCode::kInvalidInput);
    CHECK(error.field == row.field);
    CHECK_THAT(error.message, Catch::Contains(row.message));
  }
  RecommendRequest filtered = shop.request();
  filtered.filter = "cheap";
  CHECK(shop.refused(filtered).code == ErrorCode::kNotFound);
  CHECK_THAT(shop.refused(filtered).message, Catch::Contains("\"cheap\""));

  RecommendRequest allowed = shop.request("top", std::string(256, 'u').c_str());
  allowed.itemId = "lamp";  // extra ids are ignored (R3)
  allowed.numResults = 500;
  allowed.context = {{"DEVICE_2", "phone"}};
  CHECK(ids(shop.answer(allowed)) == "lamp desk chair rug shelf");
  RecommendRequest unknownItem = shop.request("related");
  unknownItem.itemId = "no-such-item";
  CHECK(ids(shop.answer(unknownItem)) == "lamp desk chair rug shelf");  // R12
}

TEST_CASE("what is not there and what is not ready say so", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  shop.route("most-viewed", bestSellers(), "", "", "waiting for interactions: 12 of 1000");
  shop.route("silent", bestSellers(), "");
  REQUIRE(shop.engine->start());
  CHECK(shop.engine->ready());
  struct {
    const char* group;
    const char* name;
    ErrorCode code;
    const char* message;
    const char* hint;
  } const rows[] = {
      {"shop", "most-viewd", ErrorCode::kNotFound,
       "no recommender or campaign \"most-viewd\" in group \"shop\"", "did you mean \"most-viewed\"?"},
      {"shpo", "most-viewed", ErrorCode::kNotFound, "in group \"shpo\"", "did you mean \"shop\"?"},
      {"shop", "zzz", ErrorCode::kNotFound, "\"zzz\"", ""},
      {"shop", "most-viewed", ErrorCode::kUnavailable,
       "recommender shop/most-viewed cannot answer yet: waiting for interactions: 12 of 1000", ""},
      {"shop", "silent", ErrorCode::kUnavailable, "no trained version", ""},
  };
  for (const auto& row : rows) {
    RecommendRequest asked;
    asked.group = row.group;
    asked.name = row.name;
    const Error error = shop.refused(asked);
    INFO(error.message);
    CHECK(error.code == row.code);
    CHECK_THAT(error.message, Catch::Contains(row.message));
    CHECK(error.hint == row.hint);
  }
  CHECK(shop.store->routes().loaded("shop", "silent")->at("replica-1").error.empty());
}

TEST_CASE("what is declared and has no route says in which condition it is", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  REQUIRE(shop.engine->start());
  struct {
    const char* kind;
    const char* name;
    const char* reason;  // of Ready; empty: no condition yet
    const char* message;
    ErrorCode code;
    const char* said;
    const char* hint;
  } const rows[] = {
      {"Recommender", "picks", "InvalidSpec", "trending-now is a use case of VIDEO_ON_DEMAND",
       ErrorCode::kUnavailable,
       "recommender shop/picks is there, but cannot answer: InvalidSpec: trending-now is a use case of "
       "VIDEO_ON_DEMAND",
       "correct its manifest and apply it again"},
      {"Campaign", "home", "Waiting", "waiting for Solution/shop/taste: it does not exist",
       ErrorCode::kUnavailable,
       "campaign shop/home is there, but cannot answer: Waiting: waiting for Solution/shop/taste: it does "
       "not "
       "exist",
       "`proffer describe campaign shop/home` says more"},
      {"Experiment", "arms", "NotImplemented", "experiments are not built yet", ErrorCode::kNotImplemented,
       "experiment shop/arms is there, but cannot answer: NotImplemented: experiments are not built yet", ""},
      {"Recommender", "fresh", "", "", ErrorCode::kUnavailable,
       "recommender shop/fresh is there, but was not looked at yet", "ask again in a moment"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    Resource object;
    object.kind = row.kind;
    object.metadata.group = "shop";
    object.metadata.name = row.name;
    auto made = shop.store->resources().create(std::move(object));
    REQUIRE(made);
    if (*row.reason) {
      setCondition(*made, kReady, ConditionStatus::kFalse, row.reason, row.message, shop.clock.now());
      REQUIRE(shop.store->resources().updateStatus(*made));
    }
    const Error error = shop.refused(shop.request(row.name));
    CHECK(error.code == row.code);
    CHECK(error.message == row.said);
    CHECK(error.hint == row.hint);
  }
}

TEST_CASE("the fallback says that it is one", "[engine]") {
  Shop shop;
  RouteSettings settings = bestSellers();
  settings.fallback = true;
  shop.route("top", settings, shop.train(), "");
  REQUIRE(shop.engine->start());
  CHECK(shop.answer(shop.request()).servedBy == "popularity fallback");
  CHECK(shop.answer(shop.request()).version.empty());
}

TEST_CASE("routes are followed: new version, stopping, removal", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  const std::string byViews = shop.train("View");
  shop.route("top", bestSellers(), byViews);
  REQUIRE(shop.engine->start());
  const Time loadedAt = shop.engine->served()[0].loadedAt;

  RouteSettings stopped = bestSellers();
  stopped.stopped = true;
  shop.awaitLoaded("top", shop.route("top", stopped, byViews));
  CHECK(shop.refused(shop.request()).code == ErrorCode::kInvalidInput);
  shop.awaitLoaded("top", shop.route("top", bestSellers(), byViews));
  CHECK(ids(shop.answer(shop.request())) == "lamp desk chair rug shelf");
  CHECK(shop.engine->served()[0].loadedAt == loadedAt);  // settings alone load nothing anew

  const store::Loaded second =
      shop.awaitLoaded("top", shop.route("top", bestSellers(), shop.train("Purchase"), "v2"));
  CHECK(second.version == "v2");
  CHECK(ids(shop.answer(shop.request())) == "chair lamp desk rug shelf");

  shop.store->routes().remove("shop", "top");
  while (shop.engine->recommend(shop.request())) std::this_thread::yield();
  CHECK(shop.refused(shop.request()).code == ErrorCode::kNotFound);
}

TEST_CASE("an item that leaves the catalogue leaves the answers, without a new model", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  shop.route("top", bestSellers(), shop.train());
  REQUIRE(shop.engine->start());
  const int reports = shop.reports;
  auto fewer = std::make_shared<MemoryTable>(*shop.items);
  fewer->remove(shop.interactions->item("lamp"));
  shop.data.set(kUid, std::make_shared<FakeSnapshot>(2, shop.interactions, fewer));
  shop.showCatalogue(true, 2);
  while (ids(shop.answer(shop.request())) == "lamp desk chair rug shelf") std::this_thread::yield();
  CHECK(ids(shop.answer(shop.request())) == "desk chair rug shelf");
  CHECK(shop.reports == reports);
}

TEST_CASE("what cannot be loaded is reported, and what was served stays", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  const std::string good = shop.train(), bad = shop.train("Purchase");
  std::fstream(shop.store->directory() / bad, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(100)
      .write("x", 1);
  shop.route("top", bestSellers(), good);
  shop.route("never", bestSellers(), bad, "v7");
  REQUIRE(shop.engine->start());
  CHECK(shop.engine->ready());
  CHECK(shop.refused(shop.request("never")).code == ErrorCode::kUnavailable);
  CHECK_THAT(shop.refused(shop.request("never")).message,
             Catch::Contains("could not be loaded") && Catch::Contains(bad));
  const store::Loaded never = shop.store->routes().loaded("shop", "never")->at("replica-1");
  CHECK(never.version.empty());
  CHECK_THAT(never.error, Catch::Contains("damaged"));

  RouteSettings unknownFamily = bestSellers();
  unknownFamily.family = "segments";
  Json unreadable = toJson(bestSellers());
  unreadable["needsUser"] = "perhaps";
  struct {
    store::Route route;
    const char* error;
    const char* reason;
  } const rows[] = {
      {{"shop", "top", kUid, "Recommender", "v2", bad, toJson(bestSellers()), "", 0},
       "damaged",
       "a damaged file"},
      {{"shop", "top", kUid, "Recommender", "v2", "models/none.model", toJson(bestSellers()), "", 0},
       "none.model",
       "no file"},
      {{"shop", "top", kUid, "Recommender", "v2", good, toJson(unknownFamily), "", 0},
       "\"segments\"",
       "a family that is not built"},
      {{"shop", "top", kUid, "Recommender", "v2", good, unreadable, "", 0},
       "needsUser",
       "settings that make no sense"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const store::Loaded loaded = shop.awaitLoaded("top", *shop.store->routes().put(row.route));
    CHECK_THAT(loaded.error, Catch::Contains(row.error));
    CHECK(loaded.version == "v1");
    CHECK(ids(shop.answer(shop.request())) == "lamp desk chair rug shelf");
    CHECK(shop.answer(shop.request()).version == "v1");
  }
  const store::Loaded healed = shop.awaitLoaded("top", shop.route("top", bestSellers(), good, "v3"));
  CHECK(healed.error.empty());
  CHECK(healed.version == "v3");
}

TEST_CASE("data that cannot be read leaves the old catalogue in place", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  shop.route("top", bestSellers(), shop.train());
  REQUIRE(shop.engine->start());
  shop.data.breakDown(true);
  const int calls = shop.data.calls();
  shop.showCatalogue(true, 2);
  while (shop.data.calls() == calls) std::this_thread::yield();
  shop.awaitLoaded("top", shop.route("top", bestSellers(), shop.train()));
  CHECK(ids(shop.answer(shop.request())) == "lamp desk chair rug shelf");
}

TEST_CASE("failed loading is tried again after a while, on the clock", "[engine]") {
  Shop shop;
  SimulatedClock clock(fromMicros(0));
  const auto store = std::move(*store::ControlStore::openInMemory(clock));
  FakeGroupData data;
  const auto engine = Engine::create(*store, data, shop.artifacts, clock, "replica-1");
  store->routes().putGroup({"shop", kUid, 1, Json::object(), 0});
  store->routes().put(
      {"shop", "top", kUid, "Recommender", "v1", "models/late.model", toJson(bestSellers()), "", 0});
  REQUIRE(engine->start());
  CHECK(engine->recommend(shop.request()).error().code == ErrorCode::kUnavailable);
  const std::string path = shop.train();
  std::filesystem::copy_file(shop.store->directory() / path, shop.store->directory() / "models/late.model");
  data.set(kUid, std::make_shared<FakeSnapshot>(1, shop.interactions, shop.items));
  while (!engine->recommend(shop.request())) {
    clock.advance(std::chrono::seconds(31));
    std::this_thread::yield();
  }
  CHECK(store->routes().loaded("shop", "top")->at("replica-1").error.empty());
}

TEST_CASE("an engine that is stopped keeps answering and can be destroyed", "[engine]") {
  Shop shop;
  shop.route("top", bestSellers(), shop.train());
  REQUIRE(shop.engine->start());
  shop.engine->stop();
  shop.engine->stop();
  CHECK_FALSE(shop.engine->ready());
  CHECK(shop.engine->recommend(shop.request()));
}

TEST_CASE("models and catalogues are swapped under load without a wrong answer", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  const std::string byViews = shop.train("View"), byPurchases = shop.train("Purchase");
  auto fewer = std::make_shared<MemoryTable>(*shop.items);
  fewer->remove(shop.interactions->item("rug"));
  shop.route("top", bestSellers(), byViews, "views");
  REQUIRE(shop.engine->start());

  const std::set<std::string> right = {"views lamp desk chair rug shelf", "views lamp desk chair shelf",
                                       "purchases chair lamp desk rug shelf",
                                       "purchases chair lamp desk shelf"};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0}, answered{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i)
    askers.emplace_back([&] {
      while (!done) {
        const auto answer = shop.engine->recommend(shop.request("top", "ann"));
        wrong += !answer || right.count(answer->version + " " + ids(*answer)) == 0;
        ++answered;
      }
    });
  int64_t revision = 0;
  for (int round = 1; round <= 60; ++round) {
    revision = round % 2 ? shop.route("top", bestSellers(), byPurchases, "purchases")
                         : shop.route("top", bestSellers(), byViews, "views");
    shop.data.set(
        kUid, std::make_shared<FakeSnapshot>(round + 1, shop.interactions, round % 3 ? fewer : shop.items));
    shop.showCatalogue(true, round + 1);
    if (round % 10 == 0) shop.awaitLoaded("top", revision);
  }
  shop.awaitLoaded("top", revision);
  while (answered < 1000) std::this_thread::yield();
  done = true;
  for (std::thread& asker : askers) asker.join();
  CHECK(wrong == 0);
}

TEST_CASE("a server full of routes loads each once", "[engine]") {
  Shop shop;
  shop.showCatalogue();
  const std::string artifact = shop.train();
  for (int i = 0; i < 200; ++i) shop.route(("r" + std::to_string(i)).c_str(), bestSellers(), artifact);
  REQUIRE(shop.engine->start());
  CHECK(shop.engine->served().size() == 200);
  CHECK(shop.reports == 200);
}

}  // namespace engine_test
