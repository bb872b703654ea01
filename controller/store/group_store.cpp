#include "controller/store/group_store.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace proffer::store {
namespace {

constexpr std::string_view kFormat1 = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('data_version', 0);
-- Names in blocks: `first` is the index of the first one, `names` a u32 length and the bytes for each.
CREATE TABLE dictionary (
  kind INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, names BLOB NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (kind, first));
CREATE TABLE segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL, file TEXT NOT NULL, state INTEGER NOT NULL,
  incremental INTEGER NOT NULL, source TEXT NOT NULL, definition TEXT NOT NULL, job INTEGER NOT NULL, attempt INTEGER NOT NULL,
  rows INTEGER NOT NULL, bytes INTEGER NOT NULL, hash TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE source (
  dataset TEXT NOT NULL, file TEXT NOT NULL, incremental INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
  looked INTEGER NOT NULL, hash TEXT NOT NULL, definition TEXT NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (dataset, incremental, file, definition)) WITHOUT ROWID;
CREATE TABLE dataset (
  uid TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, fields TEXT NOT NULL, fingerprint TEXT NOT NULL,
  definition TEXT NOT NULL, report TEXT NOT NULL, figures TEXT NOT NULL, job INTEGER NOT NULL, attempt INTEGER NOT NULL,
  checksum INTEGER NOT NULL) WITHOUT ROWID;
)sql";
// Streamed data. `incremental` of a segment may be 2 (streamed) and 3 (log) since.
constexpr std::string_view kFormat2 = R"sql(
CREATE TABLE log (
  sequence INTEGER PRIMARY KEY, dataset TEXT NOT NULL, time INTEGER NOT NULL, hash BLOB NOT NULL, waiting INTEGER NOT NULL,
  body BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE UNIQUE INDEX log_once ON log (time, hash);
CREATE INDEX log_waiting ON log (sequence) WHERE waiting = 1;
CREATE TABLE deleted_user (
  hash TEXT PRIMARY KEY, sequence INTEGER NOT NULL, segment INTEGER NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
)sql";
// Rows that were put together, as one row. What is known is looked up in memory since: the index is gone.
constexpr std::string_view kFormat3 = R"sql(
DROP INDEX log_once;
CREATE TABLE batch (
  sequence INTEGER PRIMARY KEY, dataset TEXT NOT NULL, count INTEGER NOT NULL, rows BLOB NOT NULL, checksum INTEGER NOT NULL);
)sql";
constexpr std::array kMigrations = {kFormat1, kFormat2, kFormat3};

// Greatest of all numbers that rows of the log have or had.
constexpr std::string_view kLastSequence =
    "INSERT OR REPLACE INTO meta SELECT 'last_sequence', max(value) FROM (SELECT max(sequence) AS value "
    "FROM log UNION SELECT max(sequence) FROM batch UNION SELECT value FROM meta WHERE key = 'last_sequence' "
    "UNION SELECT ?)";

constexpr uint32_t kBlockNames = 4096;

constexpr std::string_view kSegmentColumns =
    "id, dataset, file, state, incremental, source, definition, job, attempt, rows, bytes, hash";

// How a segment's rows came: the column `incremental`.
constexpr int64_t kIncremental = 1, kStreamed = 2, kLog = 3;
int64_t originOf(const SegmentRow& row) {
  return row.log ? kLog : row.streamed ? kStreamed : row.incremental ? kIncremental : 0;
}

SegmentRow readSegment(Statement& row) {
  return {.id = row.integer(0),
          .dataset = std::string(row.text(1)),
          .file = std::string(row.text(2)),
          .state = static_cast<SegmentState>(row.integer(3)),
          .incremental = row.integer(4) == kIncremental,
          .streamed = row.integer(4) == kStreamed,
          .log = row.integer(4) == kLog,
          .source = std::string(row.text(5)),
          .definition = std::string(row.text(6)),
          .job = row.integer(7),
          .attempt = static_cast<int>(row.integer(8)),
          .rows = row.integer(9),
          .bytes = row.integer(10),
          .checksum = std::string(row.text(11))};
}

