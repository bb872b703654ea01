#include "controller/store/database.h"

#include <sqlite3.h>

#include <cstring>

#include "base/hash.h"
#include "base/text.h"
#include "controller/store/sqlite_vfs.h"

namespace proffer::store {

namespace {

ErrorCode codeOf(int sqliteCode) {
  switch (sqliteCode & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_CONSTRAINT:
      return ErrorCode::kAlreadyExists;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
      return ErrorCode::kIo;
    default:
      return ErrorCode::kInternal;
  }
}

Error sqliteError(const std::filesystem::path& path, sqlite3* handle, std::string_view doing) {
  const int code = handle == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle);
  const char* text = handle == nullptr ? "out of memory" : sqlite3_errmsg(handle);
  Error error = makeError(codeOf(code), "cannot {} in {}: {}", doing, path.string(), text);
  // SQLite says "disk I/O error"; which file it was, and why, the file layer knows.
  if (Error cause = SqliteVfs::takeLastError(); error.code == ErrorCode::kIo && !cause.message.empty()) {
    error.code = cause.code == ErrorCode::kNotFound ? ErrorCode::kIo : cause.code;
    error.message = fmt::format("cannot {} in {}: {}", doing, path.string(), cause.message);
    error.hint = std::move(cause.hint);
  }
  // Our statements fit our schema: SQLITE_ERROR is a bug, or a schema that was changed.
  if (error.code == ErrorCode::kCorrupt || (code & 0xff) == SQLITE_ERROR)
    error.hint = "the disk or another program changed the file: restore it from a backup";
  return error;
}

/// The statement as an error shows it: its first words tell which one it was.
std::string shortSql(std::string_view sql) {
  std::string line;
  for (const char c : trim(sql)) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank || (!line.empty() && line.back() != ' ')) line += blank ? ' ' : c;
    if (line.size() >= 60) return "run `" + line + "...`";
  }
  return "run `" + line + "`";
}

}  // namespace

// ---- Statement
// ----------------------------------------------------------------------------------------------------

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      cached_(other.cached_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(handle_, other.handle_);
  std::swap(cached_, other.cached_);
  return *this;
}

Statement::~Statement() {
  if (handle_ != nullptr) connection_->giveBack(handle_, cached_);
}

void Statement::bind(int index, int64_t value) {
  sqlite3_bind_int64(handle_, index, value);
}
void Statement::bind(int index, double value) {
  sqlite3_bind_double(handle_, index, value);
}
void Statement::bind(int index, std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  sqlite3_bind_text64(handle_, index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
}
void Statement::bind(int index, std::nullptr_t) {
  sqlite3_bind_null(handle_, index);
}
void Statement::bindBlob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(handle_, index, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(connection_->error(shortSql(sqlite3_sql(handle_))));
}

Result<void> Statement::run() {
  for (;;) {
    PROFFER_TRY(const bool row, step());
    if (!row) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_);
}

bool Statement::isNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}
double Statement::real(int column) const {
  return sqlite3_column_double(handle_, column);
}
std::string_view Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(handle_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}
std::string_view Statement::blob(int column) const {
  const auto* bytes = sqlite3_column_blob(handle_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

// ---- Connection
// ---------------------------------------------------------------------------------------------------

Connection::~Connection() {
  for (auto& [sql, cached] : cache_) sqlite3_finalize(cached.statement);
  sqlite3_close_v2(handle_);
}

Error Connection::error(std::string_view doing) const {
  return sqliteError(path_, handle_, doing);
}

Result<Statement> Connection::prepare(std::string_view sql) {
  auto found = cache_.find(sql);
  if (found == cache_.end()) found = cache_.emplace(std::string(sql), Cached{}).first;
  Cached& slot = found->second;
  if (slot.statement != nullptr && !slot.lent) {
    slot.lent = true;
    return Statement(this, slot.statement, true);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK || statement == nullptr) return fail(error(shortSql(sql)));
  if (slot.statement != nullptr)
    return Statement(this, statement, false);  // the cached one is in use just now
  slot = {statement, true};
  return Statement(this, statement, true);
}

void Connection::giveBack(sqlite3_stmt* statement, bool cached) {
  if (!cached) {
    sqlite3_finalize(statement);
    return;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  const auto slot = cache_.find(std::string_view(sqlite3_sql(statement)));
  if (slot != cache_.end()) slot->second.lent = false;
}

Result<void> Connection::execute(const std::string& script) {
  if (sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail(error(shortSql(script)));
}

int64_t Connection::lastInsertId() const {
  return sqlite3_last_insert_rowid(handle_);
}
int64_t Connection::changedRows() const {
  return sqlite3_changes64(handle_);
}
bool Connection::inTransaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

// ---- Transaction and Reader
// ---------------------------------------------------------------------------------------

Transaction::~Transaction() {
  // A failed rollback means that SQLite rolled back by itself.
  if (open_ && lock_.owns_lock() && connection_->inTransaction()) (void)connection_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
  PROFFER_CHECK(connection_->run("COMMIT"));
  open_ = false;
  lock_.unlock();
  return {};
}

Reader::Reader(Reader&& other) noexcept
    : database_(other.database_),
      connection_(std::exchange(other.connection_, nullptr)),
      lock_(std::move(other.lock_)),
      snapshot_(other.snapshot_) {}

Reader::~Reader() {
  if (connection_ == nullptr) return;
  if (snapshot_) (void)connection_->run("ROLLBACK");
  if (!lock_.owns_lock()) database_->giveBack(connection_);
}

Result<void> Reader::snapshot() {
  if (snapshot_ || connection_->inTransaction()) return {};
  PROFFER_CHECK(connection_->run("BEGIN"));
  snapshot_ = true;
  return {};
}

// ---- Row checksums
// ------------------------------------------------------------------------------------------------

void RowChecksum::add(int64_t value) {
  bytes_ += 'i';
  bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
void RowChecksum::add(double value) {
  bytes_ += 'd';
  bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
void RowChecksum::add(std::string_view value) {
  const uint64_t length = value.size();
  bytes_ += 't';
  bytes_.append(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes_ += value;
}
int64_t RowChecksum::digest() const {
  return static_cast<int64_t>(hash64(bytes_));
}

Error corruptRow(const std::filesystem::path& path, std::string_view table, std::string_view row) {
  return makeError(ErrorCode::kCorrupt,
                   "row {} of table {} in {} is not what was written (its checksum differs)", row, table,
                   path.string())
      .hinting("the disk or another program changed the file: restore it from a backup");
}

}  // namespace proffer::store
