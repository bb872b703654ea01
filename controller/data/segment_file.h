// The container of all segments: named sections of bytes in one immutable, checksummed file.
//
//   offset 0        8 bytes   "PROFSEG1"
//   ...             sections, each beginning at a multiple of 64; between them and after them there may be
//   holes footer          JSON:
//   {"format":1,"kind":...,"sections":[{"name","offset","length","checks":[...]}],...} last 32 bytes   u64
//   offset of the footer, u64 its length, u64 XXH3-64 of the footer, 8 bytes "PROFEND1"
//
// All numbers are little-endian. "checks" is the offset of a list of u64 in the file: the XXH3-64 of each
// block of 65,536 bytes of the section (the last one shorter); "checksHash" is the XXH3-64 of that list. The
// footer holds whatever else the kind of segment says about itself under "about".
//
// SegmentWriter: one thread at a time. SegmentFile: immutable after open(), any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "controller/io/file_system.h"

namespace proffer::data {

inline constexpr size_t kCheckBlock = 64 << 10;
inline constexpr int kSegmentFormat = 1;

/// Numbers as a section holds them.
template <class T>
std::string_view bytesOf(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

class SegmentWriter {
 public:
  static Result<std::unique_ptr<SegmentWriter>> create(const std::filesystem::path& path,
                                                       io::FileSystem& files);

  /// Sets room aside for a section of at most `limit` bytes; its number.
  size_t addSection(std::string name, int64_t limit);
  /// A section of any length; it is complete when the next one is added.
  size_t addSection(std::string name);
  /// Bytes added so far.
  int64_t sizeOf(size_t section) const {
    return sections_[section].length + static_cast<int64_t>(sections_[section].buffer.size());
  }
  /// Adds to a section; several may be growing at once.
  Result<void> append(size_t section, std::string_view bytes);
  /// Writes what is buffered and the footer, and syncs the file. `checksum` is that of the footer, which
  /// covers all else.
  struct Finished {
    int64_t size = 0;
    std::string checksum;
  };
  Result<Finished> finish(std::string_view kind, const Json& about);

 private:
  struct Section {
    std::string name;
    int64_t offset = 0;
    int64_t limit = 0;
    int64_t length = 0;
    std::string buffer;  ///< the end of the section that is not written yet
    std::vector<uint64_t> checks;
  };
  explicit SegmentWriter(std::unique_ptr<io::WritableFile> file) : file_(std::move(file)) {}
  Result<void> flush(Section& section, bool all);

  std::unique_ptr<io::WritableFile> file_;
  std::vector<Section> sections_;
  int64_t end_ = 64;
};

/// kCorrupt: "the segment PATH is not what was written: WHAT", and what to do.
Error damagedSegment(const std::filesystem::path& path, std::string_view what);

class SegmentFile {
 public:
  /// Checks size, both ends and the footer. kCorrupt says what does not fit; a newer format is refused.
  static Result<std::shared_ptr<const SegmentFile>> open(const std::filesystem::path& path,
                                                         io::FileSystem& files);

  std::string_view kind() const { return kind_; }
  const Json& about() const { return about_; }
  const std::filesystem::path& path() const { return path_; }

  struct Section {
    std::string_view bytes;
    std::string_view checks;
    size_t firstBlock = 0;  ///< in the file's list of verified blocks
    std::string name;
  };
  /// Null if there is none.
  const Section* find(std::string_view name) const;
  /// Whether the bytes of a section that begin at `offset` are what was written; each block is looked at
  /// once. A fault is logged once per block.
  bool verify(const Section& section, size_t offset, size_t length) const;
  /// All blocks of all sections. kCorrupt names section and block.
  Result<void> verifyAll() const;

  /// A section as numbers; empty if it is missing or of another size.
  template <class T>
  std::span<const T> numbers(const Section* section) const {
    if (!section) return {};
    return {reinterpret_cast<const T*>(section->bytes.data()), section->bytes.size() / sizeof(T)};
  }

 private:
  Result<void> readFooter(std::string_view footer);

  std::filesystem::path path_;
  std::unique_ptr<io::MappedFile> mapped_;
  std::string kind_;
  Json about_;
  std::vector<Section> sections_;
  enum Block : uint8_t { kUnseen, kGood, kBad };
  mutable std::unique_ptr<std::atomic<uint8_t>[]> blocks_;
  size_t blockCount_ = 0;
};

}  // namespace proffer::data
