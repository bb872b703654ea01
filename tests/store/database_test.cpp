#include "controller/store/database.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "tests/io/temporary_directory.h"

namespace database_test {

using namespace proffer;
using namespace proffer::store;

namespace {

constexpr std::string_view kMigrations[] = {"CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)",
                                            "ALTER TABLE t ADD COLUMN c REAL"};

int64_t count(Database& database) {
  auto reader = database.reader();
  REQUIRE(reader);
  auto statement = (*reader)->query("SELECT count(*) FROM t");
  REQUIRE(statement);
  REQUIRE(statement->step());
  return statement->integer(0);
}

}  // namespace

TEST_CASE("values come back as they were bound") {
  auto database = Database::openInMemory(kMigrations);
  REQUIRE(database);
  auto transaction = (*database)->begin();
  REQUIRE(transaction);
  const std::string binary("x\0y", 3);
  REQUIRE((*transaction)->run("INSERT INTO t(a, b, c) VALUES(?, ?, ?)", int64_t{7}, binary, 2.5));
  REQUIRE((*transaction)->run("INSERT INTO t(a, b, c) VALUES(?, ?, ?)", 8, "", nullptr));
  auto rows = (*transaction)->query("SELECT a, b, c FROM t ORDER BY a");
  REQUIRE(rows);
  REQUIRE(rows->step().value());
  CHECK(rows->integer(0) == 7);
  CHECK(rows->text(1) == binary);
  CHECK(rows->real(2) == 2.5);
  REQUIRE(rows->step().value());
  CHECK(rows->text(1).empty());
  CHECK_FALSE(rows->isNull(1));
  CHECK(rows->isNull(2));
  CHECK_FALSE(rows->step().value());
}

TEST_CASE("the same statement can be used twice at once") {
  auto database = Database::openInMemory(kMigrations);
  auto transaction = (*database)->begin();
  for (int i = 0; i < 3; ++i) REQUIRE((*transaction)->run("INSERT INTO t(a) VALUES(?)", i));
  auto outer = (*transaction)->query("SELECT a FROM t ORDER BY a");
  int pairs = 0;
  while (outer->step().value()) {
    auto inner = (*transaction)->query("SELECT a FROM t ORDER BY a");
    while (inner->step().value()) ++pairs;
  }
  CHECK(pairs == 9);
}

TEST_CASE("a transaction that is not committed leaves nothing, and readers do not see it meanwhile") {
  TemporaryDirectory directory;
  auto database = Database::open(directory / "a.db", kMigrations);
  REQUIRE(database);
  {
    auto transaction = (*database)->begin();
    REQUIRE(transaction);
    REQUIRE((*transaction)->run("INSERT INTO t(a) VALUES(1)"));
    CHECK(count(**database) == 0);
  }
  CHECK(count(**database) == 0);
  auto transaction = (*database)->begin();
  REQUIRE((*transaction)->run("INSERT INTO t(a) VALUES(1)"));
  REQUIRE(transaction->commit());
  CHECK(count(**database) == 1);
}

TEST_CASE("a snapshot sees one state until it is given back") {
  TemporaryDirectory directory;
  auto database = Database::open(directory / "a.db", kMigrations);
  REQUIRE(database);
  auto reader = (*database)->reader();
  REQUIRE(reader->snapshot());
  auto first = (*reader)->query("SELECT count(*) FROM t");
  REQUIRE(first->step().value());
  first->reset();
  REQUIRE((*database)->write([](Connection& c) { return c.run("INSERT INTO t(a) VALUES(1)"); }));
  REQUIRE(first->step().value());
  CHECK(first->integer(0) == 0);
  CHECK(count(**database) == 1);
}

TEST_CASE("migrations run once, and a newer format is refused") {
  TemporaryDirectory directory;
  {
    auto old = Database::open(directory / "a.db", std::span(kMigrations).first(1));
    REQUIRE(old);
    REQUIRE((*old)->write([](Connection& c) { return c.run("INSERT INTO t(a) VALUES(1)"); }));
  }
  for (int again = 0; again < 2; ++again) {
    auto now = Database::open(directory / "a.db", kMigrations);
    REQUIRE(now);
    CHECK(count(**now) == 1);
    CHECK((*now)->reader().value()->query("SELECT c FROM t"));
  }
  auto older = Database::open(directory / "a.db", std::span(kMigrations).first(1));
  REQUIRE_FALSE(older);
  CHECK(older.error().code == ErrorCode::kCorrupt);
  CHECK(older.error().message.find(
            "has format 2, which a newer Proffer wrote; this one knows formats up to 1") !=
        std::string::npos);
}

TEST_CASE("a migration that fails leaves the old format") {
  TemporaryDirectory directory;
  const std::string_view broken[] = {kMigrations[0], "CREATE TABLE u(a); CREATE TABLE t(a)"};
  { REQUIRE(Database::open(directory / "a.db", std::span(kMigrations).first(1))); }
  auto failed = Database::open(directory / "a.db", broken);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("cannot migrate from format 1 to 2") != std::string::npos);
  auto good = Database::open(directory / "a.db", kMigrations);
  REQUIRE(good);
  CHECK_FALSE((*good)->reader().value()->query("SELECT * FROM u"));
}

