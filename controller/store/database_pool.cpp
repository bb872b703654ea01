// Opening, migrating, lending connections, and group commit.
#include <sqlite3.h>

#include <exception>
#include <utility>

#include "controller/store/database.h"
#include "controller/store/sqlite_vfs.h"

namespace proffer::store {

Result<std::unique_ptr<Connection>> Database::connect(bool readOnly) const {
  sqlite3* handle = nullptr;
  // The leases already give every connection to one thread at a time: SQLite's own mutexes are not needed.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (readOnly ? 0 : SQLITE_OPEN_CREATE);
  const std::string name = inMemory_ ? ":memory:" : path_.string();
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, inMemory_ ? nullptr : vfs_->name());
  std::unique_ptr<Connection> connection(new Connection(path_, handle));
  if (code != SQLITE_OK) return fail(connection->error("open the database"));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(options_.busyTimeout.count() / 1000));
  if (!readOnly) PROFFER_CHECK(connection->execute(fmt::format("PRAGMA page_size={}", options_.pageSize)));
  PROFFER_CHECK(connection->execute(fmt::format(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-{}; "
      "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY; "
      "PRAGMA query_only={}",
      options_.cacheBytes / 1024, readOnly ? "ON" : "OFF")));
  return connection;
}

Result<void> Database::migrate(std::span<const std::string_view> migrations) {
  int64_t format = 0;
  {
    PROFFER_TRY(Statement version, writer_->query("PRAGMA user_version"));
    PROFFER_CHECK(version.step());
    format = version.integer(0);
  }
  const auto known = static_cast<int64_t>(migrations.size());
  if (format > known)
    return fail(makeError(ErrorCode::kCorrupt,
                          "{} has format {}, which a newer Proffer wrote; this one knows formats up to {}",
                          path_.string(), format, known)
                    .hinting("start the newer Proffer, or restore a backup made before the upgrade"));
  for (int64_t next = format; next < known; ++next) {
    PROFFER_CHECK(writer_->execute("BEGIN IMMEDIATE"));
    auto migrated = writer_->execute(std::string(migrations[static_cast<size_t>(next)]));
    if (migrated) migrated = writer_->execute(fmt::format("PRAGMA user_version={}", next + 1));
    if (migrated) migrated = writer_->execute("COMMIT");
    if (!migrated) {
      (void)writer_->execute("ROLLBACK");
      return fail(migrated.error().wrap(fmt::format("migrate from format {} to {}", next, next + 1)));
    }
  }
  return {};
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path,
                                                 std::span<const std::string_view> migrations,
                                                 const DatabaseOptions& options, io::FileSystem& files) {
  std::unique_ptr<Database> database(new Database(path, options, SqliteVfs::of(files)));
  PROFFER_TRY(database->writer_, database->connect(false));
  PROFFER_CHECK(database->migrate(migrations));
  return database;
}

Result<std::unique_ptr<Database>> Database::openInMemory(std::span<const std::string_view> migrations) {
  std::unique_ptr<Database> database(new Database("memory", {}, nullptr));
  PROFFER_TRY(database->writer_, database->connect(false));
  PROFFER_CHECK(database->migrate(migrations));
  return database;
}

Database::~Database() = default;

Result<Transaction> Database::begin() {
  std::unique_lock lock(writerMutex_);
  PROFFER_CHECK(writer_->run("BEGIN IMMEDIATE"));
  return Transaction(std::move(lock), writer_.get());
}

Result<Reader> Database::reader() {
  if (inMemory_) {
    std::unique_lock lock(writerMutex_);
    return Reader(this, writer_.get(), std::move(lock));
  }
  std::unique_lock lock(readersMutex_);
  if (freeReaders_.empty() && readers_.size() < static_cast<size_t>(options_.readers)) {
    PROFFER_TRY(auto connection, connect(true));
    readers_.push_back(std::move(connection));
    return Reader(this, readers_.back().get(), {});
  }
  readerFreed_.wait(lock, [&] { return !freeReaders_.empty(); });
  Connection* connection = freeReaders_.back();
  freeReaders_.pop_back();
  return Reader(this, connection, {});
}

