// The databases over simulated files: a power cut at any change loses nothing that was acknowledged.
#include <catch2/catch.hpp>
#include <random>

#include "controller/io/simulated_file_system.h"
#include "controller/store/database.h"
#include "tests/store/store_fixture.h"

namespace crash_test {

using namespace proffer;
using namespace proffer::store;
using io::Survival;

namespace {

const std::string_view kTable[] = {"CREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT NOT NULL);"};

Result<std::unique_ptr<Database>> openIn(io::FileSystem& files) {
  DatabaseOptions options;
  options.cacheBytes = 16 << 10;  // so that pages spill before the commit
  return Database::open("/data/a.db", kTable, options, files);
}

/// Values of all keys; each transaction sets all to one text.
Result<std::set<std::string>> texts(Database& database) {
  PROFFER_TRY(Reader reader, database.reader());
  PROFFER_TRY(Statement rows, reader->query("SELECT DISTINCT v FROM t"));
  std::set<std::string> found;
  for (;;) {
    PROFFER_TRY(const bool row, rows.step());
    if (!row) return found;
    found.insert(std::string(rows.text(0)));
  }
}

/// Writes transaction after transaction until one fails; the number of the last that was acknowledged.
int writeUntilFailure(io::FileSystem& files, int first) {
  auto database = openIn(files);
  int written = first;
  if (!database) return written;
  for (int number = first + 1; number <= first + 6; ++number) {
    auto transaction = (*database)->begin();
    if (!transaction) return written;
    for (int k = 0; k < 40; ++k) {
      const std::string text = fmt::format("{:05}{}", number, std::string(1000, 'x'));
      if (!transaction->connection().run("INSERT OR REPLACE INTO t VALUES(?, ?)", k, text)) return written;
    }
    if (!transaction->commit()) return written;
    written = number;
    if (number % 3 == 0 && !(*database)->checkpoint()) return written;
  }
  return written;
}

}  // namespace

TEST_CASE(
    "a power cut at any change of a database's files leaves the last transaction, or the one under way") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  SimulatedClock clock(testTime());
  for (const Survival survival : {Survival::kNothing, Survival::kSome, Survival::kAll}) {
    int64_t cuts = 0;
    for (int64_t cut = 0;; cut += 3) {
      INFO("survival " << static_cast<int>(survival) << ", cut after " << cut << " changes");
      io::SimulatedFileSystem files(clock);
      must(files.createDirectories("/data"));
      files.cutPowerAfter(cut);
      const int written = writeUntilFailure(files, 0);
      const bool whole = !files.powerIsOff();
      files.crash(survival, seed + static_cast<uint64_t>(cut));
      {
        const auto database = must(openIn(files));
        const auto found = must(texts(*database));
        REQUIRE(found.size() <= 1);
        const int number = found.empty() ? 0 : std::stoi(found.begin()->substr(0, 5));
        REQUIRE((number == written || number == written + 1));
        auto checked = must(must(database->reader())->query("PRAGMA integrity_check"));
        REQUIRE(must(checked.step()));
        REQUIRE(checked.text(0) == "ok");
      }
      REQUIRE(writeUntilFailure(files, 100) == 106);
      for (const auto& file : files.filesBelow("/")) REQUIRE((file == "/data/a.db"));
      ++cuts;
      if (whole) break;
    }
    CHECK(cuts > 30);
  }
}

TEST_CASE("readers see the last commit while a transaction writes, on simulated files too") {
  SimulatedClock clock(testTime());
  io::SimulatedFileSystem files(clock);
  must(files.createDirectories("/data"));
  const auto database = must(openIn(files));
  must(database->write([](Connection& c) { return c.run("INSERT INTO t VALUES(1, 'old')"); }));
  auto transaction = must(database->begin());
  must(transaction->run("UPDATE t SET v = 'new'"));
  CHECK(must(texts(*database)) == std::set<std::string>{"old"});
  must(transaction.commit());
  CHECK(must(texts(*database)) == std::set<std::string>{"new"});
  // A second opening of the same file in the process shares locks and index.
  const auto second = must(openIn(files));
  CHECK(must(texts(*second)) == std::set<std::string>{"new"});
  must(second->write([](Connection& c) { return c.run("UPDATE t SET v = 'second'"); }));
  CHECK(must(texts(*database)) == std::set<std::string>{"second"});
}

TEST_CASE("a fault of a database's files is an error that names the file and the remedy, and passes") {
  struct Row {
    io::Fault fault;
    const char* message;
    const char* hint;
  };
  SimulatedClock clock(testTime());
  for (const Row& row : {Row{io::Fault::kDiskFull, "a.db-wal: No space left on device", "free space"},
                         Row{io::Fault::kReadOnly, "a.db-wal: Read-only file system", "writable again"},
                         Row{io::Fault::kWriteError, "a.db-wal: Input/output error", "check the disk"}}) {
    INFO(row.message);
    io::SimulatedFileSystem files(clock);
    must(files.createDirectories("/data"));
    const auto database = must(openIn(files));
    const auto put = [&](const char* text) {
      return database->write(
          [&](Connection& c) { return c.run("INSERT OR REPLACE INTO t VALUES(1, ?)", text); });
    };
    must(put("old"));
    files.inject({row.fault, "a.db"});
    const auto refused = put("new");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kIo);
    CHECK(refused.error().message.find(row.message) != std::string::npos);
    CHECK(refused.error().hint.find(row.hint) != std::string::npos);
    CHECK(must(texts(*database)) == std::set<std::string>{"old"});
    files.heal();
    must(put("newest"));
    CHECK(must(texts(*database)) == std::set<std::string>{"newest"});
  }
}

TEST_CASE("another program cannot open a database that is in use") {
  TemporaryDirectory directory;
  const auto path = (directory / "a.db");
  const auto database = must(Database::open(path, kTable));
  // Another open file description is what another process has.
  const auto other = must(io::posixFileSystem().update(path, false));
  CHECK(other->claim().error().code == ErrorCode::kUnavailable);
}

TEST_CASE("the whole control store lives in simulated files") {
  SimulatedClock clock(testTime());
  io::SimulatedFileSystem files(clock);
  {
    const auto store = must(ControlStore::open("/data", clock, files));
    must(store->resources().create(resource("Filter", "g", "f")));
    CHECK(codeOf(ControlStore::open("/data", clock, files)) == ErrorCode::kUnavailable);
    files.crash(Survival::kNothing, 1);
    CHECK_FALSE(store->resources().create(resource("Filter", "g", "late")).has_value());
  }
  const auto store = must(ControlStore::open("/data", clock, files));
  CHECK(must(store->resources().list({})).items.size() == 1);
}

}  // namespace crash_test
