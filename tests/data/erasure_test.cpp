// Deleted users leave the files: nothing that is told of them alone stands in any file of the group, all else
// is as it was.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "controller/data/live_view.h"
#include "tests/data/support.h"

namespace proffer::data::erasure_test {
namespace {

using Texts = std::vector<std::string>;

std::vector<SchemaField> userFields() {
  return {field("USER_ID", {FieldType::kString}), field("NOTE", {FieldType::kString, FieldType::kNull})};
}

LiveDataset live(DatasetType type, std::vector<SchemaField> fields) {
  const auto definition = dataset(type, std::move(fields), {});
  return {definition.name, definition.uid, type, definition.fields};
}

LiveEvent event(std::string session, std::string user, int64_t time, std::string device) {
  LiveEvent made;
  made.sessionId = std::move(session);
  made.userId = std::move(user);
  made.itemId = "lamp";
  made.time = time;
  made.columns = {{"DEVICE", std::move(device)}};
  return made;
}

PutResult put(Place& place, const std::vector<LiveEvent>& events) {
  const auto done =
      place.store().live()->putEvents("group", live(DatasetType::kInteractions, interactionFields()), events);
  REQUIRE(done);
  return *done;
}

void putUser(Place& place, const std::string& id, const std::string& note) {
  REQUIRE(place.store().live()->putRows("group", live(DatasetType::kUsers, userFields()),
                                        std::vector{LiveRow{id, {{"NOTE", note}}}}));
}

void fold(Place& place) {
  Progress progress;
  REQUIRE(place.store().live()->fold("group", progress));
}

void erase(Place& place) {
  Progress progress;
  const auto done = place.store().live()->erase("group", progress);
  INFO((done ? std::string() : formatError(done.error())));
  REQUIRE(done);
}

/// Which files of the group hold a text.
Texts filesWith(const Place& place, const std::string& text) {
  Texts found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.dataPath() / "groups/group")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (bytes.str().find(text) != std::string::npos) found.push_back(entry.path().extension());
  }
  return found;
}

const Texts kOfAnn{"ann-imported", "ann-folded", "ann-waiting", "ann-tail",
                   "ann-session",  "ann-note",   "ann-note-2"};

void fill(Place& place) {
  place.write("a.csv",
              "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n"
              "ann,lamp,1,,,ann-imported\nbob,lamp,2,,,bob-imported\n");
  REQUIRE(place.import(dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")})));
  place.write("u.csv", "USER_ID,NOTE\nann,ann-note\nbob,bob-note\n");
  REQUIRE(place.import(dataset(DatasetType::kUsers, userFields(), {source("u.csv")})));
  putUser(place, "ann", "ann-note-2");
  putUser(place, "bob", "bob-note-2");
  put(place, {event("ann-session", "", 3, "ann-waiting"), event("ann-session", "ann", 4, "ann-folded")});
  put(place, {event("ann", "", 5, "ann-waiting"), event("t", "bob", 6, "bob-folded")});
  fold(place);
  put(place, {event("ann-session", "ann", 7, "ann-tail"), event("t", "bob", 8, "bob-tail")});
}

Texts notesOf(Place& place, const std::string& user) {
  const auto snapshot = place.snapshot();
  const auto index = snapshot->findUser(user);
  if (index == recipes::kNoIndex || !snapshot->users() || !snapshot->users()->has(index)) return {};
  return {std::string(snapshot->users()->text(index, 0))};
}

}  // namespace

TEST_CASE("what is told of a deleted user stands in no file any more") {
  Place place;
  fill(place);
  for (const auto& text : kOfAnn) {
    INFO(text);
    CHECK_FALSE(filesWith(place, text).empty());
  }
  CHECK_FALSE(place.store().live()->figures("group")->eraseDue);
  REQUIRE(place.store().live()->deleteUsers("group", std::vector<std::string>{"ann"}));
  CHECK(place.store().live()->figures("group")->eraseDue);
  if (GENERATE(false, true)) place.reopen();
  CHECK(place.store().live()->figures("group")->eraseDue);
  const auto fingerprint = place.snapshot()->interactionsFingerprint();
  const auto view = place.store().live()->view("group").value();
  erase(place);
  CHECK(view->outdated());
  CHECK_FALSE(place.store().live()->figures("group")->eraseDue);
  CHECK(place.snapshot()->interactionsFingerprint() != fingerprint);
  for (const bool again : {false, true}) {
    if (again) place.reopen();
    for (const auto& text : kOfAnn) {
      INFO(text);
      CHECK(filesWith(place, text) == Texts());
    }
    CHECK(interactionsOf(*place.snapshot(), "ann").empty());
    CHECK(interactionsOf(*place.snapshot(), "bob").size() == 3);
    CHECK(notesOf(place, "ann").empty());
    CHECK(notesOf(place, "bob") == Texts{"bob-note-2"});
    const auto batch = place.store().live()->readEvents("group", "interactions-uid", 0, 100);
    REQUIRE(batch);
    CHECK(batch->events.size() == 2);
    CHECK(place.store().live()->readRows("group", "users-uid", 0, 100)->rows.size() == 1);
    CHECK(place.snapshot()->verify());
  }
  // What comes again of before is known, and what is new counts.
  CHECK(put(place, {event("ann-session", "ann", 4, "ann-folded")}).duplicates == 1);
  CHECK(put(place, {event("t", "ann", 9, "new")}).stored == 1);
  fold(place);
  erase(place);
  CHECK(interactionsOf(*place.snapshot(), "ann").size() == 1);
}

TEST_CASE("an import that brings a deleted user back is rewritten, too") {
  Place place;
  fill(place);
  REQUIRE(place.store().live()->deleteUsers("group", std::vector<std::string>{"ann"}));
  erase(place);
  place.write("a.csv",
              "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n"
              "ann,lamp,1,,,ann-imported\nbob,lamp,3,,,bob-imported\n");
  place.age("a.csv", 30);
  REQUIRE(place.import(dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")})));
  CHECK(place.store().live()->figures("group")->eraseDue);
  erase(place);
  CHECK(filesWith(place, "ann-imported") == Texts());
  CHECK(interactionsOf(*place.snapshot(), "ann").empty());
  // The source is known as it was: nothing is imported again.
  CHECK_FALSE(
      place.check(dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")}))->changed);
}

TEST_CASE("the newest of several rows of a user stays the newest when an older segment is rewritten") {
  Place place;
  const auto users = [](std::vector<DataSource> sources) {
    return dataset(DatasetType::kUsers, userFields(), std::move(sources));
  };
  place.write("1.csv", "USER_ID,NOTE\nann,x\nbob,first\n");
  place.write("2.csv", "USER_ID,NOTE\nbob,second\n");
  place.write("3.csv", "USER_ID,NOTE\nbob,third\ncid,x\n");
  const auto one = source("1.csv", ImportMode::kIncremental), two = source("2.csv", ImportMode::kIncremental),
             three = source("3.csv", ImportMode::kIncremental);
  REQUIRE(place.import(users({one})));
  REQUIRE(place.import(users({one, two})));
  REQUIRE(place.import(users({one, two, three})));
  CHECK(notesOf(place, "bob") == Texts{"third"});
  REQUIRE(place.store().live()->deleteUsers("group", std::vector<std::string>{"ann"}));
  erase(place);
  CHECK(notesOf(place, "ann").empty());
  CHECK(notesOf(place, "bob") == Texts{"third"});
  CHECK(notesOf(place, "cid") == Texts{"x"});
}

}  // namespace proffer::data::erasure_test