TEST_CASE("what is not a database is refused, naming the file") {
  TemporaryDirectory directory;
  std::ofstream(directory / "a.db") << std::string(8192, 'x');
  auto opened = Database::open(directory / "a.db", kMigrations);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kCorrupt);
  CHECK(opened.error().message.find("a.db") != std::string::npos);
  auto nowhere = Database::open(directory / "none/a.db", kMigrations);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == ErrorCode::kIo);
}

TEST_CASE("group commit: every piece of work is there once it returned, a failed one undoes only itself") {
  TemporaryDirectory directory;
  const bool inMemory = GENERATE(false, true);
  auto database =
      inMemory ? Database::openInMemory(kMigrations) : Database::open(directory / "a.db", kMigrations);
  REQUIRE(database);
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::atomic<int> published{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const int64_t id = t * kEach + i;
        const bool bad = i % 5 == 0;
        const auto result = (*database)->write(
            [&](Connection& c) -> Result<void> {
              PROFFER_CHECK(c.run("INSERT INTO t(a) VALUES(?)", id));
              if (i % 10 == 0) throw std::runtime_error("thrown");
              if (bad) return fail(ErrorCode::kConflict, "refused");
              return {};
            },
            [&](bool committed) { published += committed ? 1 : 0; });
        if (result.has_value() == bad) ++wrong;
        auto reader = (*database)->reader();
        auto found = (*reader)->query("SELECT 1 FROM t WHERE a = ?", id);
        if (found->step().value() == bad) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(published == kThreads * kEach * 4 / 5);
  CHECK(count(**database) == kThreads * kEach * 4 / 5);
}

TEST_CASE("errors of SQLite have codes that callers can act on") {
  auto database = Database::openInMemory(kMigrations);
  REQUIRE((*database)->write([](Connection& c) { return c.run("INSERT INTO t(a) VALUES(1)"); }));
  auto twice = (*database)->write([](Connection& c) { return c.run("INSERT INTO t(a) VALUES(1)"); });
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == ErrorCode::kAlreadyExists);
  auto nonsense = (*database)->write([](Connection& c) { return c.run("INSERT INTO nowhere VALUES(1)"); });
  REQUIRE_FALSE(nonsense);
  CHECK(nonsense.error().code == ErrorCode::kInternal);
  CHECK(nonsense.error().message.find("cannot run `INSERT INTO nowhere VALUES(1)` in memory") == 0);
}

TEST_CASE("a row's checksum tells values, types and borders apart") {
  CHECK(rowChecksum("a", 1) == rowChecksum(std::string("a"), int64_t{1}));
  CHECK(rowChecksum("a", "b") != rowChecksum("ab", ""));
  CHECK(rowChecksum(int64_t{0}) != rowChecksum(0.0));
  CHECK(rowChecksum("") != rowChecksum());
}

}  // namespace database_test
