// Making segments of interactions out of others: without old rows, without the rows of some sources, several
// in one.
//
// A segment made of several INCREMENTAL ones keeps which source each row came from, in the extra column
// kSourceColumn, so that a source that changes later can still replace its own rows and no others.
// Plain functions; any thread.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/data/group_state.h"
#include "controller/data/import_reader.h"
#include "controller/data/interactions_segment.h"

namespace proffer::data {

/// Which file rows came from, and how it was read.
struct SourceKey {
  std::string source, definition;
  auto operator<=>(const SourceKey&) const = default;
};

struct RewritePlan {
  struct Input {
    std::shared_ptr<const InteractionsSegment> segment;
    SourceKey source;                           ///< of a segment that is not merged
    std::function<bool(uint32_t)> hidden = {};  ///< users whose rows are left out; empty: nobody
  };
  std::vector<Input> inputs;
  std::optional<int64_t> oldest;  ///< epoch seconds: rows before it are left out
  std::set<SourceKey> without;    ///< rows of these are left out
  bool merged = false;            ///< the result keeps the sources of its rows
};

/// Reads the inputs against their checksums (kCorrupt names what is damaged) and writes the file of `row`.
Result<WrittenSegment> rewriteInteractions(GroupState& group, const store::SegmentRow& row,
                                           const RewritePlan& plan, const ImportTuning& tuning,
                                           io::FileSystem& files, Progress& progress);

/// The sources of a merged segment.
std::vector<SourceKey> sourcesOf(const InteractionsSegment& segment);
bool isMerged(const store::SegmentRow& row);
/// Who was deleted from a segment; empty if nobody was deleted at all.
std::function<bool(uint32_t)> hiddenIn(const GroupState& group, const store::SegmentRow& row);
store::SegmentRow writtenRow(store::SegmentRow row, const WrittenSegment& written);

}  // namespace proffer::data
