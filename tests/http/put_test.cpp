// What good put requests store, in the service's manner and in Proffer's own.
#include <httplib.h>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "fixture.h"
#include "live_fixture.h"

namespace put_test {

using namespace proffer;
using namespace proffer::http;

namespace {

struct World {
  World() {
    applyManifests(*server.store, kLiveManifests);
    tracker = trackingIdOf(*server.store, {"EventTracker", "movies", "web"});
    actions = trackingIdOf(*server.store, {"Dataset", "movies", "taken"});
    client.set_tcp_nodelay(true);
    client.set_keep_alive(true);
  }
  Json post(const std::string& path, const std::string& body, const std::string& type = "application/json",
            int status = 200) {
    INFO(path << "\n" << body);
    const auto answer = client.Post(path, body, type.c_str());
    REQUIRE(answer);
    INFO(answer->body);
    REQUIRE(answer->status == status);
    const auto parsed = parseJson(answer->body);
    REQUIRE(parsed);
    return *parsed;
  }
  void putEvent(const std::string& members, const std::string& top = R"("sessionId":"s","userId":"u")") {
    CHECK(
        post("/events", R"({"trackingId":")" + tracker + "\"," + top + R"(,"eventList":[{)" + members + "}]}")
            .empty());
  }

  TestServer server;
  httplib::Client client{"127.0.0.1", server.port};
  std::string tracker, actions;
};

std::string columnsOf(const data::LiveColumns& columns) {
  std::string text;
  for (const auto& [name, value] : columns) text += name + "=" + value.value_or("null") + " ";
  return text;
}

constexpr const char* kMovies = "arn:aws:personalize:local:000000000000:dataset/movies/";

}  // namespace

TEST_CASE("an event is stored with all its members") {
  World world;
  world.putEvent(R"("eventType":"Watch","sentAt":1553631760.25,"itemId":"i1","eventId":"e1","eventValue":3.5,
    "recommendationId":"RID-1","impression":["i1","i2"],"unknown":[1],
    "metricAttribution":{"eventAttributionSource":"mail"},
    "properties":"{\"numberOfRatings\":\"13\",\"device_kind\":\"phone\",\"colour\":\"red\"}")");
  REQUIRE(world.server.live.events().size() == 1);
  const data::LiveEvent event = world.server.live.events()[0];
  CHECK(world.server.live.lastDataset() == "watches");
  CHECK(event.sessionId == "s");
  CHECK(event.userId == "u");
  CHECK(event.itemId == "i1");
  CHECK(event.eventType == "Watch");
  CHECK(event.time == 1553631760);
  CHECK(event.eventId == "e1");
  CHECK(event.value == 3.5);
  CHECK(event.recommendationId == "RID-1");
  CHECK(event.impression == std::vector<std::string>{"i1", "i2"});
  CHECK(columnsOf(event.columns) == "NUMBER_OF_RATINGS=13 DEVICE_KIND=phone EVENT_ATTRIBUTION_SOURCE=mail ");
  const auto metrics = world.client.Get("/metrics");
  REQUIRE(metrics);
  CHECK(metrics->body.find("proffer_put_ignored_values_total{type=\"interactions\"} 1") != std::string::npos);
  CHECK(metrics->body.find("proffer_put_rows_total{type=\"interactions\"} 1") != std::string::npos);
}

TEST_CASE("times of events are read in all forms that clients send") {
  struct Row {
    const char* reason;
    const char* sentAt;
    int64_t seconds;
  };
  const std::vector<Row> rows{
      {"whole seconds, as boto3 sends (W7)", "1553631760", 1553631760},
      {"a fraction, as the SDK for JavaScript sends", "1553631760.99", 1553631760},
      {"a number as text", "\"1553631760\"", 1553631760},
      {"a fraction as text", "\"1553631760.5\"", 1553631760},
      {"ISO 8601", "\"2019-03-26T20:22:40Z\"", 1553631760},
      {"ISO 8601 with a fraction", "\"2019-03-26T20:22:40.250Z\"", 1553631760},
      {"ISO 8601 with an offset", "\"2019-03-26T21:22:40+01:00\"", 1553631760},
      {"the beginning of time", "0", 0},
      {"before it", "-86400", -86400},
      {"in ten years (E11)", "2019686400", 2019686400},
  };
  World world;
  for (const Row& row : rows) {
    INFO(row.reason);
    world.server.live.forget();
    world.putEvent(std::string(R"("eventType":"Watch","itemId":"i","sentAt":)") + row.sentAt);
    REQUIRE(world.server.live.events().size() == 1);
    CHECK(world.server.live.events()[0].time == row.seconds);
  }
}

