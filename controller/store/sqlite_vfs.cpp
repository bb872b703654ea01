#include "controller/store/sqlite_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <map>

#include "controller/store/shared_database.h"

namespace proffer::store {

namespace {

constexpr int kSectorSize = 4096;

thread_local Error lastError;

int failedAs(int code, const Error& error) {
  lastError = error;
  if (error.code == ErrorCode::kUnavailable) return SQLITE_CANTOPEN;
  return code;
}

int failedAs(int code, const Result<void>& result) {
  return result ? SQLITE_OK : failedAs(code, result.error());
}

}  // namespace

/// The files of one file system that SQLite has open.
struct SqliteVfs::Files {
  explicit Files(io::FileSystem& system) : files(system) {}

  Result<std::shared_ptr<SharedDatabase>> database(const std::string& path, bool mayCreate) {
    std::lock_guard guard(mutex);
    if (auto known = databases[path].lock()) return known;
    std::erase_if(databases, [](const auto& entry) { return entry.second.expired(); });
    PROFFER_TRY(auto file, files.update(path, mayCreate));
    PROFFER_CHECK(file->claim());
    auto made = std::make_shared<SharedDatabase>(std::move(file));
    databases[path] = made;
    return made;
  }

  io::FileSystem& files;
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<SharedDatabase>> databases;
};

namespace {

/// One connection's hold on one file: a database, its journal or its WAL.
struct Handle {
  SqliteVfs::Files& owner;
  std::string path;
  std::shared_ptr<SharedDatabase> database;  ///< null for journals
  std::unique_ptr<io::UpdatableFile> journal;
  SharedDatabase::Holder holder = {};
  bool nameToSync = false;  ///< the file is new: the first sync makes its name durable, too

  io::UpdatableFile& file() { return database ? database->file() : *journal; }
};

/// What SQLite holds for us; it sets the memory aside and knows the first member only.
struct OpenFile {
  sqlite3_file base;
  Handle* handle;
};

Handle& handleOf(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file)->handle;
}

// ---- Methods of an open file

int closeFile(sqlite3_file* file) {
  Handle* handle = &handleOf(file);
  if (handle->database) {
    handle->database->unmapIndex(handle->holder);
    handle->database->unlock(handle->holder, SQLITE_LOCK_NONE);
  }
  delete handle;
  return SQLITE_OK;
}

int readFile(sqlite3_file* file, void* to, int length, sqlite3_int64 offset) {
  const std::span<char> bytes(static_cast<char*>(to), static_cast<size_t>(length));
  const auto count = handleOf(file).file().readAt(offset, bytes);
  if (!count) return failedAs(SQLITE_IOERR_READ, count.error());
  if (*count == bytes.size()) return SQLITE_OK;
  std::memset(bytes.data() + *count, 0, bytes.size() - *count);
  return SQLITE_IOERR_SHORT_READ;
}

int writeFile(sqlite3_file* file, const void* from, int length, sqlite3_int64 offset) {
  return failedAs(SQLITE_IOERR_WRITE, handleOf(file).file().writeAt(offset, {static_cast<const char*>(from),
                                                                             static_cast<size_t>(length)}));
}

int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
  return failedAs(SQLITE_IOERR_TRUNCATE, handleOf(file).file().truncate(size));
}

int syncFile(sqlite3_file* file, int) {
  Handle& handle = handleOf(file);
  if (auto synced = handle.file().sync(); !synced) return failedAs(SQLITE_IOERR_FSYNC, synced);
  if (!handle.nameToSync) return SQLITE_OK;
  const auto synced = handle.owner.files.syncDirectory(io::fs::path(handle.path).parent_path());
  if (!synced) return failedAs(SQLITE_IOERR_DIR_FSYNC, synced);
  handle.nameToSync = false;
  return SQLITE_OK;
}

int sizeOfFile(sqlite3_file* file, sqlite3_int64* size) {
  const auto found = handleOf(file).file().size();
  if (!found) return failedAs(SQLITE_IOERR_FSTAT, found.error());
  *size = *found;
  return SQLITE_OK;
}

int lockFile(sqlite3_file* file, int level) {
  Handle& handle = handleOf(file);
  return !handle.database || handle.database->lock(handle.holder, level) ? SQLITE_OK : SQLITE_BUSY;
}

int unlockFile(sqlite3_file* file, int level) {
  Handle& handle = handleOf(file);
  if (handle.database) handle.database->unlock(handle.holder, level);
  return SQLITE_OK;
}

int checkReserved(sqlite3_file* file, int* reserved) {
  Handle& handle = handleOf(file);
  *reserved = handle.database && handle.database->reserved();
  return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}

int sectorSize(sqlite3_file*) {
  return kSectorSize;
}

// A write that the power cuts off damages nothing beside it: what SQLite assumes of files by default, too.
int deviceCharacteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int mapIndex(sqlite3_file* file, int region, int size, int extend, void volatile** to) {
  Handle& handle = handleOf(file);
  *to = handle.database->mapIndex(handle.holder, region, size, extend != 0);
  return SQLITE_OK;
}

int lockIndex(sqlite3_file* file, int first, int count, int flags) {
  Handle& handle = handleOf(file);
  if (flags & SQLITE_SHM_LOCK) {
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    return handle.database->lockIndex(handle.holder, first, count, exclusive) ? SQLITE_OK : SQLITE_BUSY;
  }
  handle.database->unlockIndex(handle.holder, first, count);
  return SQLITE_OK;
}

