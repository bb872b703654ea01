// The one thin layer through which Proffer touches files, so that tests can make any operation fail.
//
// A FileSystem and an UpdatableFile may be used from any thread; a WritableFile and a MappedFile belong to
// one thread at a time (a mapped file's bytes may be read by many). Every error names the path and what was
// being done, and says what to do where there is something. Nothing is durable before sync() of the file and
// syncDirectory() of the directory that names it; only directories are when createDirectories() returns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace proffer::io {

namespace fs = std::filesystem;

struct FileInfo {
  int64_t size = 0;
  Time modified{};
  bool directory = false;
  int permissions = 0;  ///< as chmod has them; 0 where there are none
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;  ///< closes; what was not synced may be lost
  virtual Result<void> append(std::string_view bytes) = 0;
  virtual Result<void> writeAt(int64_t offset, std::string_view bytes) = 0;
  virtual Result<void> sync() = 0;
  virtual int64_t size() const = 0;
};

/// A file read piece by piece. For files that others may truncate at any time: touching a mapping beyond its
/// file's end would kill the process, this reads less.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual int64_t size() const = 0;  ///< when it was opened
  /// Fills `to` as far as the file goes and says how many bytes that were.
  virtual Result<size_t> readAt(int64_t offset, std::span<char> to) const = 0;
};

/// The bytes of a whole file, mapped read-only.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  virtual std::string_view bytes() const = 0;
  /// The kernel may drop the pages of this range (they are read again when touched).
  virtual void forget(int64_t offset, int64_t length) const = 0;
};

/// A file that is read and written in place, as a database does.
class UpdatableFile {
 public:
  virtual ~UpdatableFile() = default;
  virtual Result<int64_t> size() const = 0;
  /// Fills `to` as far as the file goes and says how many bytes that were.
  virtual Result<size_t> readAt(int64_t offset, std::span<char> to) const = 0;
  virtual Result<void> writeAt(int64_t offset, std::string_view bytes) = 0;
  virtual Result<void> truncate(int64_t size) = 0;
  virtual Result<void> sync() = 0;
  /// Until it is closed no other process may open it as an SQLite database; kUnavailable if one has it open.
  virtual Result<void> claim() = 0;
};

/// Held until destroyed, or until the process ends however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Creates or truncates.
  virtual Result<std::unique_ptr<WritableFile>> create(const fs::path& path) = 0;
  /// Opens, or makes an empty file if `mayCreate`.
  virtual Result<std::unique_ptr<UpdatableFile>> update(const fs::path& path, bool mayCreate) = 0;
  virtual Result<std::unique_ptr<ReadableFile>> open(const fs::path& path) = 0;
  virtual Result<std::unique_ptr<MappedFile>> map(const fs::path& path) = 0;
  virtual Result<std::string> read(const fs::path& path, int64_t limit) = 0;
  virtual Result<FileInfo> stat(const fs::path& path) = 0;  ///< follows links; kNotFound if absent
  virtual Result<std::vector<fs::path>> list(
      const fs::path& directory) = 0;                          ///< names in byte order, not recursive
  virtual Result<fs::path> resolve(const fs::path& path) = 0;  ///< absolute, links followed (realpath)
  /// Makes what is missing of the path, each durable in the directory above it.
  virtual Result<void> createDirectories(const fs::path& path) = 0;
  virtual Result<void> rename(const fs::path& from, const fs::path& to) = 0;
  virtual Result<void> remove(const fs::path& path) = 0;      ///< a file; fine if it is not there
  virtual Result<void> removeTree(const fs::path& path) = 0;  ///< a directory with all below; fine if absent
  virtual Result<void> syncDirectory(const fs::path& path) = 0;
  /// Makes the file with `holder` as its content; kUnavailable if somebody holds it already.
  virtual Result<std::unique_ptr<FileLock>> lock(const fs::path& path, std::string_view holder) = 0;
};

/// The real one. Never destroyed.
FileSystem& posixFileSystem();

}  // namespace proffer::io
