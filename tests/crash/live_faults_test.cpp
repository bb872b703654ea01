// The disk fails while data is streamed in: what was acknowledged stays in every answer, what was not is
// refused with the file and a remedy, recommendations go on, and once the disk is well again so do the puts,
// without a restart. And a bit of a group's files is flipped while the server is down.
//
// PROFFER_FAULT_POINTS says how many places are tried, PROFFER_CRASH_SEED repeats a run.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "base/log.h"
#include "controller/http/server.h"
#include "tests/crash/live_stream.h"

namespace live_faults_test {

using namespace proffer;
using namespace proffer::crash;
using io::Fault;

namespace {

const std::map<Fault, const char*> kFaults = {{Fault::kDiskFull, "full disk"},
                                              {Fault::kReadOnly, "read-only"},
                                              {Fault::kReadError, "read error"},
                                              {Fault::kWriteError, "write error"}};

void must(const Result<void>& result) {
  if (!result) FAIL(formatError(result.error()));
}

/// An error that a user can do something with: it names a file, and says what to do.
void checkHelpful(const Error& error) {
  INFO(formatError(error));
  CHECK((error.code == ErrorCode::kIo || error.code == ErrorCode::kCorrupt));
  CHECK(error.message.find("/data/groups/") != std::string::npos);
  CHECK(!error.hint.empty());
}

void checkAll(LiveStream& stream) {
  const auto wrong = stream.wrong();
  if (!wrong) FAIL(formatError(wrong.error()));
  CHECK(*wrong == std::vector<std::string>{});
  CHECK(stream.shownAgain() == std::vector<std::string>{});
}

/// A few random calls; how many puts were refused.
int act(LiveStream& stream, std::mt19937_64& random, int calls) {
  int refused = 0;
  for (int call = 0; call < calls; ++call) {
    const uint64_t dice = random() % 12;
    if (dice == 0) {
      if (const auto folded = stream.fold(); !folded) checkHelpful(folded.error());
    } else if (dice == 1) {
      if (const auto put = stream.putItem(static_cast<int>(random() % 100)); !put) checkHelpful(put.error());
    } else if (const auto put = stream.put(); !put) {
      ++refused;
      checkHelpful(put.error());
    }
  }
  return refused;
}

int runWithFault(std::mt19937_64& random, Fault fault) {
  LiveStream stream;
  const auto before = stream.server->answers("movies", "popular");
  for (int i = 0; i < 12; ++i) must(stream.put());
  if (random() % 2 == 0) must(stream.fold());
  io::FaultPlan plan{fault, random() % 2 == 0 ? "/data/groups" : "data.db"};
  plan.after = static_cast<int64_t>(random() % 30);
  plan.count = random() % 2 == 0 ? 1 + static_cast<int64_t>(random() % 6) : plan.count;
  INFO(kFaults.at(fault) << " of " << plan.where << " after " << plan.after << ", " << plan.count
                         << " times");
  stream.files.inject(plan);
  const int refused = act(stream, random, 40);
  // What is acknowledged is in the answers, whatever the disk does; other groups do not notice.
  CHECK(stream.shownAgain() == std::vector<std::string>{});
  CHECK(stream.server->answers("movies", "popular") == before);
  stream.files.heal();
  for (int i = 0; i < 3; ++i) must(stream.put());
  must(stream.putItem(1));
  checkAll(stream);
  must(stream.fold());
  checkAll(stream);
  must(stream.put());
  // And it is durable: the process dies, and what was not synced is lost.
  if (random() % 2 == 0) stream.files.crash(static_cast<io::Survival>(random() % 3), random());
  must(stream.restart());
  checkAll(stream);
  CHECK(stream.server->orphans() == std::vector<std::string>{});
  return refused;
}

enum class Seen { kNothing, kSaid, kMissed };

/// Flips a bit of the group's files while the server is down, looks, and flips it back.
Seen runWithDamage(std::mt19937_64& random) {
  LiveStream stream;
  for (int i = 0; i < 20; ++i) must(stream.put());
  must(stream.putItem(3));
  must(stream.fold());
  for (int i = 0; i < 8; ++i) must(stream.put());
  const auto others = stream.server->answers("movies", "popular");
  stream.stop();
  const auto paths = stream.files.filesBelow("/data/groups/" + stream.groupUid);
  REQUIRE(paths.size() >= 3);
  const io::fs::path path = paths[random() % paths.size()];
  const uint64_t bit = random();
  INFO("bit " << bit << " of " << path);
  stream.files.damage(path, bit);
  const auto damaged = stream.files.read(path, 1 << 30);
  Seen seen = Seen::kNothing;
  if (const auto started = stream.restart(); started) {
    CHECK(stream.server->answers("movies", "popular") == others);
    if (const auto wrong = stream.wrong(); !wrong) {
      checkHelpful(wrong.error());
      seen = Seen::kSaid;
    } else if (!wrong->empty()) {
      // Where SQLite's own structure is hit, rows may be skipped; none may be made up or doubled.
      for (const auto& one : *wrong) CHECK(one.ends_with("is lost"));
      seen = Seen::kMissed;
    }
  } else {
    INFO(formatError(started.error()));
    CHECK(!started.error().hint.empty());
    seen = Seen::kSaid;
  }
  stream.stop();
  if (const auto now = stream.files.read(path, 1 << 30); !now || *now != *damaged) return seen;
  stream.files.damage(path, bit);
  must(stream.restart());
  checkAll(stream);
  must(stream.put());
  must(stream.fold());
  checkAll(stream);
  return seen;
}

}  // namespace

TEST_CASE("a disk that fails while data is streamed in loses nothing that was acknowledged") {
  configureLog(LogLevel::kError, LogFormat::kText);
  const uint64_t points = numberFrom("PROFFER_FAULT_POINTS", 40);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  std::map<Fault, int> refused;
  for (uint64_t point = numberFrom("PROFFER_CRASH_FIRST", 0); point < points; ++point) {
    INFO("PROFFER_CRASH_SEED=" << seed << " PROFFER_FAULT_POINTS=" << points
                               << " PROFFER_CRASH_FIRST=" << point);
    std::mt19937_64 random(seed + point);
    auto fault = kFaults.begin();
    std::advance(fault, point % kFaults.size());
    refused[fault->first] += runWithFault(random, fault->first);
  }
  for (const auto& [fault, name] : kFaults) WARN(refused[fault] << " puts refused: " << name);
  if (points >= 40) CHECK(refused[Fault::kReadOnly] > 0);
}

TEST_CASE("a flipped bit of a group's files makes no event and doubles none") {
  configureLog(LogLevel::kError, LogFormat::kText);
  const uint64_t points = numberFrom("PROFFER_FAULT_POINTS", 40);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  std::map<Seen, int> counts;
  for (uint64_t point = numberFrom("PROFFER_CRASH_FIRST", 0); point < points; ++point) {
    INFO("PROFFER_CRASH_SEED=" << seed << " PROFFER_FAULT_POINTS=" << points
                               << " PROFFER_CRASH_FIRST=" << point);
    std::mt19937_64 random(seed + point);
    ++counts[runWithDamage(random)];
  }
  WARN(points << " flipped bits: " << counts[Seen::kSaid] << " named, " << counts[Seen::kMissed]
              << " in SQLite's structure, " << counts[Seen::kNothing] << " without effect; seed " << seed);
}

namespace {

Json eventsOf(const LiveStream& stream, const std::string& item, int number) {
  return {{"trackingId", stream.trackingId},
          {"sessionId", "s"},
          {"userId", "visitor"},
          {"eventList", Json::array({Json{{"eventType", "Click"},
                                          {"itemId", item},
                                          {"eventId", std::string(200, 'x') + std::to_string(number)},
                                          {"sentAt", 1'650'000'000 + number}}})}};
}

std::vector<std::string> offered(httplib::Client& client) {
  const auto answer = client.Post(
      "/recommendations",
      dumpJson({{"campaignArn", "custom/home"}, {"userId", "visitor"}, {"filterArn", "custom/untouched"}}),
      "application/json");
  REQUIRE(answer);
  INFO(answer->body);
  REQUIRE(answer->status == 200);
  std::vector<std::string> ids;
  const auto body = parseJson(answer->body);
  REQUIRE(body);
  for (const Json& item : body->at("itemList")) ids.push_back(stringMember(item, "itemId"));
  return ids;
}

}  // namespace

TEST_CASE("on a full disk puts are refused, recommendations go on, and puts go on when there is room") {
  configureLog(LogLevel::kError, LogFormat::kText);
  LiveStream stream;
  http::Server server(stream.server->store(), stream.server->engine(), stream.clock, {});
  server.setLive(*stream.server->data().live());
  const auto port = server.start();
  REQUIRE(port);
  httplib::Client client("127.0.0.1", *port);
  const auto before = offered(client);
  REQUIRE(before.size() >= 3);
  const auto put = [&](const std::string& item, int number) {
    auto answer = client.Post("/events", dumpJson(eventsOf(stream, item, number)), "application/json");
    REQUIRE(answer);
    return answer;
  };
  CHECK(put(before[0], 0)->status == 200);
  CHECK(offered(client).front() != before[0]);

  stream.files.inject({Fault::kDiskFull, "/data"});
  // The log of the database may have room that earlier writes made: that is used up first.
  int number = 1;
  auto refused = put(before[0], number);
  while (refused->status == 200 && number < 2000) refused = put(before[0], ++number);
  CHECK(refused->status == 500);
  CHECK(refused->get_header_value("x-amzn-ErrorType") == "InternalFailure");
  const auto error = parseJson(refused->body);
  REQUIRE(error);
  CHECK(stringMember(*error, "__type") == "InternalFailure");
  CHECK(stringMember(*error, "message").find("data.db") != std::string::npos);
  CHECK(stringMember(*error, "message").find("free space") != std::string::npos);
  const auto native =
      client.Post("/v1/groups/custom/events",
                  R"({"userId": "visitor", "itemId": "i1", "eventType": "Click", "timestamp": 1650100000})",
                  "application/json");
  REQUIRE(native);
  CHECK(native->status == 500);
  CHECK(native->body.find("free space on the disk of this file") != std::string::npos);
  const auto during = offered(client);
  CHECK(during.size() == before.size() - 1);
  CHECK(std::find(during.begin(), during.end(), before[1]) != during.end());

  stream.files.heal();
  CHECK(put(before[1], number + 1)->status == 200);
  const auto after = offered(client);
  CHECK(std::find(after.begin(), after.end(), before[0]) == after.end());
  CHECK(std::find(after.begin(), after.end(), before[1]) == after.end());
  // A refused call that is sent again is stored once.
  CHECK(put(before[2], number + 2)->status == 200);
  CHECK(put(before[2], number + 2)->status == 200);
  server.stop();
  const auto batch = stream.server->data().live()->readEvents(stream.groupUid, stream.events.uid, 0, 10'000);
  REQUIRE(batch);
  std::set<std::string> ids;
  for (const auto& one : batch->events) CHECK(ids.insert(one.event.eventId).second);
}

}  // namespace live_faults_test
