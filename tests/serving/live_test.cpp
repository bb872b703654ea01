// What is streamed and put is in the next answer, before and after it is folded.
#include <catch2/catch.hpp>

#include "base/log.h"
#include "base/text.h"
#include "controller/serving/engine.h"
#include "controller/store/route_settings.h"
#include "controller/store/routes.h"
#include "manifests/filter_fields.h"
#include "recipes/recipe.h"
#include "tests/data/support.h"

namespace live_test {

using namespace proffer;
using namespace proffer::serving;

namespace {

constexpr const char* kUid = "group";

std::vector<SchemaField> userFields() {
  return {data::field("USER_ID", {FieldType::kString}),
          data::field("TIER", {FieldType::kString, FieldType::kNull}, true)};
}

// A group with real data below, a popularity model of it, and an engine.
class Shop {
 public:
  Shop() {
    configureLog(LogLevel::kError, LogFormat::kText);
    place.write("a.csv",
                "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n"
                "ann,lamp,1,View,,tv\nbob,lamp,2,View,,\ncid,lamp,3,View,,\nann,desk,4,View,,\n"
                "bob,desk,5,View,,\ndan,chair,6,Purchase,,\n");
    place.write("i.csv",
                "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION\n"
                "lamp,light,10,,\ndesk,office,99,,\nchair,office,20,,\n");
    REQUIRE(place.import(
        data::dataset(DatasetType::kInteractions, data::interactionFields(), {data::source("a.csv")})));
    REQUIRE(place.import(data::dataset(DatasetType::kItems, data::itemFields(), {data::source("i.csv")})));
    using dsl::ValueType;
    dsl::Fields fields;
    fields.items = dsl::DatasetFields{
        {{"ITEM_ID", ValueType::kText}, {"GENRES", ValueType::kText, true}, {"PRICE", ValueType::kNumber}}};
    fields.users = dsl::DatasetFields{{{"USER_ID", ValueType::kText}, {"TIER", ValueType::kText}}};
    fields.interactions =
        dsl::DatasetFields{{{"EVENT_TYPE", ValueType::kText}, {"DEVICE", ValueType::kText}}};
    settings.fields = toJson(fields);
    settings.titleColumn = "GENRES";
    settings.catalogueOnly = true;
    filter("unseen", "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"View\")");
    filter("phone", "EXCLUDE ItemID WHERE Interactions.DEVICE IN (\"phone\")");
    filter("office", "INCLUDE ItemID WHERE Items.GENRES IN (\"office\")");
    filter("gold", "EXCLUDE ItemID WHERE Items.PRICE > 15 IF CurrentUser.TIER = \"gold\"");
    store->routes().putGroup({"shop", kUid, 1, toJson(settings), 0});
    train();
    engine = Engine::create(*store, place.store(), artifacts, clock, "replica-1");
    REQUIRE(engine->start());
  }

  void filter(const std::string& name, const std::string& expression) {
    settings.filters[name] = {expression, "extended"};
  }

  void train() {
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
    RouteSettings route;
    route.recipe = "aws-ecomm-popular-items-by-views";
    route.useCase = "most-viewed";
    route.family = "popularity";
    route.needsUser = false;
    RouteSettings unbought = route;
    unbought.automaticFilter = {"Purchase"};
    for (const auto& [name, given] : {std::pair("top", route), {"unbought", unbought}})
      REQUIRE(store->routes().put(
          {"shop", name, kUid, "Recommender", "v1", (*writer)->row().path, toJson(given), "", 0}));
  }

  std::string ids(const char* name, const char* user, const char* filter = "") {
    RecommendRequest request;
    request.group = "shop";
    request.name = name;
    request.userId = user;
    request.filter = filter;
    request.titles = true;
    const auto answer = engine->recommend(request);
    INFO((answer ? std::string() : formatError(answer.error())));
    REQUIRE(answer);
    std::vector<std::string> list;
    for (const RecommendedItem& item : answer->items) list.push_back(item.itemId);
    titles.clear();
    for (const RecommendedItem& item : answer->items) titles.push_back(item.title);
    return join(list, " ");
  }