TEST_CASE("properties come as text, as text of text, and as an object") {
  struct Row {
    const char* reason;
    const char* properties;
    const char* columns;
  };
  const std::vector<Row> rows{
      {"a string, as boto3 sends", R"("{\"deviceKind\":\"tv\"}")", "DEVICE_KIND=tv "},
      {"twice encoded (W10)", R"("\"{\\\"deviceKind\\\":\\\"tv\\\"}\"")", "DEVICE_KIND=tv "},
      {"an object", R"({"deviceKind":"tv"})", "DEVICE_KIND=tv "},
      {"upper case with underscores (E6)", R"({"DEVICE_KIND":"tv"})", "DEVICE_KIND=tv "},
      {"without either", R"({"devicekind":"tv"})", "DEVICE_KIND=tv "},
      {"several values", R"({"deviceKind":["tv","phone"]})", "DEVICE_KIND=tv|phone "},
      {"null where the schema has it (E9)", R"({"deviceKind":null})", "DEVICE_KIND=null "},
      {"a number for a string", R"({"deviceKind":7})", "DEVICE_KIND=7 "},
      {"a number as text for a number", R"({"numberOfRatings":"13"})", "NUMBER_OF_RATINGS=13 "},
      {"a whole number with a point", R"({"numberOfRatings":13.0})", "NUMBER_OF_RATINGS=13 "},
      {"keys that match no column are ignored (E10)", R"({"colour":"red","size":{"x":1}})", ""},
      {"nothing", "{}", ""},
  };
  World world;
  for (const Row& row : rows) {
    INFO(row.reason);
    world.server.live.forget();
    world.putEvent(std::string(R"("eventType":"W","itemId":"i","sentAt":1,"properties":)") + row.properties);
    REQUIRE(world.server.live.events().size() == 1);
    CHECK(columnsOf(world.server.live.events()[0].columns) == row.columns);
  }
}

TEST_CASE("item and value may stand among the properties, and lose against the members") {
  World world;
  world.putEvent(R"("eventType":"W","sentAt":1,"properties":{"itemId":"p","eventValue":"2.5"})");
  world.putEvent(
      R"("eventType":"W","sentAt":1,"itemId":"m","eventValue":1,"properties":{"itemId":"p","eventValue":2})");
  world.putEvent(R"("eventType":"W","sentAt":1,"itemId":"m")", R"("sessionId":"s")");
  REQUIRE(world.server.live.events().size() == 3);
  CHECK(world.server.live.events()[0].itemId == "p");
  CHECK(world.server.live.events()[0].value == 2.5);
  CHECK(world.server.live.events()[1].itemId == "m");
  CHECK(world.server.live.events()[1].value == 1.0);
  CHECK(world.server.live.events()[2].userId == "");
  CHECK_FALSE(world.server.live.events()[2].value);
}

TEST_CASE("items, users, actions and action interactions are stored as the service puts them") {
  World world;
  world.post("/items", std::string(R"({"datasetArn":")") + kMovies +
                           R"(ITEMS","items":[{"itemId":"i1","properties":"{\"genres\":\"Horror|Action\",)" +
                           R"(\"creationTimestamp\": 1596238243, \"price\": 9.5}"},)" +
                           R"({"itemId":"i2","properties":{"GENRES":["Drama"]}}]})");
  world.post(
      "/users",
      R"({"datasetArn":"movies/people","users":[{"userId":"u1","properties":"{\"age\":42}"},{"userId":"u2"}]})");
  world.post("/actions", std::string(R"({"datasetArn":")") + kMovies +
                             R"(ACTIONS","actions":[{"actionId":"a","properties":"{\"value\":7}"}]})");
  const auto rows = world.server.live.rows();
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].id + ": " + columnsOf(rows[0].columns) ==
        "i1: GENRES=Horror|Action CREATION_TIMESTAMP=1596238243 PRICE=9.5 ");
  CHECK(rows[1].id + ": " + columnsOf(rows[1].columns) == "i2: GENRES=Drama ");
  CHECK(rows[2].id + ": " + columnsOf(rows[2].columns) == "u1: AGE=42 ");
  CHECK(rows[3].id + ": " + columnsOf(rows[3].columns) == "u2: ");
  CHECK(rows[4].id + ": " + columnsOf(rows[4].columns) == "a: VALUE=7 ");
  for (const char* type : {"Taken", "TAKEN", "taken", "Not Taken", "NOT_TAKEN", "Not taken", "Viewed"})
    world.post("/action-interactions",
               R"({"trackingId":")" + world.actions +
                   R"(","actionInteractions":[{"actionId":"a","userId":"u","sessionId":"s",)" +
                   R"("timestamp":5,"eventType":")" + type + R"("}]})");
  std::string types;
  for (const auto& event : world.server.live.events()) types += event.eventType + "," + event.itemId + " ";
  CHECK(types == "Taken,a Taken,a Taken,a Not Taken,a Not Taken,a Not Taken,a Viewed,a ");
}

