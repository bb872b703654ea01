#include "controller/store/control_format.h"
#include "controller/store/sqlite_journal.h"
#include "tests/store/store_fixture.h"

namespace journal_test {

using namespace proffer;
using namespace proffer::store;

namespace {

const ResourceKey kA{"Dataset", "shop", "a"};
const ResourceKey kB{"Dataset", "shop", "b"};

std::string shown(const std::vector<JournalEntry>& entries) {
  std::string text;
  for (const auto& e : entries) text += fmt::format("{}:{}x{} ", e.about.name, e.message, e.count);
  return text;
}

}  // namespace

TEST_CASE("the same entry again only counts up and becomes the newest") {
  StoredStore s;
  auto& journal = s.store->journal();
  must(journal.record(kA, JournalLevel::kNormal, "Imported", "10 rows"));
  s.clock.advance(1min);
  must(journal.record(kA, JournalLevel::kWarning, "ImportFailed", "no file"));
  s.clock.advance(1min);
  must(journal.record(kA, JournalLevel::kNormal, "Imported", "10 rows"));
  must(journal.record(kA, JournalLevel::kWarning, "Imported", "10 rows"));
  s.reopen();
  const auto entries = must(s.store->journal().read({}));
  CHECK(shown(entries) == "a:no filex1 a:10 rowsx2 a:10 rowsx1 ");
  CHECK(entries[1].first == testTime());
  CHECK(entries[1].last == testTime() + 2min);
  CHECK(entries[0].level == JournalLevel::kWarning);
  CHECK(entries[0].reason == "ImportFailed");
  CHECK(entries[1].sequence == 3);
}

TEST_CASE("an object keeps its newest ten entries, questions are answered by page and by object") {
  StoredStore s;
  auto& journal = s.store->journal();
  for (int i = 0; i < 13; ++i) {
    must(journal.record(kA, JournalLevel::kNormal, "R", fmt::format("{}", i)));
    if (i % 6 == 0) must(journal.record(kB, JournalLevel::kNormal, "R", fmt::format("{}", i)));
  }
  CHECK(must(journal.read({"Dataset", "shop", "a"})).size() == 10);
  CHECK(shown(must(journal.read({"Dataset", "shop", "b"}))) == "b:0x1 b:6x1 b:12x1 ");
  CHECK(must(journal.read({"Dataset", "", ""})).size() == 13);
  CHECK(must(journal.read({"", "shop", ""})).size() == 13);
  CHECK(must(journal.read({"Filter", "", ""})).empty());
  const auto newest = must(journal.read({"", "", "", 0, 3}));
  CHECK(shown(newest) == "a:11x1 a:12x1 b:12x1 ");
  CHECK(must(journal.read({"", "", "", newest.back().sequence, 100})).empty());
  CHECK(shown(must(journal.read({"", "", "", newest[1].sequence, 100}))) == "b:12x1 ");
}

TEST_CASE("the whole journal is bounded: the oldest entries of all go first") {
  SimulatedClock clock(testTime());
  auto database = must(Database::openInMemory(kControlMigrations));
  for (int again = 0; again < 2; ++again) {
    SqliteJournal journal(*database, clock, 20);
    for (int i = 0; i < 30; ++i)
      must(journal.record({"Filter", "g", fmt::format("{}-{}", again, i)}, JournalLevel::kNormal, "R", "m"));
    const auto entries = must(journal.read({}));
    CHECK(entries.size() == 20);
    CHECK(entries.front().about.name == fmt::format("{}-10", again));
  }
}

}  // namespace journal_test