int64_t checksumOf(const SegmentRow& row) {
  return rowChecksum(row.dataset, row.file, static_cast<int64_t>(row.state), originOf(row), row.source,
                     row.definition, row.job, row.attempt, row.rows, row.bytes, row.checksum);
}

Result<void> writeSegment(Connection& connection, const SegmentRow& row) {
  return connection.run(
      "UPDATE segment SET dataset = ?, file = ?, state = ?, incremental = ?, source = ?, definition = ?, job "
      "= ?, attempt = ?, rows = ?, "
      "bytes = ?, hash = ?, checksum = ? WHERE id = ?",
      row.dataset, row.file, static_cast<int64_t>(row.state), originOf(row), row.source, row.definition,
      row.job, row.attempt, row.rows, row.bytes, row.checksum, checksumOf(row), row.id);
}

Result<std::vector<SegmentRow>> selectSegments(Connection& connection, const std::filesystem::path& path,
                                               std::string_view where, auto... values) {
  PROFFER_TRY(Statement found,
              connection.query(fmt::format("SELECT {}, checksum FROM segment WHERE {} ORDER BY id",
                                           kSegmentColumns, where),
                               values...));
  std::vector<SegmentRow> rows;
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) return rows;
    rows.push_back(readSegment(found));
    if (found.integer(12) != checksumOf(rows.back()))
      return fail(corruptRow(path, "segment", std::to_string(rows.back().id)));
  }
}

int64_t checksumOf(const SourceRow& row) {
  return rowChecksum(row.dataset, row.file, static_cast<int64_t>(row.incremental), row.size,
                     toMicros(row.modified), toMicros(row.looked), row.hash, row.definition);
}

Result<void> writeSource(Connection& connection, const SourceRow& row) {
  return connection.run("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row.dataset,
                        row.file, row.incremental, row.size, row.modified, row.looked, row.hash,
                        row.definition, checksumOf(row));
}

struct DatasetTexts {
  std::string fields, report, figures;
};

int64_t checksumOf(const DatasetRow& row, const DatasetTexts& texts) {
  return rowChecksum(row.uid, row.name, row.type, texts.fields, row.fingerprint, row.definition, texts.report,
                     texts.figures, row.job, row.attempt);
}

Result<void> writeDataset(Connection& connection, const DatasetRow& row) {
  const DatasetTexts texts{dumpJson(row.fields), dumpJson(row.report), dumpJson(row.figures)};
  return connection.run("INSERT OR REPLACE INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row.uid,
                        row.name, row.type, texts.fields, row.fingerprint, row.definition, texts.report,
                        texts.figures, row.job, row.attempt, checksumOf(row, texts));
}

Result<std::vector<DatasetRow>> selectDatasets(Connection& connection, const std::filesystem::path& path,
                                               std::string_view where, auto... values) {
  PROFFER_TRY(
      Statement found,
      connection.query(
          fmt::format("SELECT uid, name, type, fields, fingerprint, definition, report, figures, job, "
                      "attempt, checksum FROM dataset {} ORDER BY uid",
                      where),
          values...));
  std::vector<DatasetRow> rows;
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) return rows;
    const DatasetTexts texts{std::string(found.text(3)), std::string(found.text(6)),
                             std::string(found.text(7))};
    DatasetRow row{.uid = std::string(found.text(0)),
                   .name = std::string(found.text(1)),
                   .type = std::string(found.text(2)),
                   .fields = {},
                   .fingerprint = std::string(found.text(4)),
                   .definition = std::string(found.text(5)),
                   .report = {},
                   .figures = {},
                   .job = found.integer(8),
                   .attempt = static_cast<int>(found.integer(9))};
    if (found.integer(10) != checksumOf(row, texts)) return fail(corruptRow(path, "dataset", row.uid));
    PROFFER_TRY(row.fields, parseJson(texts.fields));
    PROFFER_TRY(row.report, parseJson(texts.report));
    PROFFER_TRY(row.figures, parseJson(texts.figures));
    rows.push_back(std::move(row));
  }
}

