#include "controller/store/sqlite_files.h"

#include <set>

namespace proffer::store {

namespace {

constexpr std::string_view kKeptOfJob = "state = 3 AND job = ?";
static_assert(static_cast<int>(FileState::kKept) == 3);

int64_t checksumOf(const FileRow& row) {
  return rowChecksum(row.id, row.path, static_cast<int64_t>(row.state), row.job, row.attempt, row.groupUid,
                     row.size, row.checksum);
}

}  // namespace

Result<std::vector<FileRow>> SqliteFiles::select(Connection& connection, std::string_view where,
                                                 int64_t argument) {
  PROFFER_TRY(Statement row,
              connection.query(fmt::format("SELECT id, path, state, job, attempt, group_uid, size, "
                                           "content, checksum FROM file WHERE {} ORDER BY id",
                                           where),
                               argument));
  std::vector<FileRow> rows;
  for (;;) {
    PROFFER_TRY(const bool found, row.step());
    if (!found) return rows;
    FileRow file;
    file.id = row.integer(0);
    file.path = row.text(1);
    file.state = static_cast<FileState>(row.integer(2));
    file.job = row.integer(3);
    file.attempt = static_cast<int>(row.integer(4));
    file.groupUid = row.text(5);
    file.size = row.integer(6);
    file.checksum = row.text(7);
    if (checksumOf(file) != row.integer(8))
      return fail(corruptRow(database_.path(), "file", std::to_string(file.id)));
    rows.push_back(std::move(file));
  }
}

Result<void> SqliteFiles::save(Connection& connection, const FileRow& row) {
  return connection.run(
      "UPDATE file SET path = ?, state = ?, size = ?, content = ?, checksum = ? WHERE id = ?", row.path,
      static_cast<int64_t>(row.state), row.size, row.checksum, checksumOf(row), row.id);
}

Result<FileRow> SqliteFiles::reserve(std::string_view directory, std::string_view suffix, int64_t job,
                                     int attempt, const std::string& groupUid) {
  FileRow row;
  row.job = job;
  row.attempt = attempt;
  row.groupUid = groupUid;
  const auto work = [&](Connection& connection) -> Result<void> {
    PROFFER_CHECK(
        connection.run("INSERT INTO file(path, state, job, attempt, group_uid, size, content, checksum) "
                       "VALUES('', 0, ?, ?, ?, 0, '', 0)",
                       job, attempt, groupUid));
    row.id = connection.lastInsertId();
    row.path = fmt::format("{}/{}{}", directory, row.id, suffix);
    return save(connection, row);
  };
  PROFFER_CHECK(database_.write(work));
  return row;
}

Result<FileRow> SqliteFiles::ownRow(Connection& connection, int64_t id, int64_t job, int attempt) {
  PROFFER_TRY(auto rows, select(connection, "id = ?", id));
  if (rows.empty()) return fail(ErrorCode::kNotFound, "file {} does not exist", id);
  FileRow row = std::move(rows.front());
  if (row.job != job || row.attempt != attempt || row.state == FileState::kDoomed)
    return fail(ErrorCode::kConflict, "file {} is not of attempt {} of job {} any more", row.path, attempt,
                job);
  return row;
}

Result<void> SqliteFiles::publish(int64_t id, int64_t size, const std::string& checksum, int64_t job,
                                  int attempt, const Json& result) {
  const auto work = [&](Connection& connection) -> Result<void> {
    PROFFER_TRY(FileRow row, ownRow(connection, id, job, attempt));
    PROFFER_CHECK(jobs_.succeedIn(connection, job, attempt, result));
    row.state = FileState::kLive;
    row.size = size;
    row.checksum = checksum;
    return save(connection, row);
  };
  PROFFER_CHECK(database_.write(work));
  jobs_.noteEnd(job);
  return {};
}

Result<void> SqliteFiles::keep(int64_t id, int64_t size, const std::string& checksum, int64_t job,
                               int attempt) {
  return database_.write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(FileRow row, ownRow(connection, id, job, attempt));
    PROFFER_TRY(const bool running, jobs_.runs(connection, job, attempt));
    if (!running)
      return fail(ErrorCode::kConflict, "attempt {} of job {} is no longer the running one", attempt, job);
    PROFFER_TRY(auto before, select(connection, kKeptOfJob, job));
    for (FileRow& old : before) {
      if (old.id == id) continue;
      old.state = FileState::kDoomed;
      PROFFER_CHECK(save(connection, old));
    }
    row.state = FileState::kKept;
    row.size = size;
    row.checksum = checksum;
    return save(connection, row);
  });
}

Result<std::optional<FileRow>> SqliteFiles::kept(int64_t job) {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(auto rows, select(reader.connection(), kKeptOfJob, job));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.back());
}

