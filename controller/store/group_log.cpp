#include "controller/store/group_log.h"

#include <algorithm>
#include <map>

namespace proffer::store {
namespace {

constexpr size_t kMostBytes = 4 << 20;    // of rows read at once
constexpr size_t kBatchBytes = 1 << 20;   // a batch of so many is not added to
constexpr int64_t kMovedBytes = 1 << 20;  // of batches that one transaction changes, which others wait for
constexpr std::string_view kLogColumns = "sequence, dataset, time, hash, waiting, body, checksum";
constexpr std::string_view kBatchColumns = "sequence, dataset, count, rows, checksum";

std::string hashBytes(const Hash128& hash) {
  std::string bytes;
  appendHash(bytes, hash);
  return bytes;
}

// `waiting` is changed later, and not in it.
int64_t checksumOf(std::string_view dataset, const LogEntry& row, std::string_view hash) {
  return rowChecksum(row.sequence, dataset, row.time, hash, row.body);
}

Result<LogRow> readRow(Statement& found, const std::filesystem::path& path) {
  LogRow row;
  row.sequence = found.integer(0);
  row.dataset = found.text(1);
  row.time = found.integer(2);
  const std::string_view hash = found.blob(3);
  row.waiting = found.integer(4) != 0;
  row.body = found.blob(5);
  if (hash.size() != 16 || found.integer(6) != checksumOf(row.dataset, row, hash))
    return fail(corruptRow(path, "log", std::to_string(row.sequence)));
  row.hash = readHash(hash.data());
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

/// A row of the table `batch`, until the next step.
struct Batch {
  int64_t last = 0;
  std::string_view dataset;
  int64_t count = 0;
  std::string_view rows;

  int64_t first() const { return last - count + 1; }
};

Result<Batch> readBatch(Statement& found, const std::filesystem::path& path) {
  const Batch batch{found.integer(0), found.text(1), found.integer(2), found.blob(3)};
  if (found.integer(4) != rowChecksum(batch.last, batch.dataset, batch.count, batch.rows))
    return fail(corruptRow(path, "batch", std::to_string(batch.last)));
  return batch;
}

/// Rows of both tables, in the order of their numbers.
class Reading {
 public:
  Reading(Statement singles, Statement batches, const std::filesystem::path& path)
      : singles_(std::move(singles)), batches_(std::move(batches)), path_(path) {}

  Result<std::vector<LogRow>> run(int64_t after, size_t limit) {
    PROFFER_TRY(bool single, singles_.step());
    PROFFER_TRY(bool batch, batches_.step());
    while ((single || batch) && rows_.size() < limit && bytes_ < kMostBytes) {
      // The numbers of a batch follow one another: no other row's lies between them.
      if (single && (!batch || singles_.integer(0) < batches_.integer(0))) {
        PROFFER_TRY(LogRow row, readRow(singles_, path_));
        add(std::move(row));
        PROFFER_TRY(single, singles_.step());
      } else {
        PROFFER_CHECK(addBatch(after, limit));
        PROFFER_TRY(batch, batches_.step());
      }
    }
    return std::move(rows_);
  }

 private:
  void add(LogRow row) {
    bytes_ += row.body.size() + sizeof row;
    rows_.push_back(std::move(row));
  }

  Result<void> addBatch(int64_t after, size_t limit) {
    PROFFER_TRY(Batch batch, readBatch(batches_, path_));
    BatchRow one;
    for (int64_t sequence = batch.first(); sequence <= batch.last && rows_.size() < limit; ++sequence) {
      if (!takeFromBatch(batch.rows, one))
        return fail(corruptRow(path_, "batch", std::to_string(batch.last)));
      if (sequence <= after) continue;
      LogRow row;
      row.sequence = sequence;
      row.dataset = batch.dataset;
      row.time = one.time;
      row.hash = one.hash;
      row.body = one.body;
      add(std::move(row));
    }
    return {};
  }

  Statement singles_, batches_;
  const std::filesystem::path& path_;
  std::vector<LogRow> rows_;
  size_t bytes_ = 0;
};

/// The last of the oldest batches up to `upTo` that hold about `limit` rows and not much more bytes than one
/// transaction is to change; 0: there is none. `where` may leave some out.
Result<int64_t> lastOfSome(Connection& connection, int64_t upTo, int64_t limit, std::string_view where) {
  PROFFER_TRY(Statement found, connection.query(fmt::format("SELECT sequence, count, length(rows) FROM batch "
                                                            "WHERE sequence <= ? {} ORDER BY sequence",
                                                            where),
                                                upTo));
  int64_t last = 0, rows = 0, bytes = 0;
  while (rows < limit && bytes < kMovedBytes) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) break;
    last = found.integer(0);
    rows += found.integer(1);
    bytes += found.integer(2);
  }
  return last;
}

/// A batch without its bodies.
struct BareBatch {
  int64_t count = 0;
  std::string rows;
  int64_t checksum = 0;
};

/// Of the batches up to `last` that `where` does not leave out, by their numbers.
Result<std::map<int64_t, BareBatch>> bareBatches(Connection& connection, const std::filesystem::path& path,
                                                 int64_t last, std::string_view where) {
  PROFFER_TRY(Statement found,
              connection.query(fmt::format("SELECT {} FROM batch WHERE sequence <= ? {} ORDER BY sequence",
                                           kBatchColumns, where),
                               last));
  std::map<int64_t, BareBatch> all;
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) return all;
    PROFFER_TRY(Batch batch, readBatch(found, path));
    BareBatch& bare = all[batch.last];
    bare.count = batch.count;
    for (BatchRow row; takeFromBatch(batch.rows, row);) appendToBatch(bare.rows, row.time, row.hash, {});
    bare.checksum = rowChecksum(batch.last, batch.dataset, batch.count, bare.rows);
  }
}

}  // namespace

