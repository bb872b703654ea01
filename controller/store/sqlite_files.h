// The Files over control.db. Any thread.
#pragma once

#include "controller/io/file_system.h"
#include "controller/store/database.h"
#include "controller/store/files.h"
#include "controller/store/sqlite_jobs.h"

namespace proffer::store {

class SqliteFiles final : public Files {
 public:
  SqliteFiles(Database& database, SqliteJobs& jobs, io::FileSystem& files, std::filesystem::path directory)
      : database_(database), jobs_(jobs), files_(files), directory_(std::move(directory)) {}

  Result<FileRow> reserve(std::string_view directory, std::string_view suffix, int64_t job, int attempt,
                          const std::string& groupUid) override;
  Result<void> publish(int64_t id, int64_t size, const std::string& checksum, int64_t job, int attempt,
                       const Json& result) override;
  Result<void> keep(int64_t id, int64_t size, const std::string& checksum, int64_t job, int attempt) override;
  Result<std::optional<FileRow>> kept(int64_t job) override;
  Result<void> doom(int64_t id) override;
  Result<void> doomGroup(const std::string& groupUid) override;
  Result<std::vector<FileRow>> list() override;
  /// As `connection` sees them.
  Result<std::vector<FileRow>> liveIn(Connection& connection) {
    return select(connection, "state = ?", static_cast<int64_t>(FileState::kLive));
  }
  Result<int> collect(const std::vector<std::string>& directories) override;

 private:
  Result<std::vector<FileRow>> select(Connection& connection, std::string_view where, int64_t argument);
  Result<void> save(Connection& connection, const FileRow& row);
  /// The row that this attempt of the job writes; kConflict if it is not its any more.
  Result<FileRow> ownRow(Connection& connection, int64_t id, int64_t job, int attempt);
  Result<bool> stillNeeded(Connection& connection, const FileRow& row);
  Result<void> doomAll(const std::function<bool(const FileRow&)>& wanted);
  Result<int> removeDoomed();
  Result<void> filesBelow(const std::filesystem::path& relative, std::vector<std::string>& found);

  Database& database_;
  SqliteJobs& jobs_;
  io::FileSystem& files_;
  const std::filesystem::path directory_;
};

}  // namespace proffer::store
