// Bad put requests: each is refused with the service's error type and a text that names the member, and
// nothing is stored.
#include <httplib.h>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "fixture.h"
#include "live_fixture.h"

namespace put_faults_test {

using namespace proffer;
using namespace proffer::http;

namespace {

struct Bad {
  const char* reason;
  std::string body;  ///< %T: the tracking id; %D: the dataset's ARN without its type; %L..%: a long text
  const char* says;  ///< a part of the message
  int status = 400;
  const char* type = "InvalidInputException";
};

std::string repeated(const std::string& text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

const std::string kLong(257, 'x');

// One event with its members replaced: `event("\"eventType\":\"\"")` adds or overrides nothing else.
std::string request(const std::string& event, const std::string& top = R"("sessionId":"s","userId":"u")") {
  return R"({"trackingId":"%T",)" + top + R"(,"eventList":[)" + event + "]}";
}
std::string event(const std::string& more,
                  const std::string& base = R"("eventType":"Watch","sentAt":1700000000,"itemId":"i1")") {
  return "{" + base + (base.empty() || more.empty() ? "" : ",") + more + "}";
}
std::string item(const std::string& members) {
  return R"({"datasetArn":"%DITEMS","items":[{)" + members + "}]}";
}
std::string user(const std::string& members) {
  return R"({"datasetArn":"%DUSERS","users":[{)" + members + "}]}";
}
std::string actionEvent(
    const std::string& more,
    const std::string& base = R"("actionId":"a","sessionId":"s","timestamp":1700000000)") {
  return R"({"trackingId":"%A","actionInteractions":[{)" + base + (more.empty() ? "" : ",") + more + "}]}";
}

const std::string kEventBase = R"("eventType":"Watch","sentAt":1700000000,"itemId":"i1")";

std::vector<Bad> badEvents() {
  const std::string one = event("");
  return {
      {"not JSON", "{", "not valid JSON", 400, "SerializationException"},
      {"not an object", "[]", "JSON object", 400, "SerializationException"},
      {"a key twice", R"({"trackingId":"a","trackingId":"b"})", "twice", 400, "SerializationException"},
      {"nothing at all", "", "'trackingId'"},
      {"no tracking id", R"({"sessionId":"s","eventList":[]})", "'trackingId'"},
      {"a tracking id that is null", R"({"trackingId":null,"sessionId":"s","eventList":[]})", "'trackingId'"},
      {"an empty tracking id", R"({"trackingId":"","sessionId":"s","eventList":[{}]})", "'trackingId'"},
      {"a tracking id too long", R"({"trackingId":")" + kLong + R"(","sessionId":"s","eventList":[{}]})",
       "'trackingId'"},
      {"a tracking id that is a number", R"({"trackingId":1,"sessionId":"s","eventList":[{}]})",
       "'trackingId'"},
      {"an unknown tracking id",
       R"({"trackingId":"7d1c6f0a-0000-4000-8000-000000000000","sessionId":"s","eventList":[)" + one + "]}",
       "tracking id of an event tracker"},
      {"the id of the action dataset (E22)",
       R"({"trackingId":"%A","sessionId":"s","eventList":[)" + one + "]}", "tracking id of an event tracker"},
      {"a tracker whose group has no dataset (E4)",
       R"({"trackingId":"%E","sessionId":"s","eventList":[)" + one + "]}", "no Interactions dataset"},
      {"no session", R"({"trackingId":"%T","eventList":[)" + one + "]}", "'sessionId'"},
      {"an empty session", request(one, R"("sessionId":"")"), "'sessionId'"},
      {"a session too long", request(one, R"("sessionId":")" + kLong + "\""), "'sessionId'"},
      {"a session that is a number", request(one, R"("sessionId":5)"), "'sessionId'"},
      {"a session with a NUL", request(one, R"("sessionId":"a\u0000b")"), "'sessionId'"},
      {"an empty user (W19)", request(one, R"("sessionId":"s","userId":"")"), "'userId'"},
      {"a user too long", request(one, R"("sessionId":"s","userId":")" + kLong + "\""), "'userId'"},
      {"a user that is a list", request(one, R"("sessionId":"s","userId":["u"])"), "'userId'"},
      {"no list of events", R"({"trackingId":"%T","sessionId":"s"})", "'eventList'"},
      {"an empty list (E2)", request(""), "'eventList'"},
      {"11 events (E2)", request(one + repeated("," + one, 10)), "'eventList'"},
      {"a list that is an object", R"({"trackingId":"%T","sessionId":"s","eventList":{}})", "'eventList'"},
      {"an event that is a string", request("\"x\""), "'eventList.1.member'"},
      {"an event that is null", request("null"), "'eventList.1.member'"},
      {"no event type", request(event("", R"("sentAt":1,"itemId":"i")")), "'eventList.1.member.eventType'"},
      {"an empty event type", request(event("", R"("eventType":"","sentAt":1,"itemId":"i")")), "eventType"},
      {"an event type too long",
       request(event("", R"("eventType":")" + kLong + R"(","sentAt":1,"itemId":"i")")), "eventType"},
      {"an event type that is a boolean", request(event("", R"("eventType":true,"sentAt":1,"itemId":"i")")),
       "eventType"},
      {"the second event is wrong: nothing is stored (E2)", request(one + "," + event("", R"("sentAt":1)")),
       "'eventList.2.member.eventType'"},
      {"no time", request(event("", R"("eventType":"Watch","itemId":"i")")), "'eventList.1.member.sentAt'"},
      {"a time that is a word", request(event("", R"("eventType":"W","sentAt":"yesterday","itemId":"i")")),
       "sentAt"},
      {"a time that is a boolean", request(event("", R"("eventType":"W","sentAt":true,"itemId":"i")")),
       "sentAt"},
      {"a time in milliseconds", request(event("", R"("eventType":"W","sentAt":1700000000000,"itemId":"i")")),
       "milliseconds"},
      {"a time beyond all numbers", request(event("", R"("eventType":"W","sentAt":1e300,"itemId":"i")")),
       "sentAt"},
      {"an empty event id", request(event(R"("eventId":"")")), "eventId"},
      {"an event id too long", request(event(R"("eventId":")" + kLong + "\"")), "eventId"},
      {"no item anywhere (E8)", request(event("", R"("eventType":"Watch","sentAt":1)")),
       "'eventList.1.member.itemId'"},
      {"an empty item", request(event("", R"("eventType":"Watch","sentAt":1,"itemId":"")")), "itemId"},
      {"an item too long", request(event("", R"("eventType":"W","sentAt":1,"itemId":")" + kLong + "\"")),
       "itemId"},
      {"an item that is a number", request(event("", R"("eventType":"W","sentAt":1,"itemId":7)")), "itemId"},
      {"a value that is a word", request(event(R"("eventValue":"much")")), "eventValue"},
      {"a value too large for 32 bits", request(event(R"("eventValue":1e39)")), "eventValue"},
      {"a value that is an object", request(event(R"("eventValue":{})")), "eventValue"},
      {"properties that are empty", request(event(R"("properties":"")")), "properties"},
      {"properties that are no JSON", request(event(R"("properties":"{")")), "properties"},
      {"properties that hold a list", request(event(R"("properties":"[]")")), "properties"},
      {"properties that are a number", request(event(R"("properties":5)")), "properties"},
      {"properties encoded three times", request(event(R"("properties":"\"\\\"{}\\\"\"")")), "properties"},
      {"properties above 1024 characters (E6)",
       request(event(R"("properties":"{\"deviceKind\":\")" + std::string(1024, 'x') + R"(\"}")")),
       "properties"},
      {"the user among properties (E7)", request(event(R"("properties":"{\"userId\":\"x\"}")")),
       "properties.userId"},
      {"the session among properties, in other case (E7)",
       request(event(R"("properties":"{\"SESSION_ID\":\"x\"}")")), "properties.SESSION_ID"},
      {"the event type among properties (E7)", request(event(R"("properties":"{\"eventType\":\"x\"}")")),
       "properties.eventType"},
      {"the time among properties (E7)", request(event(R"("properties":"{\"timestamp\":1}")")),
       "properties.timestamp"},
      {"the recommendation among properties (E7)",
       request(event(R"("properties":"{\"recommendationId\":\"x\"}")")), "properties.recommendationId"},
      {"the impression among properties (E7)", request(event(R"("properties":"{\"impression\":\"x\"}")")),
       "properties.impression"},
      {"a property that is no number (E9)",
       request(event(R"("properties":"{\"numberOfRatings\":\"many\"}")")), "NUMBER_OF_RATINGS"},
      {"a property with a fraction for a whole number (E9)",
       request(event(R"("properties":"{\"numberOfRatings\":1.5}")")), "NUMBER_OF_RATINGS"},
      {"a property above 32 bits (E9)", request(event(R"("properties":"{\"numberOfRatings\":5000000000}")")),
       "NUMBER_OF_RATINGS"},
      {"a property that is an object (E9)", request(event(R"("properties":"{\"deviceKind\":{}}")")),
       "DEVICE_KIND"},
      {"one column twice (E6)",
       request(event(R"("properties":"{\"deviceKind\":\"a\",\"DEVICE_KIND\":\"b\"}")")), "DEVICE_KIND"},
      {"an item among properties that is too long (E8)",
       request(event(R"("properties":"{\"itemId\":\")" + kLong + R"(\"}")", R"("eventType":"W","sentAt":1)")),
       "properties.itemId"},
      {"a value among properties that is a word (E8)",
       request(event(R"("properties":"{\"eventValue\":\"x\"}")")), "properties.eventValue"},
      {"an empty recommendation id", request(event(R"("recommendationId":"")")), "recommendationId"},
      {"a recommendation id above 40 characters",
       request(event(R"("recommendationId":")" + std::string(41, 'x') + "\"")), "recommendationId"},
      {"an empty impression", request(event(R"("impression":[])")), "impression"},
      {"26 items in an impression (E13)",
       request(event(R"("impression":["a")" + repeated(R"(,"a")", 25) + "]")), "impression"},
      {"an empty item in an impression", request(event(R"("impression":["a",""])")), "impression.1"},
      {"a number in an impression", request(event(R"("impression":[1])")), "impression.0"},
      {"an impression that is a string", request(event(R"("impression":"a|b")")), "impression"},
      {"an impression above 1000 characters (E13)",
       request(event(R"("impression":[")" + std::string(256, 'a') + "\"" +
                     repeated(",\"" + std::string(256, 'a') + "\"", 3) + "]")),
       "impression"},
      {"an attribution without its source", request(event(R"("metricAttribution":{})")),
       "eventAttributionSource"},
      {"an attribution source of blanks",
       request(event(R"("metricAttribution":{"eventAttributionSource":"  "})")), "eventAttributionSource"},
      {"an attribution source that is not ASCII",
       request(event(R"("metricAttribution":{"eventAttributionSource":"Äpfel"})")), "eventAttributionSource"},
      {"an attribution source above 1024 characters",
       request(event(R"("metricAttribution":{"eventAttributionSource":")" + std::string(1025, 'x') + "\"}")),
       "eventAttributionSource"},
      {"an attribution that is a string", request(event(R"("metricAttribution":"x")")), "metricAttribution"},
      {"two members wrong: both are named", request(event("", R"("eventType":"","itemId":"i")")),
       "2 validation errors detected"},
  };
}

std::vector<Bad> badItems() {
  return {
      {"no dataset", R"({"items":[{"itemId":"i"}]})", "'datasetArn'"},
      {"an unknown dataset",
       R"({"datasetArn":"arn:aws:personalize:local:000000000000:dataset/none/ITEMS","items":[{"itemId":"i"}]})",
       "does not exist", 404, "ResourceNotFoundException"},
      {"a dataset of another type", R"({"datasetArn":"%DUSERS","items":[{"itemId":"i"}]})", "type USERS"},
      {"a dataset's ARN too long", R"({"datasetArn":")" + kLong + R"(","items":[{"itemId":"i"}]})",
       "'datasetArn'"},
      {"no items", R"({"datasetArn":"%DITEMS"})", "'items'"},
      {"an empty list", R"({"datasetArn":"%DITEMS","items":[]})", "'items'"},
      {"11 items",
       R"({"datasetArn":"%DITEMS","items":[{"itemId":"i"})" + repeated(R"(,{"itemId":"i"})", 10) + "]}",
       "'items'"},
      {"no id", item(R"("properties":"{\"genres\":\"Drama\"}")"), "'items.1.member.itemId'"},
      {"an id too long", item(R"("itemId":")" + kLong + "\""), "itemId"},
      {"a column without null is missing (E19)", item(R"("itemId":"i")"), "GENRES"},
      {"a column without null is null (E19)", item(R"("itemId":"i","properties":"{\"genres\":null}")"),
       "GENRES"},
      {"a time in milliseconds (E20)",
       item(R"("itemId":"i","properties":"{\"genres\":\"a\",\"creationTimestamp\":1596238243000}")"),
       "CREATION_TIMESTAMP"},
      {"a price that is a word", item(R"("itemId":"i","properties":"{\"genres\":\"a\",\"price\":\"dear\"}")"),
       "PRICE"},
      {"a category above 1000 characters",
       item(R"("itemId":"i","properties":"{\"genres\":\")" + std::string(1001, 'x') + R"(\"}")"), "GENRES"},
      {"properties above 32000 characters",
       item(R"("itemId":"i","properties":"{\"genres\":\")" + std::string(32000, 'x') + R"(\"}")"),
       "properties"},
  };
}

std::vector<Bad> badUsers() {
  return {
      {"no id", user(R"("properties":"{}")"), "'users.1.member.userId'"},
      {"an age that is no number", user(R"("userId":"u","properties":"{\"age\":\"old\"}")"), "AGE"},
      {"properties above 24000 characters",
       user(R"("userId":"u","properties":"{\"tier\":\")" + std::string(24000, 'x') + R"(\"}")"),
       "properties"},
      {"properties that are a list", user(R"("userId":"u","properties":[])"), "properties"},
  };
}

std::vector<Bad> badActions() {
  return {
      {"no id", R"({"datasetArn":"%DACTIONS","actions":[{}]})", "'actions.1.member.actionId'"},
      {"a value that is no number",
       R"({"datasetArn":"%DACTIONS","actions":[{"actionId":"a","properties":"{\"value\":\"x\"}"}]})",
       "VALUE"},
      {"no actions", R"({"datasetArn":"%DACTIONS"})", "'actions'"},
  };
}

std::vector<Bad> badActionInteractions() {
  return {
      {"the tracker's id (E22)",
       R"({"trackingId":"%T","actionInteractions":[{"actionId":"a","sessionId":"s","timestamp":1,"eventType":"Viewed"}]})",
       "Action_Interactions"},
      {"another event type (E21)", actionEvent(R"("eventType":"Clicked")"), "eventType"},
      {"no event type", actionEvent(""), "eventType"},
      {"no action", actionEvent(R"("eventType":"Taken")", R"("sessionId":"s","timestamp":1)"), "actionId"},
      {"no session (E18)", actionEvent(R"("eventType":"Taken")", R"("actionId":"a","timestamp":1)"),
       "sessionId"},
      {"sentAt in place of timestamp (E18)",
       actionEvent(R"("eventType":"Taken","sentAt":1)", R"("actionId":"a","sessionId":"s")"), "timestamp"},
      {"the user among properties (E7)",
       actionEvent(R"("eventType":"Taken","properties":"{\"userId\":\"x\"}")"), "properties.userId"},
  };
}

struct World {
  World() {
    applyManifests(*server.store, kLiveManifests);
    tracker = trackingIdOf(*server.store, {"EventTracker", "movies", "web"});
    emptyTracker = trackingIdOf(*server.store, {"EventTracker", "empty", "web"});
    actions = trackingIdOf(*server.store, {"Dataset", "movies", "taken"});
  }
  std::string filled(std::string text) const {
    const auto replace = [&](const std::string& what, const std::string& by) {
      for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    };
    replace("%T", tracker);
    replace("%E", emptyTracker);
    replace("%A", actions);
    replace("%D", "arn:aws:personalize:local:000000000000:dataset/movies/");
    return text;
  }
  void refuses(const std::string& path, const std::vector<Bad>& requests) {
    httplib::Client client("127.0.0.1", server.port);
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    for (const Bad& bad : requests) {
      INFO(bad.reason << "\n" << bad.body);
      const auto answer = client.Post(path, filled(bad.body), "application/json");
      REQUIRE(answer);
      INFO(answer->body);
      CHECK(answer->status == bad.status);
      CHECK(answer->get_header_value("x-amzn-ErrorType") == bad.type);
      const auto body = parseJson(answer->body);
      REQUIRE(body);
      CHECK(stringMember(*body, "__type") == bad.type);
      CHECK(stringMember(*body, "message").find(bad.says) != std::string::npos);
    }
    CHECK(server.live.events().empty());
    CHECK(server.live.rows().empty());
  }

  TestServer server;
  std::string tracker, emptyTracker, actions;
};

}  // namespace

TEST_CASE("bad requests to put are refused, name what is wrong, and store nothing") {
  World world;
  size_t count = 0;
  const auto run = [&](const char* path, const std::vector<Bad>& requests) {
    world.refuses(path, requests);
    count += requests.size();
  };
  run("/events", badEvents());
  run("/items", badItems());
  run("/users", badUsers());
  run("/actions", badActions());
  run("/action-interactions", badActionInteractions());
  CHECK(count >= 100);
}

}  // namespace put_faults_test
