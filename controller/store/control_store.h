// control.db: the resources, the journal of what happened to them, jobs, files, routes. Everything durable
// that is not a group's own data is a row here.
//
// Any thread. One writer at a time inside; readers do not wait for it (WAL). Every write is durable when the
// call returns (synchronous=FULL, group commit). Every row carries a checksum that is checked when it is
// read. resourceVersion is one counter of the whole store: each write of a resource takes the next number, in
// commit order.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/io/file_system.h"

namespace proffer::store {

class ResourceStore;
class Journal;
class Jobs;
class Files;
class Routes;
struct FileRow;

class ControlStore {
 public:
  /// Opens or creates `directory`/control.db, takes the directory's lock (kUnavailable if another server has
  /// it) and migrates an older format; a newer one is refused (kCorrupt, saying which program is needed).
  static Result<std::unique_ptr<ControlStore>> open(const std::filesystem::path& directory, Clock& clock,
                                                    io::FileSystem& files = io::posixFileSystem());
  /// In memory, for tests. Its directory is a temporary one that goes when the store does.
  static Result<std::unique_ptr<ControlStore>> openInMemory(Clock& clock);
  virtual ~ControlStore() = default;

  virtual ResourceStore& resources() = 0;
  virtual Journal& journal() = 0;
  virtual Jobs& jobs() = 0;
  virtual Files& files() = 0;
  virtual Routes& routes() = 0;
  virtual const std::filesystem::path& directory() const = 0;
  virtual Clock& clock() = 0;

  /// Writes all of it as one database file, as it is at one moment; `to` must not be there. Returns the live
  /// files that its rows name.
  virtual Result<std::vector<FileRow>> copyTo(const std::filesystem::path& to) = 0;
};

}  // namespace proffer::store
