// Unpacks a dump into a data directory that a server is then started on.
//
// One thread. The directory must be empty, or hold only what a restore left that was cut off. Nothing of a
// dump counts before all of it was compared with its checksums; control.db, without which a server finds
// nothing, comes last.
#pragma once

#include <string>

#include "base/error.h"
#include "controller/io/file_system.h"

namespace proffer::backup {

struct Restored {
  int64_t members = 0;
  int64_t bytes = 0;
  int64_t groups = 0;   ///< with data
  std::string program;  ///< version of the program that wrote the dump
  std::string created;  ///< RFC 3339
};

/// kCorrupt: not a dump, cut off, or damaged, and where; kConflict: the directory holds something.
Result<Restored> restore(io::FileSystem& files, const io::fs::path& dump, const io::fs::path& directory);

/// kConflict if a restore into the directory did not end: a server must not be started on it.
Result<void> refuseHalfRestored(io::FileSystem& files, const io::fs::path& directory);

}  // namespace proffer::backup