TEST_CASE("a tracker and a dataset that come and go are followed at once") {
  World world;
  const std::string put = R"({"trackingId":")" + world.tracker +
                          R"(","sessionId":"s","eventList":[{"eventType":"W","sentAt":1,"itemId":"i"}]})";
  world.post("/events", put);
  REQUIRE(world.server.store->resources().remove({"EventTracker", "movies", "web"}));
  world.post("/events", put, "application/json", 400);
  applyManifests(*world.server.store, kLiveManifests);
  world.post("/events", put, "application/json", 400);  // another tracker has another id
  world.tracker = trackingIdOf(*world.server.store, {"EventTracker", "movies", "web"});
  world.putEvent(R"("eventType":"W","sentAt":1,"itemId":"i")");
  // A dataset that is being deleted is in use.
  REQUIRE(world.server.store->resources().remove({"Dataset", "movies", "films"}));
  const Json refused = world.post("/items",
                                  std::string(R"({"datasetArn":")") + kMovies +
                                      R"(ITEMS","items":[{"itemId":"i","properties":"{\"genres\":\"a\"}"}]})",
                                  "application/json", 409);
  CHECK(stringMember(refused, "__type") == "ResourceInUseException");
}

TEST_CASE("a store that cannot write is the server's fault, and the client tries again") {
  World world;
  world.server.live.failWith(makeError(ErrorCode::kIo, "the disk is full"));
  const Json refused =
      world.post("/events",
                 R"({"trackingId":")" + world.tracker +
                     R"(","sessionId":"s","eventList":[{"eventType":"W","sentAt":1,"itemId":"i"}]})",
                 "application/json", 500);
  CHECK(stringMember(refused, "__type") == "InternalFailure");
}

TEST_CASE("Proffer's own routes take JSON, NDJSON and CSV with columns as they are called") {
  struct Row {
    const char* reason;
    const char* type;
    const char* body;
  };
  const std::vector<Row> rows{
      {"a list", "application/json",
       R"({"events":[{"userId":"u","itemId":"i","eventType":"Watch","timestamp":5,"deviceKind":"tv","eventId":"e"}]})"},
      {"one row", "application/json",
       R"({"userId":"u","itemId":"i","eventType":"Watch","timestamp":5,"DEVICE_KIND":"tv","eventId":"e"})"},
      {"columns as in the schema", "application/json",
       R"([{"USER_ID":"u","ITEM_ID":"i","EVENT_TYPE":"Watch","TIMESTAMP":5,"DEVICE_KIND":"tv","EVENT_ID":"e"}])"},
      {"a line a row", "application/x-ndjson",
       "{\"user_id\":\"u\",\"item_id\":\"i\",\"event_type\":\"Watch\",\"sentAt\":\"1970-01-01T00:00:05Z\","
       "\"device_kind\":"
       "\"tv\",\"eventId\":\"e\"}\n\n"},
      {"CSV", "text/csv",
       "USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP,DEVICE_KIND,EVENT_ID,EVENT_VALUE\nu,i,Watch,5,tv,e,\n"},
      {"CSV in lower case, with quotes", "text/csv; charset=utf-8",
       "user_id,item_id,event_type,timestamp,device_kind,event_id\n\"u\",\"i\",\"Watch\",\"5\",\"tv\",\"e\""},
  };
  World world;
  for (const Row& row : rows) {
    INFO(row.reason);
    world.server.live.forget();
    const Json answer = world.post("/v1/groups/movies/events", row.body, row.type);
    CHECK(dumpJson(answer) == R"({"stored":1,"duplicates":0,"warnings":[]})");
    REQUIRE(world.server.live.events().size() == 1);
    const data::LiveEvent event = world.server.live.events()[0];
    CHECK(event.userId + event.sessionId + event.itemId + event.eventType + event.eventId == "uuiWatche");
    CHECK(event.time == 5);
    CHECK(columnsOf(event.columns) == "DEVICE_KIND=tv ");
  }
  SECTION("numbers may be ids, the time may be left out, and what no column takes is said") {
    world.server.live.forget();
    const Json answer =
        world.post("/v1/groups/movies/events",
                   R"({"userId":1,"itemId":318,"eventType":"Watch","mood":"good","impression":[318,7]})");
    CHECK(answer.at("warnings")[0] == "1 value was ignored, as the schema has no such column: \"mood\"");
    const data::LiveEvent event = world.server.live.events().at(0);
    CHECK(event.userId == "1");
    CHECK(event.itemId == "318");
    CHECK(event.impression == std::vector<std::string>{"318", "7"});
    CHECK(event.time == toMicros(testStart()) / 1'000'000);
  }
  SECTION("items and users") {
    world.post("/v1/groups/movies/items", "item_id,genres,title\n1,Drama|Crime,\"Heat, 1995\"\n2,Comedy,\n",
               "text/csv");
    world.post("/v1/groups/movies/users", R"({"users":[{"userId":"u","age":30,"tier":"gold"}]})");
    std::string text;
    for (const auto& row : world.server.live.rows()) text += row.id + ": " + columnsOf(row.columns);
    CHECK(text == "1: GENRES=Drama|Crime TITLE=Heat, 1995 2: GENRES=Comedy u: AGE=30 TIER=gold ");
  }
}

