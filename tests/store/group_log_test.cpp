// The log of a group: rows that were put together are one row of the database, and come back as they went in.
#include <array>
#include <set>

#include "controller/store/group_store.h"
#include "tests/store/store_fixture.h"

namespace group_log_test {

using namespace proffer;
using namespace proffer::store;

namespace {

struct LogWorld {
  LogWorld() { reopen(); }
  void reopen() {
    store.reset();
    store = must(GroupStore::open(path()));
  }
  std::filesystem::path path() const { return directory / "data.db"; }
  GroupLog& log() { return store->log(); }

  void add(const std::string& dataset, int64_t first, int64_t count, bool waiting = false) {
    std::vector<LogEntry> entries;
    for (int64_t sequence = first; sequence < first + count; ++sequence)
      entries.push_back({sequence, 10 * sequence, hash128(std::to_string(sequence)), waiting,
                         "body " + std::to_string(sequence)});
    must(log().append([&](GroupLog::Writer& writer) { return writer.add(dataset, entries); }, nullptr));
  }
  // Says "a3" for row 3 of dataset a; "a3?" if it waits; "a3 -" without its body.
  static std::string shown(const std::vector<LogRow>& rows) {
    std::string all;
    for (const auto& row : rows) {
      CHECK(row.time == 10 * row.sequence);
      CHECK(row.hash == hash128(std::to_string(row.sequence)));
      const bool whole = row.body == "body " + std::to_string(row.sequence);
      CHECK((whole || row.body.empty()));
      all += fmt::format("{}{}{}{}{}", all.empty() ? "" : " ", row.dataset, row.sequence,
                         row.waiting ? "?" : "", whole ? "" : "-");
    }
    return all;
  }
  std::set<int64_t> known() {
    std::set<int64_t> sequences;
    const auto damaged = log().forEachHash([&](int64_t sequence, int64_t time, const Hash128& hash) {
      CHECK(time == 10 * sequence);
      CHECK(hash == hash128(std::to_string(sequence)));
      CHECK(sequences.insert(sequence).second);
    });
    CHECK(must(damaged) == 0);
    return sequences;
  }
  std::string all() { return shown(must(log().read(0, 1000))); }
  void run(const std::string& sql) {
    const std::array<std::string_view, 3> current{};
    auto database = must(Database::open(path(), current));
    auto turn = must(database->begin());
    must(turn->execute(sql));
    must(turn.commit());
  }

  TemporaryDirectory directory;
  std::unique_ptr<GroupStore> store;
};

}  // namespace

TEST_CASE("rows of the log come back in order, whichever way they were put") {
  LogWorld world;
  world.add("a", 1, 3);
  world.add("b", 4, 1, true);
  world.add("a", 5, 2);
  world.add("b", 9, 1);
  struct Row {
    int64_t after;
    size_t limit;
    std::string dataset, expected, reason;
  };
  const auto row = GENERATE(values<Row>({
      {0, 100, "", "a1 a2 a3 b4? a5 a6 b9", "everything"},
      {0, 2, "", "a1 a2", "a batch is cut where the limit is"},
      {0, 4, "", "a1 a2 a3 b4?", "a batch, then a single one"},
      {2, 100, "", "a3 b4? a5 a6 b9", "a reader may go on within a batch"},
      {2, 1, "", "a3", "both"},
      {6, 100, "", "b9", "numbers may be left out"},
      {9, 100, "", "", "the end"},
      {0, 100, "b", "b4? b9", "of one dataset"},
      {4, 100, "b", "b9", "of one dataset, later"},
      {0, 100, "c", "", "of a dataset that has nothing"},
  }));
  INFO(row.reason);
  CHECK(LogWorld::shown(must(world.log().read(row.after, row.limit, row.dataset))) == row.expected);
}

TEST_CASE("entries of one call that wait, or whose numbers leave some out, are told apart") {
  LogWorld world;
  std::vector<LogEntry> entries;
  for (const auto& [sequence, waiting] : std::vector<std::pair<int64_t, bool>>{
           {1, false}, {2, false}, {3, true}, {4, false}, {7, false}, {8, true}})
    entries.push_back({sequence, 10 * sequence, hash128(std::to_string(sequence)), waiting,
                       "body " + std::to_string(sequence)});
  must(world.log().append([&](GroupLog::Writer& writer) { return writer.add("a", entries); }, nullptr));
  CHECK(world.all() == "a1 a2 a3? a4 a7 a8?");
  CHECK(LogWorld::shown(must(world.log().waiting(7))) == "a3?");
  CHECK(must(world.log().waitingSequences()) == std::vector<int64_t>{3, 8});
  CHECK(world.known() == std::set<int64_t>{1, 2, 3, 4, 7, 8});
  CHECK(must(world.log().marks()).last == 8);
}

TEST_CASE("what was folded is removed in pieces, what waits stays") {
  LogWorld world;
  for (int64_t first = 1; first < 100; first += 10) world.add("a", first, 9);
  world.add("a", 100, 1, true);
  world.add("a", 101, 3);
  int rounds = 0;
  while (must(world.log().trim(102, 20)) > 0) ++rounds;
  CHECK(rounds == 4);
  CHECK(world.all() == "a100? a101 a102 a103");
  world.reopen();
  CHECK(world.all() == "a100? a101 a102 a103");
}

TEST_CASE("bodies are taken out in pieces, and what was sent is still known") {
  LogWorld world;
  for (int64_t first = 1; first < 40; first += 4) world.add("a", first, 4);
  world.add("a", 41, 1, true);
  world.add("a", 42, 2);
  int64_t all = 0;
  for (int64_t emptied = 1; emptied > 0; all += emptied) emptied = must(world.log().empty(41, 10));
  CHECK(all == 40);
  const auto rows = must(world.log().read(0, 1000));
  REQUIRE(rows.size() == 43);
  for (const auto& row : rows) CHECK(row.body.empty() == (row.sequence <= 40));
  CHECK(world.known().size() == 43);
  must(world.store->checkpoint());
  CHECK(must(io::posixFileSystem().read(world.path(), 1 << 20)).find("body 40") == std::string::npos);
}

TEST_CASE("a dataset that is dropped leaves nothing in the log, and its numbers are not given again") {
  LogWorld world;
  world.add("a", 1, 2);
  world.add("b", 3, 5);
  must(world.store->dropDataset("b"));
  CHECK(world.all() == "a1 a2");
  CHECK(must(world.log().marks()).last == 7);
}

TEST_CASE("a damaged batch is told, and only what it holds is unknown") {
  LogWorld world;
  world.add("a", 1, 2);
  world.add("a", 3, 2);
  world.store.reset();
  world.run("UPDATE batch SET rows = zeroblob(length(rows)) WHERE sequence = 2");
  world.reopen();
  const auto read = world.log().read(0, 100);
  REQUIRE(!read);
  CHECK(read.error().code == ErrorCode::kCorrupt);
  CHECK(read.error().message.find("row 2 of table batch") != std::string::npos);
  CHECK(LogWorld::shown(must(world.log().read(2, 100))) == "a3 a4");
  std::set<int64_t> known;
  CHECK(must(world.log().forEachHash(
            [&](int64_t sequence, int64_t, const Hash128&) { known.insert(sequence); })) == 1);
  CHECK(known == std::set<int64_t>{3, 4});
}

}  // namespace group_log_test