Result<void> SqliteFiles::doomAll(const std::function<bool(const FileRow&)>& wanted) {
  return database_.write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(auto rows, select(connection, "state != ?", static_cast<int64_t>(FileState::kDoomed)));
    for (FileRow& row : rows) {
      if (!wanted(row)) continue;
      row.state = FileState::kDoomed;
      PROFFER_CHECK(save(connection, row));
    }
    return {};
  });
}

Result<void> SqliteFiles::doom(int64_t id) {
  return database_.write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(auto rows, select(connection, "id = ?", id));
    if (rows.empty() || rows.front().state == FileState::kDoomed) return {};
    rows.front().state = FileState::kDoomed;
    return save(connection, rows.front());
  });
}

Result<void> SqliteFiles::doomGroup(const std::string& groupUid) {
  return doomAll([&](const FileRow& row) { return row.groupUid == groupUid; });
}

Result<std::vector<FileRow>> SqliteFiles::list() {
  PROFFER_TRY(Reader reader, database_.reader());
  return select(reader.connection(), "id > ?", 0);
}

// ---- Collection
// ---------------------------------------------------------------------------------------------------

// An attempt that runs still writes its pending files; what a job keeps waits for the job's end.
Result<bool> SqliteFiles::stillNeeded(Connection& connection, const FileRow& row) {
  if (row.state == FileState::kPending) return jobs_.runs(connection, row.job, row.attempt);
  if (row.state == FileState::kKept) return jobs_.unfinished(connection, row.job);
  return false;
}

/// The file first, then its row: after a crash in between the row is found again.
Result<int> SqliteFiles::removeDoomed() {
  {
    // Mostly there is nothing to remove, and no need of the writer to know it.
    PROFFER_TRY(Reader reader, database_.reader());
    PROFFER_TRY(const int64_t some, reader->number("SELECT id FROM file WHERE state != ? LIMIT 1",
                                                   static_cast<int64_t>(FileState::kLive)));
    if (some == 0) return 0;
  }
  std::vector<FileRow> doomed;
  const auto work = [&](Connection& connection) -> Result<void> {
    doomed.clear();
    PROFFER_TRY(auto rows, select(connection, "state != ?", static_cast<int64_t>(FileState::kLive)));
    for (FileRow& row : rows) {
      PROFFER_TRY(const bool needed, stillNeeded(connection, row));
      if (needed) continue;
      if (row.state != FileState::kDoomed) {
        row.state = FileState::kDoomed;  // or a publish that comes too late would name a file that is gone
        PROFFER_CHECK(save(connection, row));
      }
      doomed.push_back(std::move(row));
    }
    return {};
  };
  PROFFER_CHECK(database_.write(work));
  for (const FileRow& row : doomed) {
    PROFFER_CHECK(files_.remove(directory_ / (row.path + ".tmp")));
    PROFFER_CHECK(files_.remove(directory_ / row.path));
  }
  if (doomed.empty()) return 0;
  const auto forget = [&](Connection& connection) -> Result<void> {
    for (const FileRow& row : doomed) PROFFER_CHECK(connection.run("DELETE FROM file WHERE id = ?", row.id));
    return {};
  };
  PROFFER_CHECK(database_.write(forget));
  return static_cast<int>(doomed.size());
}

Result<void> SqliteFiles::filesBelow(const std::filesystem::path& relative, std::vector<std::string>& found) {
  auto names = files_.list(directory_ / relative);
  if (!names && names.error().code == ErrorCode::kNotFound) return {};
  if (!names) return fail(names.error());
  for (const auto& name : *names) {
    const auto info = files_.stat(directory_ / relative / name);
    if (info && info->directory)
      PROFFER_CHECK(filesBelow(relative / name, found));
    else
      found.push_back((relative / name).generic_string());
  }
  return {};
}

Result<int> SqliteFiles::collect(const std::vector<std::string>& directories) {
  PROFFER_TRY(int removed, removeDoomed());
  if (directories.empty()) return removed;
  // Files are listed before rows: a row comes before its file, so a file without a row now never had one, or
  // lost it.
  std::vector<std::string> present;
  for (const auto& directory : directories) PROFFER_CHECK(filesBelow(directory, present));
  PROFFER_TRY(const auto rows, list());
  std::set<std::string> known;
  for (const auto& row : rows) {
    known.insert(row.path);
    known.insert(row.path + ".tmp");
  }
  for (const auto& path : present) {
    if (known.count(path) != 0) continue;
    PROFFER_CHECK(files_.remove(directory_ / path));
    ++removed;
  }
  return removed;
}

}  // namespace proffer::store