Result<void> GroupLog::Writer::addOne(std::string_view dataset, const LogEntry& entry) {
  const std::string hash = hashBytes(entry.hash);
  PROFFER_TRY(Statement write, connection_.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)"));
  write.bind(1, entry.sequence);
  write.bind(2, dataset);
  write.bind(3, entry.time);
  write.bindBlob(4, hash);
  write.bind(5, entry.waiting);
  write.bindBlob(6, entry.body);
  write.bind(7, checksumOf(dataset, entry, hash));
  return write.run();
}

Result<void> GroupLog::Writer::addBatch(std::string_view dataset, std::span<const LogEntry> entries,
                                        std::string_view rows) {
  const auto count = static_cast<int64_t>(entries.size());
  PROFFER_TRY(Statement write, connection_.prepare("INSERT INTO batch VALUES (?, ?, ?, ?, ?)"));
  write.bind(1, entries.back().sequence);
  write.bind(2, dataset);
  write.bind(3, count);
  write.bindBlob(4, rows);
  write.bind(5, rowChecksum(entries.back().sequence, dataset, count, rows));
  return write.run();
}

Result<void> GroupLog::Writer::add(std::string_view dataset, std::span<const LogEntry> entries) {
  std::string rows;
  for (size_t begin = 0; begin < entries.size();) {
    if (entries[begin].waiting) {
      PROFFER_CHECK(addOne(dataset, entries[begin++]));
      continue;
    }
    rows.clear();
    size_t end = begin;
    while (end < entries.size() && !entries[end].waiting && rows.size() < kBatchBytes &&
           entries[end].sequence - entries[begin].sequence == static_cast<int64_t>(end - begin)) {
      appendToBatch(rows, entries[end].time, entries[end].hash, entries[end].body);
      ++end;
    }
    PROFFER_CHECK(addBatch(dataset, entries.subspan(begin, end - begin), rows));
    begin = end;
  }
  return {};
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
  PROFFER_TRY(const int64_t single, reader->number("SELECT max(sequence) FROM log"));
  PROFFER_TRY(const int64_t batch, reader->number("SELECT max(sequence) FROM batch"));
  marks.last = std::max({marks.last, marks.foldedUpTo, single, batch});
  return marks;
}