  void put(const char* session, const char* user, const char* item, const char* type = "View",
           const char* device = nullptr) {
    data::LiveEvent event;
    event.sessionId = session;
    event.userId = user;
    event.itemId = item;
    event.eventType = type;
    event.time = ++time;
    if (device) event.columns.emplace_back("DEVICE", device);
    const data::LiveDataset dataset{"interactions", "interactions-uid", DatasetType::kInteractions,
                                    data::interactionFields()};
    REQUIRE(place.store().live()->putEvents(kUid, dataset, std::span(&event, 1)));
  }
  void putRow(DatasetType type, const char* id, data::LiveColumns columns) {
    const bool items = type == DatasetType::kItems;
    const data::LiveDataset dataset{items ? "items" : "users", items ? "items-uid" : "users-uid", type,
                                    items ? data::itemFields() : userFields()};
    const data::LiveRow row{id, std::move(columns)};
    REQUIRE(place.store().live()->putRows(kUid, dataset, std::span(&row, 1)));
  }
  // As the keeper does, and the engine's watch afterwards.
  void fold() {
    Progress progress;
    REQUIRE(place.store().live()->fold(kUid, progress));
    engine->stop();
    REQUIRE(engine->start());
  }

  data::Place place;
  SystemClock clock;
  std::unique_ptr<store::ControlStore> store = std::move(*store::ControlStore::openInMemory(clock));
  artifacts::ArtifactStore artifacts{*store, io::posixFileSystem()};
  CatalogueSettings settings;
  std::unique_ptr<Engine> engine;
  std::vector<std::string> titles;
  int64_t time = 1000;
};

}  // namespace

TEST_CASE("what a user just did is in the next answer, folded or not") {
  const bool folding = GENERATE(false, true);
  Shop shop;
  const auto step = [&] {
    if (folding) shop.fold();
  };
  REQUIRE(shop.ids("unbought", "ann") == "lamp desk chair");
  CHECK(shop.ids("unbought", "dan") == "lamp desk");
  shop.put("s1", "ann", "lamp", "purchase");
  step();
  CHECK(shop.ids("unbought", "ann") == "desk chair");
  CHECK(shop.ids("top", "ann", "unseen") == "chair");
  shop.put("s1", "new", "desk");
  step();
  CHECK(shop.ids("top", "new", "unseen") == "lamp chair");
  shop.put("s1", "new", "chair", "Like", "phone");  // a type that the snapshot does not have
  step();
  CHECK(shop.ids("top", "new", "unseen") == "lamp chair");
  CHECK(shop.ids("top", "new", "phone") == "lamp desk");
  shop.put("s2", "", "lamp");
  CHECK(shop.ids("top", "s2", "unseen") == "desk chair");
  shop.put("s2", "bob", "chair");
  step();
  CHECK(shop.ids("top", "bob", "unseen").empty());
  CHECK(shop.ids("top", "s2", "unseen") == "lamp desk chair");
  REQUIRE(shop.place.store().live()->deleteUsers(kUid, std::vector<std::string>{"bob"}));
  CHECK(shop.ids("top", "bob", "unseen") == "lamp desk chair");
}

TEST_CASE("a put item or user is in the next answer, folded or not") {
  const bool folding = GENERATE(false, true);
  Shop shop;
  const auto step = [&] {
    if (folding) shop.fold();
  };
  REQUIRE(shop.ids("top", "ann", "office") == "desk chair");
  shop.putRow(DatasetType::kItems, "lamp", {{"GENRES", "office|new"}});
  step();
  CHECK(shop.ids("top", "ann", "office") == "lamp desk chair");
  CHECK(shop.titles.front() == "office|new");
  shop.putRow(DatasetType::kItems, "desk", {{"GENRES", "home"}, {"PRICE", "5"}});
  step();
  CHECK(shop.ids("top", "ann", "office") == "lamp chair");
  CHECK(shop.ids("top", "ann", "gold") == "lamp desk chair");
  shop.putRow(DatasetType::kUsers, "ann", {{"TIER", "gold"}});
  step();
  CHECK(shop.ids("top", "ann", "gold") == "lamp desk");
  shop.putRow(DatasetType::kUsers, "ann", {{"TIER", "tin"}});
  step();
  CHECK(shop.ids("top", "ann", "gold") == "lamp desk chair");
}

}  // namespace live_test
