// A thin layer over SQLite that the control store and the groups' stores share: connections, cached
// statements, transactions, group commit, migrations, row checksums.
//
// Database: any thread. It has one writing connection behind a mutex and a small pool of reading ones; in WAL
// mode readers never wait for the writer and see only what was committed. A commit is durable when the call
// returns (synchronous=FULL). Connection and Statement belong to the thread that holds the lease
// (Transaction, Reader) or that runs the work. A thread that holds a Transaction or a Reader must not call
// begin() or write(). Every error says what was being done and in which file.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/io/file_system.h"

struct sqlite3;
struct sqlite3_stmt;

namespace proffer::store {

class Connection;
class SqliteVfs;

/// A prepared statement on loan from its connection's cache; goes back, reset, when destroyed. Parameters and
/// columns count as SQLite does: parameters from 1, columns from 0. Text and blobs returned live until the
/// next step.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  void bind(int index, int64_t value);
  void bind(int index, int value) { bind(index, static_cast<int64_t>(value)); }
  void bind(int index, bool value) { bind(index, static_cast<int64_t>(value)); }
  void bind(int index, double value);
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, std::nullptr_t);
  void bind(int index, Time value) { bind(index, toMicros(value)); }
  /// The bytes must live until the last step.
  void bindBlob(int index, std::string_view bytes);
  template <class... Values>
  void bindAll(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
  }

  Result<bool> step();  ///< true: there is a row; false: done
  Result<void> run();   ///< steps to the end and resets, so that it can be bound and run again
  void reset();

  bool isNull(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  Time time(int column) const { return fromMicros(integer(column)); }

 private:
  friend class Connection;
  Statement(Connection* connection, sqlite3_stmt* handle, bool cached)
      : connection_(connection), handle_(handle), cached_(cached) {}

  Connection* connection_ = nullptr;
  sqlite3_stmt* handle_ = nullptr;
  bool cached_ = false;
};

/// One connection. Statements are prepared once and kept by their text.
class Connection {
 public:
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  Result<Statement> prepare(std::string_view sql);
  /// prepare and bind: query("SELECT a FROM t WHERE b = ?", 7).
  template <class... Values>
  Result<Statement> query(std::string_view sql, const Values&... values) {
    auto statement = prepare(sql);
    if (statement) statement->bindAll(values...);
    return statement;
  }
  /// prepare, bind and run to the end.
  template <class... Values>
  Result<void> run(std::string_view sql, const Values&... values) {
    PROFFER_TRY(Statement statement, prepare(sql));
    statement.bindAll(values...);
    return statement.run();
  }
  /// The first column of the first row; 0 if there is none, or NULL.
  template <class... Values>
  Result<int64_t> number(std::string_view sql, const Values&... values) {
    PROFFER_TRY(Statement statement, query(sql, values...));
    PROFFER_TRY(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
  }
  /// Several statements without parameters; not cached.
  Result<void> execute(const std::string& script);

  int64_t lastInsertId() const;
  int64_t changedRows() const;  ///< by the last statement that was run
  bool inTransaction() const;
  sqlite3* handle() const { return handle_; }

 private:
  friend class Statement;
  friend class Database;
  Connection(std::filesystem::path path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  void giveBack(sqlite3_stmt* statement, bool cached);
  Error error(std::string_view doing) const;

  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
  struct Cached {
    sqlite3_stmt* statement = nullptr;
    bool lent = false;
  };
  std::map<std::string, Cached, std::less<>> cache_;  // found by views, without a copy
};

struct DatabaseOptions {
  int readers = 4;  ///< at most so many reading connections, opened on demand
  Duration busyTimeout = std::chrono::seconds(10);
  int64_t cacheBytes = 4 << 20;  ///< page cache of each connection
  int64_t pageSize = 4096;       ///< of a new file
};

class Database;

/// The writing connection inside BEGIN IMMEDIATE; rolled back when destroyed without commit().
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept = default;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Connection& connection() { return *connection_; }
  Connection* operator->() { return connection_; }
  Result<void> commit();

 private:
  friend class Database;
  Transaction(std::unique_lock<std::recursive_mutex> lock, Connection* connection)
      : lock_(std::move(lock)), connection_(connection) {}
  std::unique_lock<std::recursive_mutex> lock_;
  Connection* connection_ = nullptr;
  bool open_ = true;
};

/// A reading connection on loan. With snapshot() all its reads see one state; that ends when it is given
/// back, which should be soon (a long read keeps the WAL from being reset).
class Reader {
 public:
  Reader(Reader&& other) noexcept;
  Reader& operator=(Reader&&) = delete;
  ~Reader();
  Connection& connection() { return *connection_; }
  Connection* operator->() { return connection_; }
  Result<void> snapshot();
  /// Writes what this reader sees (its snapshot, if it has one) as a database file of its own. `to` must not
  /// be there; it is whole when this returns, but not yet durable.
  Result<void> copyTo(const std::filesystem::path& to);