Result<std::vector<LogRow>> GroupLog::read(int64_t after, size_t limit, std::string_view dataset) {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_CHECK(reader.snapshot());  // both tables at one moment
  const auto most = static_cast<int64_t>(limit);
  const auto from = [&](std::string_view columns, std::string_view table) -> Result<Statement> {
    const std::string sql = fmt::format("SELECT {} FROM {} WHERE sequence > ? {}ORDER BY sequence LIMIT ?",
                                        columns, table, dataset.empty() ? "" : "AND dataset = ? ");
    return dataset.empty() ? reader->query(sql, after, most) : reader->query(sql, after, dataset, most);
  };
  PROFFER_TRY(Statement singles, from(kLogColumns, "log"));
  PROFFER_TRY(Statement batches, from(kBatchColumns, "batch"));
  return Reading(std::move(singles), std::move(batches), database_.path()).run(after, limit);
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

Result<std::vector<int64_t>> GroupLog::waitingSequences() {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(Statement found, reader->query("SELECT sequence FROM log WHERE waiting = 1"));
  std::vector<int64_t> sequences;
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) return sequences;
    sequences.push_back(found.integer(0));
  }
}

Result<int64_t> GroupLog::forEachHash(const std::function<void(int64_t, int64_t, const Hash128&)>& each) {
  PROFFER_TRY(Reader reader, database_.reader());
  int64_t damaged = 0;
  PROFFER_TRY(Statement singles, reader->query("SELECT sequence, time, hash FROM log"));
  for (;;) {
    PROFFER_TRY(const bool more, singles.step());
    if (!more) break;
    const std::string_view hash = singles.blob(2);
    if (hash.size() == 16)
      each(singles.integer(0), singles.integer(1), readHash(hash.data()));
    else
      ++damaged;
  }
  PROFFER_TRY(Statement batches, reader->query(fmt::format("SELECT {} FROM batch", kBatchColumns)));
  for (;;) {
    PROFFER_TRY(const bool more, batches.step());
    if (!more) return damaged;
    auto batch = readBatch(batches, database_.path());
    if (!batch) {
      ++damaged;
      continue;
    }
    BatchRow row;
    for (int64_t sequence = batch->first(); takeFromBatch(batch->rows, row); ++sequence)
      if (row.hash != Hash128{}) each(sequence, row.time, row.hash);
  }
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
    PROFFER_TRY(const int64_t lastBatch, lastOfSome(connection, upTo, limit, ""));
    PROFFER_CHECK(connection.run("DELETE FROM batch WHERE sequence <= ?", lastBatch));
    removed += connection.changedRows();
    return {};
  });
  if (!written) return fail(written.error());
  return removed;
}

Result<int64_t> GroupLog::empty(int64_t upTo, int64_t limit) {
  int64_t emptied = 0;
  const auto singles = [&](Connection& connection) -> Result<void> {
    PROFFER_TRY(Statement found,
                connection.query(fmt::format("SELECT {} FROM log WHERE sequence <= ? AND waiting = 0 AND "
                                             "length(body) > 0 ORDER BY sequence LIMIT ?",
                                             kLogColumns),
                                 upTo, limit));
    PROFFER_TRY(auto rows, readRows(std::move(found), database_.path(), std::string::npos));
    for (auto& row : rows) {
      row.body.clear();
      PROFFER_CHECK(connection.run("UPDATE log SET body = x'', checksum = ? WHERE sequence = ?",
                                   checksumOf(row.dataset, row, hashBytes(row.hash)), row.sequence));
    }
    emptied += static_cast<int64_t>(rows.size());
    return {};
  };
  const auto batches = [&](Connection& connection) -> Result<void> {
    const std::string filled = fmt::format("AND length(rows) > {} * count", kBatchRowBytes);
    PROFFER_TRY(const int64_t last, lastOfSome(connection, upTo, limit, filled));
    PROFFER_TRY(const auto all, bareBatches(connection, database_.path(), last, filled));
    for (const auto& [sequence, bare] : all) {
      PROFFER_TRY(Statement write,
                  connection.prepare("UPDATE batch SET rows = ?, checksum = ? WHERE sequence = ?"));
      write.bindBlob(1, bare.rows);
      write.bind(2, bare.checksum);
      write.bind(3, sequence);
      PROFFER_CHECK(write.run());
      emptied += bare.count;
    }
    return {};
  };
  const auto written = database_.write([&](Connection& connection) -> Result<void> {
    PROFFER_CHECK(connection.execute("PRAGMA secure_delete = ON"));
    PROFFER_CHECK(singles(connection));
    return batches(connection);
  });
  if (!written) return fail(written.error());
  return emptied;
}

}  // namespace proffer::store
