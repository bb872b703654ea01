// Segments of interactions: rows sorted by (user, time, hash of user and item), as columns.
//
// Beyond the container (segment_file.h), kind "interactions", with these sections:
//   starts     u32 per user: the number of its first row; one more at the end. If about.dense, of the users
//   0, 1, ...
//              up to the last one that has rows; else of those listed in
//   users      u32, rising
//   items      u32 per row: index in the group's items
//   times      per row: about.timeBytes = 4: u32 to be added to about.timeBase; 8: i64; epoch seconds
//   types      per row, if about.types: about.typeBytes = 1 or 2: index into typeNames; all ones: null
//   values     f32 per row, if about.values; NaN: null
//   x0, x1 ... per row, for each of about.extras {name, bytes = 1, 2 or 4}: index into x0Names; all ones:
//   null typeNames, x0Names ...   u32 count, then for each u32 length and the bytes itemSet    one bit per
//   item of the group, set if a row names it
// about also has rows, userCount, itemCount (distinct), firstTime, lastTime, perType (rows of each type).
//
// writeInteractions() uses the cores through parallelFor. InteractionsSegment: immutable, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "controller/data/interaction_rows.h"
#include "controller/data/segment_file.h"
#include "recipes/view.h"

namespace proffer::data {

struct InteractionNames {
  std::vector<std::string> types;
  struct Extra {
    std::string column;
    std::vector<std::string> values;
  };
  std::vector<Extra> extras;
};

struct WrittenSegment {
  SegmentWriter::Finished file;
  int64_t rows = 0;
  int64_t duplicates = 0;
  int64_t firstTime = 0, lastTime = 0;
  std::map<std::string, int64_t> perType;
};

struct InteractionsInput {
  RowStore* rows = nullptr;  ///< sealed
  const InteractionNames* names = nullptr;
  uint32_t userCount = 0;  ///< of the dictionary: no row has a greater index
  uint32_t itemCount = 0;
  int64_t firstTime = 0, lastTime = 0;
};

/// Sorts, leaves duplicates out, writes and syncs the file.
Result<WrittenSegment> writeInteractions(const std::filesystem::path& path, const InteractionsInput& input,
                                         int threads, io::FileSystem& files, Progress& progress);

/// What orders interactions of one user with one time.
inline uint32_t tieHash(uint32_t user, uint32_t item) {
  uint64_t x = (static_cast<uint64_t>(user) << 32 | item) ^ 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<uint32_t>(x >> 32);
}

/// The extra column of merged segments that says which source a row came from; no schema can name it.
inline constexpr std::string_view kSourceColumn = "$source";

class InteractionsSegment {
 public:
  static Result<std::shared_ptr<const InteractionsSegment>> open(std::shared_ptr<const SegmentFile> file);

  struct Rows {
    size_t begin = 0, end = 0;
    size_t size() const { return end - begin; }
  };
  /// A user's rows; none if it has none, or if their bytes are not what was written.
  Rows rowsOf(uint32_t user) const;

  std::span<const uint32_t> items(Rows rows) const { return items_.subspan(rows.begin, rows.size()); }
  void times(Rows rows, int64_t* to) const;
  void types(Rows rows, uint16_t* to) const;  ///< indexes into typeNames(), kNullType
  std::span<const float> values(Rows rows) const { return values_.subspan(rows.begin, rows.size()); }
  void codes(size_t extra, Rows rows, uint32_t* to) const;  ///< kNullCode for null

  bool hasTypes() const { return typeBytes_ > 0; }
  bool hasValues() const { return hasValues_; }
  const std::vector<std::string>& typeNames() const { return typeNames_; }
  /// The number of the extra column of this name.
  std::optional<size_t> findExtra(std::string_view column) const;
  std::vector<std::string> extraValues(size_t extra) const;
  const std::string& extraName(size_t extra) const { return extras_[extra].column; }
  size_t extraCount() const { return extras_.size(); }
  /// Made of several segments by compaction: rows that two sources have stand there twice.
  bool isMerged() const { return findExtra(kSourceColumn).has_value(); }
  int64_t rowCount() const { return rowCount_; }
  const Json& about() const { return file_->about(); }
  const SegmentFile& file() const { return *file_; }
  /// Sets the bits of users and items that have rows here.
  void addTo(std::vector<bool>& users, std::vector<bool>& items) const;

 private:
  struct Extra {
    std::string column;
    int bytes = 0;
    const SegmentFile::Section* codes = nullptr;
    const SegmentFile::Section* names = nullptr;
  };
  bool verified(Rows rows) const;

  std::shared_ptr<const SegmentFile> file_;
  const SegmentFile::Section* startsSection_ = nullptr;
  const SegmentFile::Section* usersSection_ = nullptr;
  const SegmentFile::Section* itemsSection_ = nullptr;
  const SegmentFile::Section* timesSection_ = nullptr;
  const SegmentFile::Section* typesSection_ = nullptr;
  const SegmentFile::Section* valuesSection_ = nullptr;
  int64_t rowCount_ = 0;
  bool dense_ = true;
  int timeBytes_ = 0;
  int typeBytes_ = 0;
  bool hasValues_ = false;
  int64_t timeBase_ = 0;
  std::span<const uint32_t> starts_;
  std::span<const uint32_t> users_;
  std::span<const uint32_t> items_;
  std::span<const float> values_;
  std::vector<std::string> typeNames_;
  std::vector<Extra> extras_;
};

/// The list of names as sections hold it; nothing if it is damaged.
std::string encodeNames(const std::vector<std::string>& names);
std::optional<std::vector<std::string>> decodeNames(std::string_view bytes);

}  // namespace proffer::data
