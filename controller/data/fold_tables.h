// Put items or users on their way into a segment: the newest row of each. One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/data/live_data.h"
#include "controller/data/table_segment.h"

namespace proffer::data {

class TableRows {
 public:
  TableRows(const std::vector<CellRule>& rules, std::string_view idColumn);

  void put(uint32_t entity, const LiveRow& row);
  /// What an older segment has and the newer ones have not. kCorrupt if it is damaged.
  Result<void> addOlder(const TableSegment& segment, const std::function<bool(uint32_t)>& hidden);
  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  Result<SegmentWriter::Finished> write(const std::filesystem::path& path, io::FileSystem& files) const;

 private:
  std::vector<recipes::ColumnInfo> columns_;
  std::map<uint32_t, std::vector<std::optional<std::string>>> rows_;
};

}  // namespace proffer::data