TEST_CASE("bad requests to Proffer's own routes say which row and member") {
  struct Row {
    const char* reason;
    const char* path;
    const char* type;
    const char* body;
    int status;
    const char* field;
    const char* says;
  };
  const char* const events = "/v1/groups/movies/events";
  const char* const json = "application/json";
  const std::vector<Row> rows{
      {"a form of another site", events, "text/plain", "{}", 415, "", "content type"},
      {"no such group", "/v1/groups/movie/events", json, "{}", 404, "", "movie"},
      {"no such dataset", "/v1/groups/empty/events", json, "{}", 404, "", "INTERACTIONS"},
      {"no JSON", events, json, "{", 400, "", "not valid JSON"},
      {"no rows", events, json, R"({"events":[]})", 400, "events", "length"},
      {"a number", events, json, "5", 400, "", "object"},
      {"something beside the list", events, json, R"({"events":[],"userId":"u"})", 400, "", "events"},
      {"no item", events, json, R"({"userId":"u","eventType":"W"})", 400, "events[0].itemId", "null"},
      {"nobody", events, json, R"({"itemId":"i","eventType":"W"})", 400, "events[0].userId", "null"},
      {"no event type, which the schema needs", events, json, R"({"userId":"u","itemId":"i"})", 400,
       "events[0].eventType", "null"},
      {"the second line", events, "application/x-ndjson",
       "{\"userId\":\"u\",\"itemId\":\"i\",\"eventType\":\"W\"}\n{\"userId\":\"u\"}", 400, "events[1].itemId",
       "null"},
      {"a line that is no JSON", events, "application/x-ndjson",
       "{\"userId\":\"u\",\"itemId\":\"i\",\"eventType\":\"W\"}\n{", 400, "events[1]", "not valid JSON"},
      {"a name twice", events, json, R"({"userId":"u","USER_ID":"v","itemId":"i"})", 400, "events[0]",
       "twice"},
      {"a CSV row with a cell too many", events, "text/csv", "USER_ID,ITEM_ID\nu,i,x\n", 400, "events[0]",
       "cells"},
      {"an empty CSV", events, "text/csv", "", 400, "", "header"},
      {"a CSV without rows", events, "text/csv", "USER_ID,ITEM_ID\n", 400, "events", "length"},
      {"milliseconds", events, json,
       R"({"userId":"u","itemId":"i","eventType":"W","timestamp":1700000000000})", 400, "events[0].timestamp",
       "milliseconds"},
      {"a column that does not fit", events, json,
       R"({"userId":"u","itemId":"i","eventType":"W","numberOfRatings":"x"})", 400,
       "events[0].properties.numberOfRatings", "NUMBER_OF_RATINGS"},
      {"an item without what the schema needs", "/v1/groups/movies/items", json, R"({"itemId":"i"})", 400,
       "items[0].properties", "GENRES"},
  };
  World world;
  for (const Row& row : rows) {
    INFO(row.reason);
    const Json answer = world.post(row.path, row.body, row.type, row.status);
    const Json& error = answer.at("error");
    INFO(dumpJson(error));
    CHECK(stringMember(error, "field") == row.field);
    CHECK((stringMember(error, "message") + stringMember(error, "hint")).find(row.says) != std::string::npos);
  }
  CHECK(world.server.live.events().empty());
  CHECK(world.server.live.rows().empty());
  std::string many = R"({"events":[)";
  for (int i = 0; i <= 1000; ++i)
    many += fmt::format(R"({}{{"userId":"u","itemId":"i","eventType":"W","timestamp":{}}})",
                        i == 0 ? "" : ",", i);
  world.post(events, many + "]}", json, 400);
  const std::string large(9000, 'x');
  world.post(events, R"({"userId":"u","itemId":"i","eventType":"W","deviceKind":")" + large + "\"}", json,
             400);
  CHECK(world.server.live.events().empty());
}

