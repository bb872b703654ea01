// Tar files, written to and read from anywhere, piece by piece (libarchive).
//
// One thread. Nothing here opens a file: bytes go to a sink and come from a ReadableFile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "controller/io/file_system.h"

struct archive;
struct archive_entry;

namespace proffer::backup {

/// Takes bytes; false: nobody wants more.
using ByteSink = std::function<bool(std::string_view bytes)>;

class ArchiveWriter {
 public:
  explicit ArchiveWriter(ByteSink sink);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// Begins a member of exactly `size` bytes; append() must then bring them. kCancelled: the sink has ended.
  Result<void> begin(const std::string& name, int64_t size, Time modified);
  Result<void> append(std::string_view bytes);
  /// Writes what ends the archive.
  Result<void> finish();

 private:
  Result<void> checked(int code);

  ByteSink sink_;
  archive* archive_;
  bool refused_ = false;
};

class ArchiveReader {
 public:
  /// Of a plain tar file, or one compressed with zstd or gzip. `source` must outlive it.
  static Result<std::unique_ptr<ArchiveReader>> open(const io::ReadableFile& source);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  struct Entry {
    std::string name;
    int64_t size = 0;
    bool plainFile = false;  ///< no directory, link or device
  };
  /// The next member; nothing at the end. kCorrupt: no tar file, or cut off.
  Result<std::optional<Entry>> next();
  /// The next bytes of the member; empty at its end.
  Result<std::string_view> read();

 private:
  explicit ArchiveReader(const io::ReadableFile& source);
  static ssize_t readMore(archive* handle, void* self, const void** bytes);

  const io::ReadableFile& source_;
  archive* archive_;
  int64_t offset_ = 0;
  std::string piece_;
  std::string out_;
};

}  // namespace proffer::backup
