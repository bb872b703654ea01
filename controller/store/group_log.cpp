#include "controller/store/group_log.h"

#include <algorithm>
#include <cstring>

namespace proffer::store {
namespace {

constexpr size_t kMostBytes = 4 << 20;  // of rows read at once
constexpr std::string_view kLogColumns = "sequence, dataset, time, hash, waiting, body, checksum";

std::string hashBytes(const Hash128& hash) {
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &hash.high, 8);
  std::memcpy(bytes.data() + 8, &hash.low, 8);
  return bytes;
}

// `waiting` is changed later, and not in it.
int64_t checksumOf(const LogRow& row, std::string_view hash) {
  return rowChecksum(row.sequence, row.dataset, row.time, hash, row.body);
}

Result<LogRow> readRow(Statement& found, const std::filesystem::path& path) {
  LogRow row;
  row.sequence = found.integer(0);
  row.dataset = found.text(1);
  row.time = found.integer(2);
  const std::string_view hash = found.blob(3);
  row.waiting = found.integer(4) != 0;
  row.body = found.blob(5);
  if (hash.size() != 16 || found.integer(6) != checksumOf(row, hash))
    return fail(corruptRow(path, "log", std::to_string(row.sequence)));
  std::memcpy(&row.hash.high, hash.data(), 8);
  std::memcpy(&row.hash.low, hash.data() + 8, 8);
  return row;
}

Result<std::vector<LogRow>> readRows(Statement found, const std::filesystem::path& path, size_t most) {
  std::vector<LogRow> rows;
  size_t bytes = 0;
  while (bytes < most) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) break;
    PROFFER_TRY(LogRow row, readRow(found, path));
    bytes += row.body.size() + sizeof row;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Result<bool> GroupLog::Writer::add(const LogRow& row) {
  const std::string hash = hashBytes(row.hash);
  PROFFER_TRY(Statement write, connection_.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?) "
                                                   "ON CONFLICT (time, hash) DO NOTHING"));
  write.bind(1, row.sequence);
  write.bind(2, row.dataset);
  write.bind(3, row.time);
  write.bindBlob(4, hash);
  write.bind(5, row.waiting);
  write.bindBlob(6, row.body);
  write.bind(7, checksumOf(row, hash));
  PROFFER_CHECK(write.run());
  return connection_.changedRows() == 1;
}

Result<void> GroupLog::Writer::remember(const DeletedUserRow& row) {
  return connection_.run("INSERT OR REPLACE INTO deleted_user VALUES (?, ?, ?, ?)", row.hash, row.sequence,
                         row.segment, rowChecksum(row.hash, row.sequence, row.segment));
}

Result<void> GroupLog::Writer::setMark(std::string_view key, int64_t value) {
  return connection_.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value);
}

Result<int64_t> GroupLog::Writer::lastSegment() {
  return connection_.number("SELECT seq FROM sqlite_sequence WHERE name = 'segment'");
}

Result<void> GroupLog::append(const std::function<Result<void>(Writer&)>& work,
                              const std::function<void(bool)>& after) {
  return database_.write(
      [&](Connection& connection) -> Result<void> {
        Writer writer(connection);
        return work(writer);
      },
      after);
}

Result<LogMarks> GroupLog::marks() {
  PROFFER_TRY(Reader reader, database_.reader());
  LogMarks marks;
  PROFFER_TRY(Statement found, reader->query("SELECT key, value FROM meta"));
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) break;
    const std::string_view key = found.text(0);
    int64_t* mark = key == "folded_up_to"    ? &marks.foldedUpTo
                    : key == "last_sequence" ? &marks.last
                    : key == "salt"          ? &marks.salt
                                             : nullptr;
    if (mark) *mark = found.integer(1);
  }
  PROFFER_TRY(const int64_t newest, reader->number("SELECT max(sequence) FROM log"));
  marks.last = std::max({marks.last, marks.foldedUpTo, newest});
  return marks;
}

Result<std::vector<LogRow>> GroupLog::read(int64_t after, size_t limit, std::string_view dataset) {
  PROFFER_TRY(Reader reader, database_.reader());
  const auto most = static_cast<int64_t>(limit);
  if (dataset.empty()) {
    PROFFER_TRY(Statement found,
                reader->query(fmt::format("SELECT {} FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?",
                                          kLogColumns),
                              after, most));
    return readRows(std::move(found), database_.path(), kMostBytes);
  }
  PROFFER_TRY(Statement found,
              reader->query(fmt::format("SELECT {} FROM log WHERE sequence > ? AND dataset = ? "
                                        "ORDER BY sequence LIMIT ?",
                                        kLogColumns),
                            after, dataset, most));
  return readRows(std::move(found), database_.path(), kMostBytes);
}

Result<std::vector<LogRow>> GroupLog::waiting(int64_t upTo) {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(Statement found,
              reader->query(fmt::format("SELECT {} FROM log WHERE waiting = 1 AND sequence <= ? "
                                        "ORDER BY sequence",
                                        kLogColumns),
                            upTo));
  return readRows(std::move(found), database_.path(), std::string::npos);
}

Result<std::vector<DeletedUserRow>> GroupLog::deletedUsers() {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(Statement found, reader->query("SELECT hash, sequence, segment, checksum FROM deleted_user"));
  std::vector<DeletedUserRow> rows;
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) return rows;
    DeletedUserRow row{std::string(found.text(0)), found.integer(1), found.integer(2)};
    if (found.integer(3) != rowChecksum(row.hash, row.sequence, row.segment))
      return fail(corruptRow(database_.path(), "deleted_user", row.hash));
    rows.push_back(std::move(row));
  }
}

Result<int64_t> GroupLog::trim(int64_t upTo, int64_t limit) {
  int64_t removed = 0;
  const auto written = database_.write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(const int64_t last,
                connection.number("SELECT max(sequence) FROM (SELECT sequence FROM log WHERE sequence <= ? "
                                  "AND waiting = 0 ORDER BY sequence LIMIT ?)",
                                  upTo, limit));
    PROFFER_CHECK(connection.run("DELETE FROM log WHERE sequence <= ? AND waiting = 0", last));
    removed = connection.changedRows();
    return {};
  });
  if (!written) return fail(written.error());
  return removed;
}

Result<int64_t> GroupLog::empty(int64_t upTo, int64_t limit) {
  int64_t emptied = 0;
  const auto written = database_.write([&](Connection& connection) -> Result<void> {
    PROFFER_CHECK(connection.execute("PRAGMA secure_delete = ON"));
    PROFFER_TRY(Statement found,
                connection.query(fmt::format("SELECT {} FROM log WHERE sequence <= ? AND waiting = 0 AND "
                                             "length(body) > 0 ORDER BY sequence LIMIT ?",
                                             kLogColumns),
                                 upTo, limit));
    PROFFER_TRY(auto rows, readRows(std::move(found), database_.path(), std::string::npos));
    for (auto& row : rows) {
      row.body.clear();
      PROFFER_CHECK(connection.run("UPDATE log SET body = x'', checksum = ? WHERE sequence = ?",
                                   checksumOf(row, hashBytes(row.hash)), row.sequence));
    }
    emptied = static_cast<int64_t>(rows.size());
    return {};
  });
  if (!written) return fail(written.error());
  return emptied;
}

}  // namespace proffer::store