void indexBarrier(sqlite3_file*) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

int unmapIndex(sqlite3_file* file, int) {
  Handle& handle = handleOf(file);
  handle.database->unmapIndex(handle.holder);
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {2,
                                     closeFile,
                                     readFile,
                                     writeFile,
                                     truncateFile,
                                     syncFile,
                                     sizeOfFile,
                                     lockFile,
                                     unlockFile,
                                     checkReserved,
                                     control,
                                     sectorSize,
                                     deviceCharacteristics,
                                     mapIndex,
                                     lockIndex,
                                     indexBarrier,
                                     unmapIndex,
                                     nullptr,
                                     nullptr};

// ---- Methods of the file system

SqliteVfs::Files& filesOf(sqlite3_vfs* vfs) {
  return *static_cast<SqliteVfs::Files*>(vfs->pAppData);
}

Result<std::unique_ptr<Handle>> openHandle(SqliteVfs::Files& owner, const std::string& path, int flags) {
  const bool mayCreate = (flags & SQLITE_OPEN_CREATE) != 0;
  std::unique_ptr<Handle> handle(
      new Handle{.owner = owner, .path = path, .database = nullptr, .journal = nullptr});
  if (mayCreate) {
    const auto there = owner.files.stat(path);
    if (!there && there.error().code != ErrorCode::kNotFound) return fail(there.error());
    handle->nameToSync = !there;
  }
  if (flags & SQLITE_OPEN_MAIN_DB) {
    PROFFER_TRY(handle->database, owner.database(path, mayCreate));
  } else {
    PROFFER_TRY(handle->journal, owner.files.update(path, mayCreate));
  }
  return handle;
}

int openFile(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* outFlags) {
  file->pMethods = nullptr;  // until it is open there is nothing to close
  constexpr int kOurs = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
  // Temporary ones stay in memory (PRAGMA temp_store), and no transaction spans files.
  if (name == nullptr || (flags & kOurs) == 0) return SQLITE_CANTOPEN;
  auto handle = openHandle(filesOf(vfs), name, flags);
  if (!handle) return failedAs(SQLITE_CANTOPEN, handle.error());
  auto* open = reinterpret_cast<OpenFile*>(file);
  open->handle = handle->release();
  open->base.pMethods = &kMethods;
  if (outFlags != nullptr) *outFlags = flags;
  return SQLITE_OK;
}

int deleteFile(sqlite3_vfs* vfs, const char* path, int syncDirectory) {
  auto& owner = filesOf(vfs);
  if (auto removed = owner.files.remove(path); !removed) return failedAs(SQLITE_IOERR_DELETE, removed);
  if (syncDirectory == 0) return SQLITE_OK;
  return failedAs(SQLITE_IOERR_DIR_FSYNC, owner.files.syncDirectory(io::fs::path(path).parent_path()));
}

// An empty journal counts as none, as SQLite wants it.
int accessFile(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  const auto info = filesOf(vfs).files.stat(path);
  if (!info && info.error().code != ErrorCode::kNotFound) return failedAs(SQLITE_IOERR_ACCESS, info.error());
  *out = info && (flags != SQLITE_ACCESS_EXISTS || info->size > 0);
  return SQLITE_OK;
}

int fullPath(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  const std::string path = io::fs::absolute(name).string();
  if (path.size() + 1 > static_cast<size_t>(size) || path.size() > static_cast<size_t>(vfs->mxPathname))
    return SQLITE_CANTOPEN;
  std::memcpy(out, path.c_str(), path.size() + 1);
  return SQLITE_OK;
}

int lastErrorOf(sqlite3_vfs*, int, char*) {
  return 0;
}

// ---- One a file system

struct Registry {
  std::mutex mutex;
  std::map<io::FileSystem*, std::weak_ptr<SqliteVfs>> known;
};

Registry& registry() {
  static auto* const instance = new Registry;  // never destroyed: databases may outlive main's statics
  return *instance;
}

std::string newName() {
  static std::atomic<int> number{0};
  return "proffer-" + std::to_string(++number);
}

}  // namespace

std::shared_ptr<SqliteVfs> SqliteVfs::of(io::FileSystem& files) {
  std::lock_guard guard(registry().mutex);
  auto& slot = registry().known[&files];
  if (auto known = slot.lock()) return known;
  std::shared_ptr<SqliteVfs> made(new SqliteVfs(files));
  slot = made;
  return made;
}

SqliteVfs::SqliteVfs(io::FileSystem& files)
    : name_(newName()), files_(std::make_unique<Files>(files)), vfs_(std::make_unique<sqlite3_vfs>()) {
  sqlite3_initialize();
  const sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  *vfs_ = *system;  // randomness, sleeping and time are the system's
  vfs_->pNext = nullptr;
  vfs_->iVersion = std::min(system->iVersion, 2);
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->mxPathname = 4096;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = files_.get();
  vfs_->xOpen = openFile;
  vfs_->xDelete = deleteFile;
  vfs_->xAccess = accessFile;
  vfs_->xFullPathname = fullPath;
  vfs_->xGetLastError = lastErrorOf;
  sqlite3_vfs_register(vfs_.get(), 0);
}

SqliteVfs::~SqliteVfs() {
  sqlite3_vfs_unregister(vfs_.get());
}

Error SqliteVfs::takeLastError() {
  return std::exchange(lastError, {});
}

}  // namespace proffer::store
