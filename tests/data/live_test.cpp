// Streamed events and put rows against a plain model: what is there is what was put, exactly once, whatever
// is folded, merged, imported, deleted and opened again in between.
#include <catch2/catch.hpp>

#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <thread>

#include "base/text.h"
#include "controller/data/live_view.h"
#include "controller/io/simulated_file_system.h"
#include "controller/store/database.h"
#include "tests/data/support.h"

namespace proffer::data::live_test {
namespace {

LiveDataset liveDataset(DatasetType type, std::vector<SchemaField> fields) {
  const auto definition = dataset(type, std::move(fields), {});
  return {definition.name, definition.uid, type, definition.fields};
}
LiveDataset interactions() {
  return liveDataset(DatasetType::kInteractions, interactionFields());
}
LiveDataset items() {
  return liveDataset(DatasetType::kItems, itemFields());
}

LiveEvent event(std::string session, std::string user, std::string item, int64_t time,
                std::string type = "View") {
  LiveEvent made;
  made.sessionId = std::move(session);
  made.userId = std::move(user);
  made.itemId = std::move(item);
  made.eventType = std::move(type);
  made.time = time;
  return made;
}

PutResult put(Place& place, const std::vector<LiveEvent>& events) {
  const auto done = place.store().live()->putEvents("group", interactions(), events);
  INFO((done ? std::string() : formatError(done.error())));
  REQUIRE(done);
  return *done;
}

void fold(Place& place) {
  Progress progress;
  const auto done = place.store().live()->fold("group", progress);
  INFO((done ? std::string() : formatError(done.error())));
  REQUIRE(done);
}

std::vector<EventBatch::Stored> allEvents(Place& place, size_t limit = 7) {
  std::vector<EventBatch::Stored> all;
  for (int64_t after = 0;;) {
    const auto batch = place.store().live()->readEvents("group", interactions().uid, after, limit);
    REQUIRE(batch);
    all.insert(all.end(), batch->events.begin(), batch->events.end());
    if (!batch->more) return all;
    REQUIRE(batch->sequence > after);
    after = batch->sequence;
  }
}

// "item@time" of a user, imported and streamed, oldest first.
std::vector<std::string> seenBy(Place& place, const std::string& user) {
  const auto view = place.store().live()->view("group").value();
  std::vector<std::pair<int64_t, std::string>> rows;
  const auto& known = view->snapshot()->interactions();
  recipes::Interactions::Scratch scratch;
  if (const auto index = view->snapshot()->findUser(user); index != recipes::kNoIndex) {
    const auto history = known.history(index, scratch);
    for (size_t i = 0; i < history.size(); ++i)
      rows.emplace_back(history.times[i], std::string(known.itemId(history.items[i])));
  }
  std::vector<TailEvent> tail;
  view->eventsOf(user, tail);
  for (const auto& one : tail) rows.emplace_back(one.time, one.item);
  std::sort(rows.begin(), rows.end());
  std::vector<std::string> texts;
  for (const auto& [time, item] : rows) texts.push_back(item + "@" + std::to_string(time));
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an event is seen at once, stays when it is folded, and is there after a restart") {
  Place place;
  CHECK(put(place, {event("s", "ann", "lamp", 5)}).stored == 1);
  CHECK(seenBy(place, "ann") == Texts{"lamp@5"});
  place.reopen();
  CHECK(seenBy(place, "ann") == Texts{"lamp@5"});
  fold(place);
  CHECK(seenBy(place, "ann") == Texts{"lamp@5"});
  CHECK(allInteractions(*place.snapshot()).size() == 1);
  place.reopen();
  CHECK(seenBy(place, "ann") == Texts{"lamp@5"});
  const auto all = allEvents(place);
  REQUIRE(all.size() == 1);
  CHECK(all[0].event.sessionId == "s");
  CHECK(all[0].owner == "ann");
}

TEST_CASE("what is sent again is there once") {
  Place place;
  LiveEvent one = event("s", "ann", "lamp", 5);
  LiveEvent other = event("s", "ann", "desk", 6);
  other.eventId = "e1";
  CHECK(put(place, {one, other}).stored == 2);
  CHECK(put(place, {one, other}).duplicates == 2);
  LiveEvent later = event("s", "ann", "sofa", 7);
  later.eventId = "e1";
  CHECK(put(place, {later}).duplicates == 1);
  fold(place);
  CHECK(put(place, {one}).duplicates == 1);
  put(place, {later});  // known at the next folding
  fold(place);
  CHECK(seenBy(place, "ann") == Texts{"lamp@5", "desk@6"});
  CHECK(allEvents(place).size() == 2);
  CHECK(place.store().live()->figures("group")->tail == 0);
}

TEST_CASE("a session's events are the first user's that is identified after them") {
  const bool folding = GENERATE(false, true);
  const bool reopening = GENERATE(false, true);
  Place place;
  const auto step = [&] {
    if (folding) fold(place);
    if (reopening) place.reopen();
  };
  put(place, {event("s", "", "lamp", 1), event("s", "", "desk", 2)});
  step();
  CHECK(seenBy(place, "s") == Texts{"lamp@1", "desk@2"});
  CHECK(place.store().live()->figures("group")->waiting == 2);
  put(place, {event("s", "ann", "sofa", 3)});
  step();
  CHECK(seenBy(place, "s").empty());
  CHECK(seenBy(place, "ann") == Texts{"lamp@1", "desk@2", "sofa@3"});
  put(place, {event("s", "", "rug", 4), event("s", "bob", "bed", 5), event("s", "ann", "cup", 6)});
  step();
  CHECK(seenBy(place, "bob") == Texts{"rug@4", "bed@5"});
  CHECK(seenBy(place, "ann") == Texts{"lamp@1", "desk@2", "sofa@3", "cup@6"});
  CHECK(allEvents(place).size() == 6);
}

TEST_CASE("what an answer showed is stored as the impression, and makes no other event of it") {
  Place place;
  LiveEvent one = event("s", "ann", "lamp", 5);
  one.recommendationId = "RID-1";
  one.shown = {"lamp", "desk"};
  CHECK(put(place, {one}).stored == 1);
  // Sent again after the server has forgotten the answer.
  one.shown.clear();
  CHECK(put(place, {one}).duplicates == 1);
  LiveEvent other = event("s", "ann", "desk", 6);
  other.impression = {"desk"};
  other.shown = {"lamp", "desk"};
  put(place, {other});
  const auto check = [&] {
    const auto all = allEvents(place);
    REQUIRE(all.size() == 2);
    CHECK(all[0].event.impression == std::vector<std::string>{"lamp", "desk"});
    CHECK(all[1].event.impression == std::vector<std::string>{"desk"});
  };
  check();
  place.reopen();
  check();
  fold(place);
  check();
}

TEST_CASE("an item that nothing knew is folded soon by itself, and what was deleted is erased") {
  Place place;
  const auto comesTrue = [](const std::function<bool()>& condition) {
    for (int i = 0; i < 600 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return condition();
  };
  const auto putItem = [&](const std::string& id) {
    REQUIRE(place.store().live()->putRows("group", items(), std::vector{LiveRow{id, {{"GENRES", "Light"}}}}));
  };
  putItem("lamp");
  place.store().live()->keepFolding();
  CHECK(comesTrue([&] { return place.snapshot()->findItem("lamp") != recipes::kNoIndex; }));
  putItem("desk");
  CHECK(comesTrue([&] { return place.snapshot()->findItem("desk") != recipes::kNoIndex; }));
  put(place, {event("s", "ann", "lamp", 5)});
  REQUIRE(place.store().live()->deleteUsers("group", std::vector<std::string>{"ann"}));
  CHECK(comesTrue([&] { return !place.store().live()->figures("group")->eraseDue; }));
}

TEST_CASE("a put that is wrong takes nothing") {
  Place place;
  const auto refused = place.store().live()->putEvents(
      "group", interactions(), std::vector{event("s", "a", "x", 1), event("s", "a", "", 2)});
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::kInvalidInput);
  CHECK(refused.error().field == "events[1].itemId");
  CHECK(seenBy(place, "a").empty());
}

TEST_CASE("a put item replaces all of it and outlives a full import") {
  Place place;
  const auto definition = dataset(DatasetType::kItems, itemFields(), {source("items.csv")});
  place.write("items.csv", "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION\nlamp,Light,5,1,bright\n");
  REQUIRE(place.import(definition));
  const auto putItem = [&](std::string id, LiveColumns columns) {
    REQUIRE(place.store().live()->putRows("group", items(),
                                          std::vector{LiveRow{std::move(id), std::move(columns)}}));
  };
  putItem("lamp", {{"GENRES", "Old"}});
  putItem("lamp", {{"GENRES", "Light|New"}});
  putItem("desk", {{"PRICE", "7"}, {"GENRES", std::nullopt}});
  const auto view = place.store().live()->view("group").value();
  REQUIRE(view->row(DatasetType::kItems, "lamp"));
  CHECK(view->row(DatasetType::kItems, "lamp")->columns[0].second == "Light|New");
  CHECK(view->rowsAfter(DatasetType::kItems, 0).size() == 2);
  const auto check = [&] {
    const auto snapshot = place.snapshot();
    const auto lamp = snapshot->findItem("lamp"), desk = snapshot->findItem("desk");
    REQUIRE(desk != recipes::kNoIndex);
    CHECK(snapshot->items()->text(lamp, 0) == "Light|New");
    CHECK(snapshot->items()->isNull(lamp, 1));
    CHECK(snapshot->items()->number(desk, 1) == 7);
  };
  fold(place);
  check();
  CHECK(view->row(DatasetType::kItems, "lamp"));  // its snapshot is older
  place.write("items.csv", "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION\nlamp,Bulk,6,1,x\n");
  place.age("items.csv", 30);
  REQUIRE(place.import(definition));
  check();
  const auto imported = place.store().live()->imported("group").value();
  CHECK(imported->items()->text(imported->findItem("lamp"), 0) == "Bulk");
  const auto rows = place.store().live()->readRows("group", items().uid, 0, 2);
  REQUIRE(rows);
  CHECK(rows->rows.size() == 2);
  CHECK(rows->more);
}

TEST_CASE("a deleted user is gone at once, stays gone, and may come back by new events") {
  Place place;
  const auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")});
  place.write("a.csv",
              "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\nann,lamp,1,,,\nbob,lamp,2,,,\n");
  REQUIRE(place.import(definition));
  put(place, {event("s", "ann", "desk", 3)});
  fold(place);
  put(place, {event("s", "ann", "sofa", 4), event("t", "bob", "sofa", 5)});
  const auto before = place.snapshot();
  const auto done = place.store().live()->deleteUsers("group", std::vector<std::string>{"ann", "nobody"});
  REQUIRE(done);
  CHECK(done->users == 1);
  CHECK(seenBy(place, "ann").empty());
  CHECK(interactionsOf(*before, "ann").empty());
  CHECK(seenBy(place, "bob") == Texts{"lamp@2", "sofa@5"});
  place.reopen();
  CHECK(seenBy(place, "ann").empty());
  fold(place);
  CHECK(seenBy(place, "ann").empty());
  CHECK(allEvents(place).size() == 1);
  place.write("a.csv",
              "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\nann,rug,9,,,\nbob,lamp,2,,,\n");
  REQUIRE(place.import(definition));
  CHECK(seenBy(place, "ann").empty());
  put(place, {event("s", "ann", "bed", 6)});
  CHECK(seenBy(place, "ann") == Texts{"bed@6"});
  fold(place);
  place.reopen();
  CHECK(seenBy(place, "ann") == Texts{"bed@6"});
}

TEST_CASE("what comes after a deletion is kept, also if retries used numbers up before it") {
  Place place;
  LiveEvent one = event("s", "ann", "lamp", 1);
  one.eventId = "e1";
  put(place, {one});
  for (int i = 0; i < 3; ++i) put(place, {one});
  REQUIRE(place.store().live()->deleteUsers("group", std::vector<std::string>{"ann"}));
  fold(place);
  place.reopen();
  put(place, {event("s", "ann", "desk", 2)});
  CHECK(seenBy(place, "ann") == Texts{"desk@2"});
  fold(place);
  place.reopen();
  CHECK(seenBy(place, "ann") == Texts{"desk@2"});
}

TEST_CASE("streamed data is a plain list of what was put, whatever happens to it") {
  const char* given = std::getenv("PROFFER_LIVE_SEED");
  const auto seed = given ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : std::random_device()();
  INFO("seed " << seed << " (PROFFER_LIVE_SEED)");
  std::mt19937 random(seed);
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  Place place;
  struct Known {
    LiveEvent event;
    std::string owner;
  };
  std::vector<Known> model;
  std::vector<LiveEvent> sent;
  std::map<std::string, int64_t> deletedAt;  // the time that the next event had
  const auto check = [&] {
    std::map<std::string, Texts> expected;
    for (const auto& one : model)
      expected[one.owner.empty() ? one.event.sessionId : one.owner].push_back(one.event.itemId + "@" +
                                                                              std::to_string(one.event.time));
    for (uint32_t i = 0; i < 8; ++i) {
      for (const std::string& id : {"u" + std::to_string(i), "s" + std::to_string(i)}) {
        INFO(id);
        Texts texts = seenBy(place, id), wanted = expected[id];
        std::sort(texts.begin(), texts.end()), std::sort(wanted.begin(), wanted.end());
        REQUIRE(texts == wanted);
      }
    }
    REQUIRE(allEvents(place, 1 + below(20)).size() == model.size());
  };
  for (int step = 0; step < 400; ++step) {
    const uint32_t dice = below(40);
    if (dice < 28) {
      std::vector<LiveEvent> events;
      for (uint32_t i = 0; i <= below(4); ++i) {
        const bool again = !sent.empty() && below(6) == 0;
        LiveEvent one = event("s" + std::to_string(below(8)), below(3) ? "u" + std::to_string(below(8)) : "",
                              "i" + std::to_string(below(50)), static_cast<int64_t>(sent.size()));
        if (below(3) == 0) one.eventId = "e" + std::to_string(sent.size());
        if (again) one = sent[below(static_cast<uint32_t>(sent.size()))];
        events.push_back(one);
        if (again) continue;
        sent.push_back(one);
        model.push_back({one, one.userId});
        if (one.userId.empty()) continue;
        for (auto& earlier : model)
          if (earlier.owner.empty() && earlier.event.sessionId == one.sessionId) earlier.owner = one.userId;
        // What is from before the user's deletion is not taken along.
        std::erase_if(model, [&](const Known& known) {
          return known.owner == one.userId && known.event.time < deletedAt[one.userId];
        });
      }
      // What was deleted and is sent again is a retry of what the log still knows.
      put(place, events);
    } else if (dice < 34) {
      fold(place);
    } else if (dice < 38) {
      place.reopen();
    } else {
      const std::string user = "u" + std::to_string(below(8));
      REQUIRE(place.store().live()->deleteUsers("group", std::vector{user}));
      std::erase_if(model, [&](const Known& one) { return one.owner == user; });
      deletedAt[user] = static_cast<int64_t>(sent.size());
    }
    if (step % 5 == 0) check();
  }
  check();
}

// A group whose database an older program made.
void layDown(Place& place, const std::string& fixture) {
  const auto directory = place.dataPath() / "groups/group";
  std::filesystem::create_directories(directory);
  std::ifstream file(PROFFER_SOURCE_DIR "/tests/data/formats/" + fixture);
  const std::string sql{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(!sql.empty());
  {
    const auto database = store::Database::open(directory / "data.db", {});
    REQUIRE(database);
    auto turn = (*database)->begin();
    REQUIRE(turn);
    REQUIRE(turn->connection().execute(sql));
    REQUIRE(turn->commit());
  }
  place.reopen();
}

TEST_CASE("data of format 1 is taken over, as it is") {
  Place place;
  layDown(place, "data_db_1.sql");
  CHECK(place.snapshot()->dataVersion() == 3);
  CHECK(place.snapshot()->findUser("bob") == 1);
  CHECK(place.snapshot()->findItem("lamp") == 0);
  put(place, {event("s", "bob", "lamp", 5), event("s", "cid", "desk", 6)});
  fold(place);
  place.reopen();
  CHECK(place.snapshot()->findUser("cid") == 2);
  CHECK(seenBy(place, "bob") == Texts{"lamp@5"});
}

TEST_CASE("what a program of format 2 put counts, is known when it is sent again, and folds") {
  const bool foldFirst = GENERATE(false, true);
  Place place;
  layDown(place, "data_db_2.sql");
  const LiveDataset events{
      "interactions",
      "fc2b2db0-7bbd-469e-a813-1a10812882e2",
      DatasetType::kInteractions,
      {field("USER_ID", {FieldType::kString}), field("ITEM_ID", {FieldType::kString}),
       field("TIMESTAMP", {FieldType::kLong}), field("EVENT_TYPE", {FieldType::kString})}};
  const auto put = [&](std::vector<LiveEvent> all) {
    const auto done = place.store().live()->putEvents("group", events, all);
    REQUIRE(done);
    return *done;
  };
  LiveEvent withId = event("s1", "ann", "lamp", 1'700'000'001);
  withId.eventId = "e1";
  const LiveEvent waits = event("s2", "", "desk", 1'700'000'002),
                  last = event("s3", "bob", "sofa", 1'700'000'003);
  CHECK(seenBy(place, "ann") == Texts{"lamp@1700000001"});
  CHECK(seenBy(place, "s2") == Texts{"desk@1700000002"});
  CHECK(seenBy(place, "bob") == Texts{"sofa@1700000003"});
  if (foldFirst) fold(place), place.reopen();
  CHECK(put({withId}).duplicates == 1);
  CHECK(put({waits, last, event("s3", "bob", "rug", 1'700'000'004)}).duplicates == 2);
  withId.time += 1;  // another event, with an id that is known; at the latest when it is folded
  put({withId});
  CHECK(put({event("s2", "cid", "bed", 1'700'000'005)}).stored == 1);
  fold(place);
  place.reopen();
  CHECK(seenBy(place, "ann") == Texts{"lamp@1700000001"});
  CHECK(seenBy(place, "bob") == Texts{"sofa@1700000003", "rug@1700000004"});
  CHECK(seenBy(place, "cid") == Texts{"desk@1700000002", "bed@1700000005"});
  CHECK(put({waits, last}).duplicates == 2);
  const auto all = place.store().live()->readEvents("group", events.uid, 0, 100);
  REQUIRE(all);
  CHECK(all->events.size() == 5);
  const auto items = place.store().live()->readRows("group", "122fb9cb-89e2-4a9b-96b3-79797fbef3b6", 0, 100);
  REQUIRE(items);
  REQUIRE(items->rows.size() == 1);
  CHECK(items->rows[0].row.columns[0].second == "Light|New");
}

TEST_CASE("what was sent is known after a restart, in batches of any size, folded or not") {
  Place place;
  std::vector<std::vector<LiveEvent>> calls;
  int64_t time = 0;
  for (const int size : {1, 2, 10, 300}) {
    auto& call = calls.emplace_back();
    for (int i = 0; i < size; ++i, ++time)
      call.push_back(event("s" + std::to_string(i % 5), i % 3 == 0 ? "" : "ann", "i", time));
    CHECK(put(place, call).stored == size);
  }
  for (const bool folds : {false, true, true}) {
    if (folds) fold(place);
    place.reopen();
    for (const auto& call : calls) CHECK(put(place, call).duplicates == static_cast<int64_t>(call.size()));
  }
  CHECK(allEvents(place, 100).size() == static_cast<size_t>(time));
}

TEST_CASE("what could not be written is no duplicate when it is sent again") {
  SystemClock clock;
  io::SimulatedFileSystem files(clock);
  Place place(files);
  LiveEvent one = event("s", "ann", "lamp", 1);
  put(place, {one});
  LiveEvent withId = event("s", "ann", "desk", 2);
  withId.eventId = "e1";
  const std::vector call{one, withId, event("t", "", "sofa", 3)};
  files.inject({io::Fault::kReadOnly, "data.db"});
  CHECK(!place.store().live()->putEvents("group", interactions(), call));
  files.heal();
  const PutResult done = put(place, call);
  CHECK(done.stored == 2);
  CHECK(done.duplicates == 1);
  place.reopen();
  CHECK(put(place, call).duplicates == 3);
  CHECK(seenBy(place, "ann") == Texts{"lamp@1", "desk@2"});
}

TEST_CASE("puts from many threads while it is folded are each there once", "[concurrent]") {
  Place place;
  constexpr int kThreads = 4, kEach = 150;
  std::atomic<bool> stop{false};
  std::thread folding([&] {
    Progress progress;
    while (!stop) (void)place.store().live()->fold("group", progress);
  });
  std::thread reading([&] {
    while (!stop) (void)seenBy(place, "u1");
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::vector one{event("s" + std::to_string(t), "u" + std::to_string(t), "i", t * 1000 + i)};
        if (!place.store().live()->putEvents("group", interactions(), one)) std::abort();
      }
    });
  for (auto& thread : threads) thread.join();
  stop = true;
  folding.join(), reading.join();
  for (int t = 0; t < kThreads; ++t) CHECK(seenBy(place, "u" + std::to_string(t)).size() == kEach);
  CHECK(allEvents(place, 1000).size() == kThreads * kEach);
}

}  // namespace proffer::data::live_test