void Database::giveBack(Connection* reader) {
  {
    std::lock_guard guard(readersMutex_);
    freeReaders_.push_back(reader);
  }
  readerFreed_.notify_one();
}

Result<void> Database::checkpoint() {
  std::lock_guard guard(writerMutex_);
  return writer_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

int64_t Database::groupsCommitted() const {
  std::lock_guard guard(queueMutex_);
  return groups_;
}

// ---- Group commit: whoever finds no leader leads, and takes along all that queued while the last group was
// written.

const std::shared_ptr<Database::Turn>& Database::Turn::ofThread() {
  thread_local const auto turn = std::make_shared<Turn>();
  return turn;
}

Database::Turn::State Database::Turn::await() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return state != kWaits; });
  return std::exchange(state, kWaits);
}

void Database::Turn::tell(State now) {
  {
    std::lock_guard guard(mutex);
    state = now;
  }
  changed.notify_one();
}

Result<void> Database::write(const Work& work, const std::function<void(bool committed)>& after) {
  Pending mine{.work = &work, .after = &after, .turn = Turn::ofThread()};
  bool leads = false;
  {
    std::lock_guard guard(queueMutex_);
    queue_.push_back(&mine);
    leads = !std::exchange(leading_, true);
  }
  if (!leads && mine.turn->await() == Turn::kDone) return std::move(mine.result);

  std::vector<Pending*> group;
  {
    std::lock_guard writing(writerMutex_);
    {
      std::lock_guard guard(queueMutex_);
      group.swap(queue_);
    }
    runGroup(group);
  }
  std::shared_ptr<Turn> next;
  {
    std::lock_guard guard(queueMutex_);
    ++groups_;
    leading_ = !queue_.empty();
    if (leading_) next = queue_.front()->turn;
  }
  if (next) next->tell(Turn::kLeads);  // first: the disk has nothing to do until it writes
  for (const Pending* piece : group) {
    if (piece == &mine) continue;
    const std::shared_ptr<Turn> turn = piece->turn;
    turn->tell(Turn::kDone);
  }
  return std::move(mine.result);
}

Result<void> Database::runOne(Pending& piece, bool alone) {
  if (!alone) PROFFER_CHECK(writer_->run("SAVEPOINT piece"));
  Result<void> result;
  try {
    result = (*piece.work)(*writer_);
  } catch (const std::exception& problem) {
    result = fail(ErrorCode::kInternal, "cannot write to {}: {}", path_.string(), problem.what());
  }
  piece.succeeded = result.has_value();
  if (alone || !writer_->inTransaction()) return result;
  auto released = result ? Result<void>() : writer_->run("ROLLBACK TO piece");
  if (released) released = writer_->run("RELEASE piece");
  if (released) return result;
  (void)writer_->run("ROLLBACK");  // what is left of the piece cannot be told: the whole group fails
  return released;
}

void Database::runGroup(std::vector<Pending*>& group) {
  if (auto begun = writer_->run("BEGIN IMMEDIATE"); !begun) {
    for (Pending* piece : group) piece->result = begun;
    return;
  }
  Result<void> end;
  bool any = false;
  for (Pending* piece : group) {
    // A full disk or an I/O error makes SQLite roll everything back: then nothing further may run.
    if (!writer_->inTransaction()) break;
    piece->result = runOne(*piece, group.size() == 1);
    piece->ran = true;
    any = any || piece->succeeded;
    if (!piece->result && !writer_->inTransaction()) end = piece->result;
  }
  if (writer_->inTransaction() && any) end = writer_->run("COMMIT");
  if (writer_->inTransaction()) (void)writer_->run("ROLLBACK");
  for (Pending* piece : group) {
    if (piece->succeeded || !piece->ran) piece->result = end;
    if (piece->succeeded && *piece->after) (*piece->after)(end.has_value());
  }
}

}  // namespace proffer::store