 private:
  friend class Database;
  Reader(Database* database, Connection* connection, std::unique_lock<std::recursive_mutex> lock)
      : database_(database), connection_(connection), lock_(std::move(lock)) {}
  Database* database_ = nullptr;
  Connection* connection_ = nullptr;
  std::unique_lock<std::recursive_mutex> lock_;  ///< held in memory, where there is one connection for all
  bool snapshot_ = false;
};

class Database {
 public:
  /// Opens or creates the file and migrates it: migrations[i] takes format i to i + 1, each in one
  /// transaction, the number is kept in `PRAGMA user_version`. A newer format than the list knows is refused
  /// (kCorrupt).
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path,
                                                std::span<const std::string_view> migrations,
                                                const DatabaseOptions& options = {},
                                                io::FileSystem& files = io::posixFileSystem());
  /// In memory, for tests: one connection serves everybody, one thread at a time.
  static Result<std::unique_ptr<Database>> openInMemory(std::span<const std::string_view> migrations);
  ~Database();

  /// Waits for the writer's turn.
  Result<Transaction> begin();
  /// Waits while all readers are lent.
  Result<Reader> reader();

  /// Group commit: runs `work` in a transaction together with the work of other threads that are waiting, and
  /// returns once it is durable. Each piece of work has a savepoint of its own: one that fails undoes only
  /// itself. `work` may run on another caller's thread (the caller waits); it must not call back into this
  /// database except through the connection it is given. `after(committed)` is called once for work that
  /// succeeded, in the order of the work and before the next group begins: publish to memory there, or forget
  /// what was prepared when the commit failed.
  using Work = std::function<Result<void>(Connection&)>;
  Result<void> write(const Work& work, const std::function<void(bool committed)>& after = nullptr);

  const std::filesystem::path& path() const { return path_; }
  /// Copies the WAL back into the file; called at close too.
  Result<void> checkpoint();
  /// How many transactions write() has committed, for measuring.
  int64_t groupsCommitted() const;

 private:
  friend class Reader;
  /// Where a thread waits until its piece is done, or it is the next to lead. It is shared: the piece is gone
  /// as soon as its thread is told.
  struct Turn {
    enum State { kWaits, kLeads, kDone };
    static const std::shared_ptr<Turn>& ofThread();
    State await();
    void tell(State now);

    std::mutex mutex;
    std::condition_variable changed;
    State state = kWaits;
  };
  struct Pending {
    const Work* work = nullptr;
    const std::function<void(bool)>* after = nullptr;
    std::shared_ptr<Turn> turn = {};
    Result<void> result = {};
    bool ran = false;
    bool succeeded = false;  ///< its work did; its group may still fail
  };

  Database(std::filesystem::path path, DatabaseOptions options, std::shared_ptr<SqliteVfs> vfs)
      : path_(std::move(path)), options_(options), vfs_(std::move(vfs)), inMemory_(vfs_ == nullptr) {}
  Result<std::unique_ptr<Connection>> connect(bool readOnly) const;
  Result<void> migrate(std::span<const std::string_view> migrations);
  void runGroup(std::vector<Pending*>& group);
  Result<void> runOne(Pending& piece, bool alone);
  void giveBack(Connection* reader);

  const std::filesystem::path path_;
  const DatabaseOptions options_;
  const std::shared_ptr<SqliteVfs> vfs_;  ///< null in memory
  const bool inMemory_;

  std::recursive_mutex writerMutex_;  ///< recursive only for memory, where a reader is the writer
  std::unique_ptr<Connection> writer_;

  std::mutex readersMutex_;
  std::condition_variable readerFreed_;
  std::vector<std::unique_ptr<Connection>> readers_;
  std::vector<Connection*> freeReaders_;

  mutable std::mutex queueMutex_;
  std::vector<Pending*> queue_;
  bool leading_ = false;
  int64_t groups_ = 0;
};

/// The checksum of a row, over the type, length and bytes of each value, as SQLite stores integers: write it
/// beside the row and compare when reading, for SQLite does not notice flipped bytes.
class RowChecksum {
 public:
  void add(int64_t value);
  void add(std::string_view value);
  void add(const std::string& value) { add(std::string_view(value)); }
  void add(const char* value) { add(std::string_view(value)); }
  void add(int value) { add(static_cast<int64_t>(value)); }
  void add(double value);
  int64_t digest() const;

 private:
  std::string bytes_;
};

template <class... Values>
int64_t rowChecksum(const Values&... values) {
  RowChecksum sum;
  (sum.add(values), ...);
  return sum.digest();
}

/// kCorrupt: "row 7 of table job in <path> is not what was written ...".
Error corruptRow(const std::filesystem::path& path, std::string_view table, std::string_view row);

}  // namespace proffer::store
