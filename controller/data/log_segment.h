// Segments of the log: what was put into one dataset, as it was put, in the order of its sequence numbers.
//
// Beyond the container (segment_file.h), kind "log", with these sections:
//   sequences  i64 per row, rising
//   times      i64 per row: epoch seconds
//   starts     u64 per row and one more: where its bytes begin in the heap
//   heap       the rows' bytes (live_codec.h)
//   ids        16 bytes per event id that a client gave: its hash; rising
//
// writeLog(): any thread. LogSegment: immutable, any thread.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "controller/data/segment_file.h"
#include "controller/store/group_log.h"

namespace proffer::data {

/// `rows` in the order of their sequence numbers; `ids` are sorted here.
Result<SegmentWriter::Finished> writeLog(const std::filesystem::path& path,
                                         std::span<const store::LogRow> rows, std::vector<Hash128> ids,
                                         io::FileSystem& files);

class LogSegment {
 public:
  static Result<std::shared_ptr<const LogSegment>> open(std::shared_ptr<const SegmentFile> file);

  size_t size() const { return sequences_.size(); }
  int64_t sequence(size_t row) const { return sequences_[row]; }
  int64_t time(size_t row) const { return times_[row]; }
  /// kCorrupt if its bytes are not what was written.
  Result<std::string_view> body(size_t row) const;
  /// The first row after a sequence number.
  size_t firstAfter(int64_t sequence) const;
  std::span<const Hash128> ids() const { return ids_; }
  /// Marks those of `ids`, which rise, that it has; `known` has one place for each.
  void markIds(std::span<const Hash128> ids, std::vector<bool>& known) const;

 private:
  std::shared_ptr<const SegmentFile> file_;
  const SegmentFile::Section* heap_ = nullptr;
  std::span<const int64_t> sequences_, times_;
  std::span<const uint64_t> starts_;
  std::span<const Hash128> ids_;
};

}  // namespace proffer::data
