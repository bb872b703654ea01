// A dump of a running server: everything durable as it was at one moment, as one stream (format.h).
//
// take() and write() are called by one thread, which may differ; the server goes on meanwhile. What a dump
// holds is what a crash at that moment would have left, made whole: so restoring it is starting after a
// crash, and needs no step of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/backup/archive.h"
#include "controller/backup/format.h"
#include "controller/data/group_data.h"
#include "controller/store/control_store.h"

namespace proffer::backup {

/// Everything outlives the dump.
struct Sources {
  store::ControlStore& store;
  data::GroupDataStore& data;
  io::FileSystem& files;
  std::string program;  ///< this program's version
};

class Dump {
 public:
  /// Copies the databases below `<data directory>/dumps`, and opens all files that they name.
  static Result<std::unique_ptr<Dump>> take(const Sources& sources);
  ~Dump();  ///< removes the copies
  Dump(const Dump&) = delete;
  Dump& operator=(const Dump&) = delete;

  /// Sends the whole dump. kCancelled if the sink ends it; kCorrupt if a file is not as it was written.
  Result<void> write(const ByteSink& sink);
  int64_t bytes() const;  ///< of all members

 private:
  explicit Dump(const Sources& sources);
  Result<void> collect();
  Result<void> addFile(const std::string& name, const io::fs::path& path);
  Result<void> addManifests();
  Result<void> send(ArchiveWriter& archive, size_t index, std::vector<Sum>& sums);

  struct Part {
    Member member;
    std::string text;  ///< the content, if there is no file
    std::unique_ptr<io::ReadableFile> file;
  };
  Sources sources_;
  const io::fs::path copies_;
  const Time created_;
  std::vector<Part> parts_;
};

/// Removes what a dump that was cut off by a crash left. Before anything else is started.
Result<void> sweepDumps(const io::fs::path& directory, io::FileSystem& files);

}  // namespace proffer::backup
