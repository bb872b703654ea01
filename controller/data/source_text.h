// The text of one source file, decompressed, in pieces of whole CSV rows.
//
// One thread at a time; the pieces may be used by others and outlive the SourceText. Memory is bounded by the
// pieces (each a little larger than asked for, at most kMaxRow larger) and a fixed buffer. The file is read,
// not mapped: a file that somebody truncates meanwhile must not end the process. gzip and zstd are recognized
// by their first bytes, whatever the name says.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/hash.h"
#include "controller/io/file_system.h"

namespace proffer::data {

/// A stream of bytes, decompressed if it has to be.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills up to `size` bytes and says how many; 0 only at the end.
  virtual Result<size_t> read(char* to, size_t size) = 0;
  virtual int64_t rawConsumed() const = 0;  ///< bytes of the file read so far
  virtual Hash128 rawHash() const = 0;      ///< of these
};

/// kInvalidInput names the file if its compression is damaged, or the text is UTF-16.
Result<std::unique_ptr<ByteStream>> openByteStream(std::unique_ptr<io::ReadableFile> file,
                                                   const std::string& name);

struct TextPiece {
  std::string_view text;  ///< whole rows
  bool quotes = false;    ///< whether a double quote is in it
  std::shared_ptr<char[]> buffer;
};

class SourceText {
 public:
  SourceText(std::unique_ptr<ByteStream> stream, std::string name)
      : stream_(std::move(stream)), name_(std::move(name)) {}

  /// The next rows, about `bytes` of them; nothing at the end. kInvalidInput for a row above kMaxRow.
  Result<std::optional<TextPiece>> next(size_t bytes);
  int64_t rawConsumed() const { return stream_->rawConsumed(); }
  /// Of the whole file, once next() has given nothing.
  Hash128 rawHash() const { return stream_->rawHash(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::string name_;
  std::string left_;   ///< read, but not given out yet
  int64_t given_ = 0;  ///< bytes of text given out
  bool begun_ = false;
  bool atEnd_ = false;
};

/// The hash of a file's bytes as they lie there, as rawHash() gives it.
Result<Hash128> hashFile(const std::filesystem::path& path, io::FileSystem& files);

}  // namespace proffer::data
