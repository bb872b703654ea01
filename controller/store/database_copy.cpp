#include <sqlite3.h>

#include "controller/store/database.h"
#include "controller/store/sqlite_vfs.h"

namespace proffer::store {

namespace {

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
};

}  // namespace

// The backup interface reads through the reader's own transaction if it has one, so the copy is what this
// reader sees. The copy needs no journal: it counts only when it is whole.
Result<void> Reader::copyTo(const std::filesystem::path& to) {
  const auto vfs = database_->vfs_ ? database_->vfs_ : SqliteVfs::of(io::posixFileSystem());
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(to.c_str(), &opened, flags, vfs->name());
  const std::unique_ptr<sqlite3, Close> target(opened);
  const auto failed = [&]() -> Result<void> {
    const Error inner = SqliteVfs::takeLastError();
    const std::string why = inner.message.empty() ? std::string(sqlite3_errmsg(opened)) : inner.message;
    return fail(ErrorCode::kIo, "cannot copy {} to {}: {}", database_->path_.string(), to.string(), why);
  };
  if (code != SQLITE_OK) return failed();
  code = sqlite3_exec(opened, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failed();
  sqlite3_backup* backup = sqlite3_backup_init(opened, "main", connection_->handle(), "main");
  if (backup == nullptr) return failed();
  code = sqlite3_backup_step(backup, -1);
  const int end = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE || end != SQLITE_OK) return failed();
  return {};
}

}  // namespace proffer::store
