// Parsed interactions on their way from the CSV to a segment: fixed-size rows, grouped by user, in memory up
// to a budget and beyond it in a file.
//
// A row is 4 words of 32 bits and more: user, item, 48 bits of time and 16 of event type, then the value if
// there are values, then one code per extra column. Rows are grouped into buckets of 1,024 users, so that the
// last sort works on one bucket at a time and needs no more memory than one bucket has rows.
//
// RowStore: add() from any thread; after seal() collect() from any thread.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "controller/io/file_system.h"

namespace proffer::data {

inline constexpr uint32_t kBucketBits = 10;
inline constexpr uint16_t kNullType = 0xFFFF;
inline constexpr uint32_t kNullCode = 0xFFFFFFFF;
inline constexpr int64_t kTimeBias = int64_t{1} << 47;

struct RowLayout {
  bool types = false;
  bool values = false;
  uint32_t extras = 0;
  uint32_t words() const { return 4 + (values ? 1 : 0) + extras; }
  uint32_t firstExtra() const { return 4 + (values ? 1 : 0); }
};

inline void packTime(uint32_t* row, int64_t time, uint16_t type) {
  const uint64_t packed = static_cast<uint64_t>(time + kTimeBias) << 16 | type;
  std::memcpy(row + 2, &packed, sizeof packed);
}
inline uint64_t packedTime(const uint32_t* row) {
  uint64_t packed = 0;
  std::memcpy(&packed, row + 2, sizeof packed);
  return packed;
}
inline int64_t timeOf(uint64_t packed) {
  return static_cast<int64_t>(packed >> 16) - kTimeBias;
}
inline uint16_t typeOf(uint64_t packed) {
  return static_cast<uint16_t>(packed);
}

/// The rows of one piece of a file, grouped by bucket.
struct RowBlock {
  int64_t number = 0;  ///< of the piece: rows of a bucket are collected in this order
  std::unique_ptr<uint32_t[]> words;
  std::vector<uint32_t> starts;  ///< first row of each bucket, and the count of all rows at the end
  size_t rows() const { return starts.empty() ? 0 : starts.back(); }
};

/// Groups rows by bucket; keeps their order within each.
RowBlock groupRows(const uint32_t* words, size_t rows, const RowLayout& layout, int64_t number);

class RowStore {
 public:
  /// `overflow` is created when the budget (in bytes) is used up, and removed at the end.
  RowStore(RowLayout layout, size_t budget, std::filesystem::path overflow, io::FileSystem& files);
  ~RowStore();

  Result<void> add(RowBlock block);
  /// No more rows are coming.
  Result<void> seal();
  size_t buckets() const { return buckets_; }
  int64_t rows() const { return rows_; }
  const RowLayout& layout() const { return layout_; }
  /// How many rows a bucket has, and those rows into `to`.
  size_t rowsOf(size_t bucket) const;
  Result<void> collect(size_t bucket, uint32_t* to) const;

 private:
  struct Run {
    int64_t offset = 0;            ///< bytes in the overflow file
    std::vector<uint64_t> starts;  ///< in rows
  };
  Result<void> spill();

  const RowLayout layout_;
  const size_t budget_;
  const std::filesystem::path overflow_;
  io::FileSystem& files_;

  std::mutex mutex_;
  std::vector<RowBlock> blocks_;
  size_t held_ = 0;  ///< bytes of the blocks
  int64_t rows_ = 0;
  size_t buckets_ = 0;
  std::unique_ptr<io::WritableFile> file_;
  std::vector<Run> runs_;
  std::unique_ptr<io::ReadableFile> spilled_;
};

}  // namespace proffer::data