// Calls `each` for every name of a block; false if the block is damaged.
template <class Each>
bool forEachName(std::string_view bytes, int64_t count, Each each) {
  for (int64_t i = 0; i < count; ++i) {
    uint32_t length = 0;
    if (bytes.size() < sizeof length) return false;
    std::memcpy(&length, bytes.data(), sizeof length);
    bytes.remove_prefix(sizeof length);
    if (bytes.size() < length) return false;
    each(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return bytes.empty();
}

int64_t blockChecksum(int64_t kind, int64_t first, int64_t count, std::string_view bytes) {
  return rowChecksum(kind, first, count, bytes);
}

}  // namespace

Result<std::unique_ptr<GroupStore>> GroupStore::open(const std::filesystem::path& path,
                                                     io::FileSystem& files) {
  PROFFER_TRY(auto database, Database::open(path, kMigrations, {}, files));
  return std::unique_ptr<GroupStore>(new GroupStore(std::move(database)));
}

Result<int64_t> GroupStore::dataVersion() {
  PROFFER_TRY(Reader reader, database_->reader());
  PROFFER_TRY(Statement found, reader->query("SELECT value FROM meta WHERE key = 'data_version'"));
  PROFFER_TRY(const bool there, found.step());
  return there ? found.integer(0) : 0;
}

Result<void> GroupStore::loadDictionary(DictionaryKind kind,
                                        const std::function<Result<void>(std::string_view)>& name) {
  PROFFER_TRY(Reader reader, database_->reader());
  const auto number = static_cast<int64_t>(kind);
  PROFFER_TRY(
      Statement found,
      reader->query("SELECT first, count, names, checksum FROM dictionary WHERE kind = ? ORDER BY first",
                    number));
  int64_t expected = 0;
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) return {};
    const int64_t first = found.integer(0), count = found.integer(1);
    const std::string_view bytes = found.blob(2);
    const auto damaged = [&] {
      return fail(corruptRow(database_->path(), "dictionary", fmt::format("{}/{}", number, first)));
    };
    if (first != expected || found.integer(3) != blockChecksum(number, first, count, bytes)) return damaged();
    Result<void> taken;
    const bool whole = forEachName(bytes, count, [&](std::string_view text) {
      if (taken) taken = name(text);
    });
    PROFFER_CHECK(std::move(taken));
    if (!whole) return damaged();
    expected += count;
  }
}

Result<SegmentRow> GroupStore::reserveSegment(const std::string& dataset, int64_t job, int attempt) {
  SegmentRow row;
  row.dataset = dataset;
  row.job = job;
  row.attempt = attempt;
  const auto written = database_->write([&](Connection& connection) -> Result<void> {
    PROFFER_CHECK(
        connection.run("INSERT INTO segment (dataset, file, state, incremental, source, definition, job, "
                       "attempt, rows, bytes, "
                       "hash, checksum) VALUES (?, '', 0, 0, '', '', ?, ?, 0, 0, '', 0)",
                       dataset, job, attempt));
    row.id = connection.lastInsertId();
    row.file = fmt::format("{:08}.segment", row.id);
    return writeSegment(connection, row);
  });
  if (!written) return fail(written.error());
  return row;
}

Result<std::vector<SegmentRow>> GroupStore::segments(SegmentState state) {
  PROFFER_TRY(Reader reader, database_->reader());
  return selectSegments(reader.connection(), database_->path(), "state = ?", static_cast<int64_t>(state));
}

Result<void> GroupStore::forgetSegments(const std::vector<int64_t>& ids) {
  if (ids.empty()) return {};
  return database_->write([&](Connection& connection) -> Result<void> {
    for (const int64_t id : ids)
      PROFFER_CHECK(connection.run("DELETE FROM segment WHERE id = ? AND state <> 1", id));
    return {};
  });
}

Result<void> GroupStore::doomPending(int64_t job, int attempt) {
  return database_->write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(auto rows, selectSegments(connection, database_->path(),
                                          "state = 0 AND job = ? AND attempt = ?", job, attempt));
    for (auto& row : rows) {
      row.state = SegmentState::kDoomed;
      PROFFER_CHECK(writeSegment(connection, row));
    }
    return {};
  });
}

