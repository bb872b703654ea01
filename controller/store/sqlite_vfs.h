// SQLite's files through the file layer: every byte that a database reads or writes passes an io::FileSystem,
// so that tests can cut the power under it and the simulated files can hold it. It stands here and not in
// controller/io because it is SQLite's interface, and all that knows SQLite is in this folder.
//
// Any thread. One instance a file system, shared by the databases on it and kept by them; the file system
// must outlive them. A database belongs to one process: the locks between its connections and the index of
// its WAL are in memory, and other processes are kept out by UpdatableFile::claim().
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "controller/io/file_system.h"

struct sqlite3_vfs;

namespace proffer::store {

class SqliteVfs {
 public:
  static std::shared_ptr<SqliteVfs> of(io::FileSystem& files);
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  /// For sqlite3_open_v2.
  const char* name() const { return name_.c_str(); }
  /// What the file layer last said to this thread; SQLite itself only keeps "disk I/O error". It is
  /// forgotten.
  static Error takeLastError();

  struct Files;

 private:
  explicit SqliteVfs(io::FileSystem& files);

  const std::string name_;
  const std::unique_ptr<Files> files_;
  const std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace proffer::store
