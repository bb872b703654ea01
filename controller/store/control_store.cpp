#include "controller/store/control_store.h"

#include <cstdlib>

#include "controller/store/control_format.h"
#include "controller/store/directory_lock.h"
#include "controller/store/sqlite_files.h"
#include "controller/store/sqlite_jobs.h"
#include "controller/store/sqlite_journal.h"
#include "controller/store/sqlite_resource_store.h"
#include "controller/store/sqlite_routes.h"

namespace proffer::store {

namespace {

class SqliteControlStore final : public ControlStore {
 public:
  SqliteControlStore(std::filesystem::path directory, std::unique_ptr<io::FileLock> lock,
                     std::unique_ptr<Database> database, Clock& clock, io::FileSystem& files, bool temporary)
      : directory_(std::move(directory)),
        clock_(clock),
        fileSystem_(files),
        temporary_(temporary),
        lock_(std::move(lock)),
        database_(std::move(database)),
        resources_(*database_, clock),
        journal_(*database_, clock),
        jobs_(*database_, clock),
        files_(*database_, jobs_, files, directory_),
        routes_(*database_, clock) {}

  ~SqliteControlStore() override {
    if (temporary_) (void)fileSystem_.removeTree(directory_);
  }

  Result<void> load() {
    PROFFER_CHECK(resources_.load());
    PROFFER_CHECK(jobs_.recover());
    PROFFER_CHECK(files_.list());
    return routes_.load();
  }

  ResourceStore& resources() override { return resources_; }
  Journal& journal() override { return journal_; }
  Jobs& jobs() override { return jobs_; }
  Files& files() override { return files_; }
  Routes& routes() override { return routes_; }
  const std::filesystem::path& directory() const override { return directory_; }
  Clock& clock() override { return clock_; }

  Result<std::vector<FileRow>> copyTo(const std::filesystem::path& to) override {
    PROFFER_TRY(Reader reader, database_->reader());
    PROFFER_CHECK(reader.snapshot());
    PROFFER_TRY(auto live, files_.liveIn(reader.connection()));
    PROFFER_CHECK(reader.copyTo(to));
    return live;
  }

 private:
  const std::filesystem::path directory_;
  Clock& clock_;
  io::FileSystem& fileSystem_;
  const bool temporary_;
  // The lock is let go last, when the database is closed.
  const std::unique_ptr<io::FileLock> lock_;
  const std::unique_ptr<Database> database_;
  SqliteResourceStore resources_;
  SqliteJournal journal_;
  SqliteJobs jobs_;
  SqliteFiles files_;
  SqliteRoutes routes_;
};

}  // namespace

Result<std::unique_ptr<ControlStore>> ControlStore::open(const std::filesystem::path& directory, Clock& clock,
                                                         io::FileSystem& files) {
  PROFFER_CHECK(files.createDirectories(directory));
  PROFFER_TRY(auto lock, lockDirectory(directory, files));
  PROFFER_TRY(auto database, Database::open(directory / "control.db", kControlMigrations, {}, files));
  PROFFER_CHECK(files.syncDirectory(directory));
  auto store = std::make_unique<SqliteControlStore>(directory, std::move(lock), std::move(database), clock,
                                                    files, false);
  PROFFER_CHECK(store->load());
  return store;
}

Result<std::unique_ptr<ControlStore>> ControlStore::openInMemory(Clock& clock) {
  std::string directory = (std::filesystem::temp_directory_path() / "proffer-memory-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr)
    return fail(ErrorCode::kIo, "cannot create a directory like {}", directory);
  PROFFER_TRY(auto database, Database::openInMemory(kControlMigrations));
  auto store = std::make_unique<SqliteControlStore>(directory, nullptr, std::move(database), clock,
                                                    io::posixFileSystem(), true);
  PROFFER_CHECK(store->load());
  return store;
}

}  // namespace proffer::store