Result<std::optional<DatasetRow>> GroupStore::dataset(const std::string& uid) {
  PROFFER_TRY(Reader reader, database_->reader());
  PROFFER_TRY(auto rows, selectDatasets(reader.connection(), database_->path(), "WHERE uid = ?", uid));
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

Result<std::vector<DatasetRow>> GroupStore::datasets() {
  PROFFER_TRY(Reader reader, database_->reader());
  return selectDatasets(reader.connection(), database_->path(), "");
}

Result<std::vector<SourceRow>> GroupStore::sources(const std::string& dataset) {
  PROFFER_TRY(Reader reader, database_->reader());
  PROFFER_TRY(Statement found,
              reader->query(
                  "SELECT file, incremental, size, modified, looked, hash, definition, checksum FROM source "
                  "WHERE dataset = ? ORDER BY incremental, file, definition",
                  dataset));
  std::vector<SourceRow> rows;
  for (;;) {
    PROFFER_TRY(const bool more, found.step());
    if (!more) return rows;
    rows.push_back({.dataset = dataset,
                    .file = std::string(found.text(0)),
                    .incremental = found.integer(1) != 0,
                    .size = found.integer(2),
                    .modified = found.time(3),
                    .looked = found.time(4),
                    .hash = std::string(found.text(5)),
                    .definition = std::string(found.text(6))});
    if (found.integer(7) != checksumOf(rows.back()))
      return fail(corruptRow(database_->path(), "source", rows.back().file));
  }
}

Result<void> GroupStore::touchSources(const std::vector<SourceRow>& sources) {
  if (sources.empty()) return {};
  return database_->write([&](Connection& connection) -> Result<void> {
    for (const auto& row : sources) PROFFER_CHECK(writeSource(connection, row));
    return {};
  });
}

// Fills the last block up before beginning another.
Result<void> GroupStore::addNames(Connection& connection, const NewNames& names) {
  if (names.count == 0) return {};
  const auto kind = static_cast<int64_t>(names.kind);
  int64_t first = 0, count = 0;
  std::string bytes;
  {
    PROFFER_TRY(
        Statement last,
        connection.query(
            "SELECT first, count, names, checksum FROM dictionary WHERE kind = ? ORDER BY first DESC LIMIT 1",
            kind));
    PROFFER_TRY(const bool there, last.step());
    if (there) {
      first = last.integer(0);
      count = last.integer(1);
      bytes = last.blob(2);
      if (last.integer(3) != blockChecksum(kind, first, count, bytes))
        return fail(corruptRow(database_->path(), "dictionary", fmt::format("{}/{}", kind, first)));
    }
  }
  if (first + count != names.first) {
    return fail(ErrorCode::kConflict, "the dictionary of {} has {} names, not {}", database_->path().string(),
                first + count, names.first);
  }
  for (uint32_t i = 0; i < names.count; ++i) {
    if (count == kBlockNames) {
      first += count;
      count = 0;
      bytes.clear();
    }
    const std::string_view text = names.at(i);
    const auto length = static_cast<uint32_t>(text.size());
    bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
    bytes.append(text);
    ++count;
    if (count < kBlockNames && i + 1 < names.count) continue;
    PROFFER_TRY(Statement write,
                connection.prepare("INSERT OR REPLACE INTO dictionary VALUES (?, ?, ?, ?, ?)"));
    write.bind(1, kind);
    write.bind(2, first);
    write.bind(3, count);
    write.bindBlob(4, bytes);
    write.bind(5, blockChecksum(kind, first, count, bytes));
    PROFFER_CHECK(write.run());
  }
  return {};
}

Result<void> GroupStore::nameSegments(Connection& connection, const std::vector<SegmentRow>& named,
                                      const std::vector<int64_t>& doomed) {
  for (const int64_t id : doomed) {
    PROFFER_TRY(auto rows, selectSegments(connection, database_->path(), "id = ?", id));
    for (auto& row : rows) {
      row.state = SegmentState::kDoomed;
      PROFFER_CHECK(writeSegment(connection, row));
    }
  }
  for (auto row : named) {
    row.state = SegmentState::kLive;
    PROFFER_CHECK(writeSegment(connection, row));
    if (connection.changedRows() != 1)
      return fail(ErrorCode::kConflict, "the segment {} is no longer known", row.file);
  }
  return {};
}

Result<int64_t> GroupStore::commitFold(const FoldCommit& commit) {
  int64_t version = 0;
  const auto written = database_->write([&](Connection& connection) -> Result<void> {
    for (const auto& names : commit.names) PROFFER_CHECK(addNames(connection, names));
    PROFFER_CHECK(nameSegments(connection, commit.named, commit.doomed));
    for (const auto& dataset : commit.datasets) PROFFER_CHECK(writeDataset(connection, dataset));
    for (const int64_t sequence : commit.settled)
      PROFFER_CHECK(connection.run("UPDATE log SET waiting = 0 WHERE sequence = ?", sequence));
    PROFFER_CHECK(connection.run(kLastSequence, commit.upTo));
    PROFFER_CHECK(connection.run("INSERT OR REPLACE INTO meta VALUES ('folded_up_to', ?)", commit.upTo));
    PROFFER_CHECK(connection.run("UPDATE meta SET value = value + 1 WHERE key = 'data_version'"));
    PROFFER_TRY(version, connection.number("SELECT value FROM meta WHERE key = 'data_version'"));
    return {};
  });
  if (!written) return fail(written.error());
  return version;
}

Result<void> GroupStore::declareDataset(const DatasetRow& dataset) {
  return database_->write([&](Connection& connection) -> Result<void> {
    PROFFER_CHECK(writeDataset(connection, dataset));
    return connection.run("UPDATE meta SET value = value + 1 WHERE key = 'data_version'");
  });
}

Result<int64_t> GroupStore::commitImport(const ImportCommit& commit) {
  int64_t version = 0;
  const auto written = database_->write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(const auto before,
                selectDatasets(connection, database_->path(), "WHERE uid = ?", commit.dataset.uid));
    if (!before.empty() && before.front().job == commit.dataset.job &&
        before.front().attempt > commit.dataset.attempt) {
      return fail(ErrorCode::kConflict, "attempt {} of job {} has finished, this is attempt {}",
                  before.front().attempt, commit.dataset.job, commit.dataset.attempt);
    }
    for (const auto& names : commit.names) PROFFER_CHECK(addNames(connection, names));
    PROFFER_CHECK(nameSegments(connection, commit.named, commit.doomed));
    PROFFER_CHECK(connection.run("DELETE FROM source WHERE dataset = ?", commit.dataset.uid));
    for (const auto& row : commit.sources) PROFFER_CHECK(writeSource(connection, row));
    PROFFER_CHECK(writeDataset(connection, commit.dataset));
    PROFFER_CHECK(connection.run("UPDATE meta SET value = value + 1 WHERE key = 'data_version'"));
    PROFFER_TRY(Statement found, connection.query("SELECT value FROM meta WHERE key = 'data_version'"));
    PROFFER_TRY(const bool there, found.step());
    version = there ? found.integer(0) : 0;
    return {};
  });
  if (!written) return fail(written.error());
  return version;
}