TEST_CASE("an event of a recommendation is stored with what the answer showed") {
  World world;
  world.server.engine.answerWith([](const serving::RecommendRequest& request) {
    serving::Answer answer;
    answer.recommendationId = "RID-of-" + request.userId;
    answer.servedBy = "model";
    for (const char* id : {"i3", "i1", "i2"}) answer.items.emplace_back().itemId = id;
    return answer;
  });
  const std::vector<std::string> shown{"i3", "i1", "i2"};
  const auto lastShown = [&] { return world.server.live.events().back().shown; };
  world.post("/recommendations", R"({"campaignArn":"movies/home","userId":"ann"})");
  world.post("/v1/recommend", R"({"target":"movies/home","userId":"bob"})");
  const std::string event = R"("eventType":"Watch","sentAt":1,"itemId":"i1","recommendationId":"RID-of-)";

  world.putEvent(event + "ann\"");
  CHECK(lastShown() == shown);
  CHECK(world.server.live.events().back().impression.empty());
  world.post("/v1/groups/movies/events",
             R"({"userId":"u","itemId":"i1","eventType":"Watch","recommendationId":"RID-of-bob"})");
  CHECK(lastShown() == shown);
  // Explicit impressions win (E13).
  world.putEvent(event + R"(ann","impression":["i9"])");
  CHECK(lastShown().empty());
  CHECK(world.server.live.events().back().impression == std::vector<std::string>{"i9"});
  world.putEvent(event + "nobody\"");
  CHECK(lastShown().empty());
  world.server.simulated.advance(std::chrono::hours(25));
  world.putEvent(event + "ann\"");
  CHECK(lastShown().empty());
  const auto metrics = world.client.Get("/metrics");
  REQUIRE(metrics);
  CHECK(metrics->body.find("proffer_implicit_impressions_total{answer=\"known\"} 2") != std::string::npos);
  CHECK(metrics->body.find("proffer_implicit_impressions_total{answer=\"unknown\"} 2") != std::string::npos);
  CHECK(metrics->body.find("proffer_shown_answers 0\n") != std::string::npos);
}

TEST_CASE("under the quota profile aws a group takes so many calls a second") {
  World world;
  applyManifests(*world.server.store, R"(
{apiVersion: proffer/v1, kind: DatasetGroup, metadata: {name: movies}, spec: {quotas: aws}})");
  const std::string item = R"({"itemId":"i1","genres":"x"})";
  for (int i = 0; i < 10; ++i) world.post("/v1/groups/movies/items", item);
  world.post("/v1/groups/movies/items", item, "application/json", 429);
  const auto refused = world.client.Post(
      "/items", std::string(R"({"datasetArn":")") + kMovies + R"(ITEMS","items":[{"itemId":"i1"}]})",
      "application/json");
  REQUIRE(refused);
  CHECK(refused->status == 400);
  CHECK(refused->get_header_value("x-amzn-ErrorType") == "ThrottlingException");
  CHECK(world.server.live.rows().size() == 10);
  world.post("/v1/groups/movies/users", R"({"userId":"u"})");  // each operation has its own
  world.server.simulated.advance(std::chrono::milliseconds(250));
  world.post("/v1/groups/movies/items", item);
  world.post("/v1/groups/movies/items", item);
  world.post("/v1/groups/movies/items", item, "application/json", 429);
  applyManifests(*world.server.store, R"(
{apiVersion: proffer/v1, kind: DatasetGroup, metadata: {name: movies}, spec: {quotas: generous}})");
  for (int i = 0; i < 12; ++i) world.post("/v1/groups/movies/items", item);
}

TEST_CASE("a call that the store cannot take now is to be sent again") {
  World world;
  world.server.live.failWith(makeError(ErrorCode::kUnavailable, "too much is waiting"));
  const auto refused = world.client.Post(
      "/events",
      R"({"trackingId":")" + world.tracker +
          R"(","sessionId":"s","eventList":[{"eventType":"Watch","sentAt":1,"itemId":"i1"}]})",
      "application/json");
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(refused->get_header_value("x-amzn-ErrorType") == "ServiceUnavailable");
}

}  // namespace put_test
