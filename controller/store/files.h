// Which files in the data directory count: a row comes before its file, and only rows decide what is kept.
//
// Any thread. pending (being written by a job's attempt) -> live (named, in the same transaction as the end
// of the job) -> doomed (to be removed). What a job goes on from after a crash is kept instead: it belongs to
// the job, whichever attempt of it runs, and is collected once the job has ended. After a crash collect()
// finds what no row names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace proffer::store {

enum class FileState { kPending, kLive, kDoomed, kKept };
struct FileRow {
  int64_t id = 0;
  std::string path;  ///< relative to the data directory
  FileState state = FileState::kPending;
  int64_t job = 0;
  int attempt = 0;
  std::string groupUid;
  int64_t size = 0;
  std::string checksum;  ///< hashHex of the content, when live
};

class Files {
 public:
  virtual ~Files() = default;
  /// Writes the pending row; `suffix` such as ".model". The path is directory/ID + suffix with the row's id,
  /// so it is never used twice. Whoever writes the file may also use path + ".tmp" and creates the directory.
  virtual Result<FileRow> reserve(std::string_view directory, std::string_view suffix, int64_t job,
                                  int attempt, const std::string& groupUid) = 0;
  /// Names the file and ends the job with `result` in one transaction; kConflict if another attempt took
  /// over.
  virtual Result<void> publish(int64_t id, int64_t size, const std::string& checksum, int64_t job,
                               int attempt, const Json& result) = 0;
  /// Names the file as what the job goes on from, in place of the one before, which is doomed in the same
  /// transaction; kConflict if another attempt took over.
  virtual Result<void> keep(int64_t id, int64_t size, const std::string& checksum, int64_t job,
                            int attempt) = 0;
  /// What the job goes on from; nothing if it kept nothing yet.
  virtual Result<std::optional<FileRow>> kept(int64_t job) = 0;
  virtual Result<void> doom(int64_t id) = 0;
  virtual Result<void> doomGroup(const std::string& groupUid) = 0;
  virtual Result<std::vector<FileRow>> list() = 0;
  /// Removes doomed files, those of ended attempts and what ended jobs kept, then their rows, and (if any are
  /// given) files under `directories` (relative to the data directory, with all below) without a row. Returns
  /// how many files were removed. Safe while jobs write.
  virtual Result<int> collect(const std::vector<std::string>& directories) = 0;
};

}  // namespace proffer::store