Result<void> GroupStore::dropDataset(const std::string& uid) {
  return database_->write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(auto rows, selectSegments(connection, database_->path(), "dataset = ?", uid));
    for (auto& row : rows) {
      row.state = SegmentState::kDoomed;
      PROFFER_CHECK(writeSegment(connection, row));
    }
    PROFFER_CHECK(connection.run("DELETE FROM source WHERE dataset = ?", uid));
    PROFFER_CHECK(connection.run("DELETE FROM dataset WHERE uid = ?", uid));
    PROFFER_CHECK(connection.run(kLastSequence, 0));
    PROFFER_CHECK(connection.run("DELETE FROM log WHERE dataset = ?", uid));
    PROFFER_CHECK(connection.run("DELETE FROM batch WHERE dataset = ?", uid));
    return connection.run("UPDATE meta SET value = value + 1 WHERE key = 'data_version'");
  });
}

Result<std::vector<SegmentRow>> GroupStore::copyTo(const std::filesystem::path& to) {
  PROFFER_TRY(Reader reader, database_->reader());
  PROFFER_CHECK(reader.snapshot());
  PROFFER_TRY(auto live, selectSegments(reader.connection(), database_->path(), "state = ?",
                                        static_cast<int64_t>(SegmentState::kLive)));
  PROFFER_CHECK(reader.copyTo(to));
  return live;
}

}  // namespace proffer::store
