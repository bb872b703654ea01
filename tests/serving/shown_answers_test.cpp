// What is remembered of answers, and how it is bounded.
#include <catch2/catch.hpp>

#include <limits>

#include "base/hash.h"
#include "controller/io/simulated_file_system.h"
#include "controller/serving/shown_answers.h"

namespace proffer::serving::shown_answers_test {
namespace {

using Texts = std::vector<std::string>;

const Time kStart = fromMicros(1'700'000'000'000'000);

void note(ShownAnswers& shown, const std::string& id, const Texts& items, const std::string& group = "shop") {
  const std::vector<std::string_view> views(items.begin(), items.end());
  shown.note(group, id, views);
}

}  // namespace

TEST_CASE("an answer is remembered for its group, for a while") {
  SimulatedClock clock(kStart);
  ShownAnswers shown(clock);
  note(shown, "RID-1", {"b", "a"});
  note(shown, "RID-2", {"c"});
  note(shown, "RID-1", {"d"}, "other");
  note(shown, "", {"x"});
  note(shown, "RID-3", {});
  CHECK(shown.find("shop", "RID-1") == Texts{"b", "a"});
  CHECK(shown.find("other", "RID-1") == Texts{"d"});
  CHECK(shown.find("shop", "RID-3").empty());
  CHECK(shown.find("nowhere", "RID-1").empty());
  CHECK(shown.find("shop", "").empty());
  clock.advance(std::chrono::hours(23));
  CHECK(shown.find("shop", "RID-2") == Texts{"c"});
  CHECK(shown.figures().horizon == Duration(std::chrono::hours(23)));
  clock.advance(std::chrono::hours(2));
  CHECK(shown.find("shop", "RID-2").empty());
  CHECK(shown.figures().answers == 1);  // of the other group, where nobody has asked
  CHECK(shown.figures().found == 3);
  CHECK(shown.figures().unknown == 4);
}

TEST_CASE("an id that comes again means the newer answer, also when the older one goes") {
  SimulatedClock clock(kStart);
  ShownAnswers shown(clock);
  note(shown, "RID-1", {"a"});
  clock.advance(std::chrono::hours(20));
  note(shown, "RID-1", {"b"});
  clock.advance(std::chrono::hours(10));
  CHECK(shown.find("shop", "RID-1") == Texts{"b"});
}

TEST_CASE("of a long answer the first items are kept, as many as a column holds") {
  SimulatedClock clock(kStart);
  ShownAnswers shown(clock);
  note(shown, "RID-1", Texts(500, std::string(99, 'x')));
  CHECK(shown.find("shop", "RID-1").size() == 10);  // ten of 99 and nine separators: 999
  Texts wide(30);
  for (auto& text : wide)
    for (int i = 0; i < 99; ++i) text += "\u00e4";  // characters count, not bytes
  note(shown, "RID-2", wide);
  CHECK(shown.find("shop", "RID-2").size() == 10);
}

TEST_CASE("what is remembered outlives an orderly restart, and no crash") {
  SimulatedClock clock(kStart);
  io::SimulatedFileSystem files(clock);
  REQUIRE(files.createDirectories("/data"));
  ShownAnswers before(clock);
  CHECK(before.save("/data/shown", files));
  CHECK(files.filesBelow("/data").empty());
  note(before, "RID-1", {"b", "a"});
  clock.advance(std::chrono::hours(20));
  note(before, "RID-2", {"c", "\u00e4"}, "other");
  REQUIRE(before.save("/data/shown", files));
  CHECK(files.filesBelow("/data").size() == 1);

  ShownAnswers after(clock);
  REQUIRE(after.load("/data/shown", files));
  CHECK(files.filesBelow("/data").empty());
  CHECK(after.find("shop", "RID-1") == Texts{"b", "a"});
  CHECK(after.find("other", "RID-2") == Texts{"c", "\u00e4"});
  CHECK(after.figures().answers == 2);
  CHECK(after.load("/data/shown", files));
  clock.advance(std::chrono::hours(5));
  CHECK(after.find("shop", "RID-1").empty());  // their time goes on

  for (uint64_t bit = 0; bit < 60; ++bit) {
    REQUIRE(before.save("/data/shown", files));
    files.damage("/data/shown", bit * 17);
    ShownAnswers damaged(clock);
    const auto loaded = damaged.load("/data/shown", files);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == ErrorCode::kCorrupt);
    CHECK(damaged.figures().answers == 0);
  }
}

namespace {

template <class Number>
std::string bytesOf(Number number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string entryOf(const std::string& group, uint64_t id, int64_t at) {
  return bytesOf(static_cast<uint32_t>(group.size())) + group + bytesOf(id) + bytesOf(id) + bytesOf(at) +
         bytesOf(uint32_t{2}) + std::string("i\0", 2);
}

std::string fileOf(const std::string& entries) {
  const std::string content = "proffer shown answers 1\n" + entries;
  const Hash128 digest = hash128(content);
  return content + bytesOf(digest.high) + bytesOf(digest.low);
}

}  // namespace

TEST_CASE("a file is loaded whole or not at all, whatever times it names") {
  constexpr int64_t kFirst = std::numeric_limits<int64_t>::min(), kLast = std::numeric_limits<int64_t>::max();
  SimulatedClock clock(kStart);
  io::SimulatedFileSystem files(clock);
  REQUIRE(files.createDirectories("/data"));
  const int64_t now = toMicros(kStart);
  struct Row {
    std::string entries;
    bool loads;
    int64_t answers;
    std::string reason;
  };
  const std::vector<Row> rows{
      {"", true, 0, "nothing"},
      {entryOf("shop", 1, now) + entryOf("shop", 2, now - 1), true, 2, "two of now"},
      {entryOf("shop", 1, now) + entryOf("shop", 2, now).substr(0, 20), false, 0, "the second is cut off"},
      {entryOf("shop", 1, now) + "x", false, 0, "something behind the last one"},
      {entryOf("shop", 1, kLast) + entryOf("shop", 2, kFirst), true, 1,
       "one of the future and one of the past"},
      {entryOf("shop", 1, now - 25 * 3'600'000'000), true, 0, "longer ago than is remembered"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    files.put("/data/shown", fileOf(row.entries));
    ShownAnswers shown(clock);
    const auto loaded = shown.load("/data/shown", files);
    CHECK(loaded.has_value() == row.loads);
    if (!loaded) CHECK(loaded.error().code == ErrorCode::kCorrupt);
    const auto figures = shown.figures();
    CHECK(figures.answers == row.answers);
    CHECK(figures.horizon >= Duration(0));
    CHECK(figures.horizon <= Duration(std::chrono::hours(24)));
    CHECK(files.filesBelow("/data").empty());
  }
}

TEST_CASE("memory is bounded for each group and for all of them") {
  SimulatedClock clock(kStart);
  ShownAnswers::Bounds bounds;
  bounds.groupBytes = 20'000;
  bounds.allBytes = 50'000;
  ShownAnswers shown(clock, bounds);
  for (int i = 0; i < 1000; ++i) note(shown, "RID-" + std::to_string(i), {"item-1", "item-2", "item-3"});
  CHECK(shown.find("shop", "RID-0").empty());
  CHECK(shown.find("shop", "RID-999").size() == 3);
  const auto one = shown.figures();
  CHECK(one.bytes <= 20'000);
  CHECK(one.answers > 50);
  CHECK(one.answers < 1000);
  for (int group = 0; group < 10; ++group)
    for (int i = 0; i < 1000; ++i)
      note(shown, "RID-" + std::to_string(i), {"item-1", "item-2"}, std::to_string(group));
  CHECK(shown.figures().bytes <= 50'000);
  for (int group = 0; group < 10; ++group)
    CHECK(shown.find(std::to_string(group), "RID-999").size() == 2);  // none takes the room of all
}

}  // namespace proffer::serving::shown_answers_test
