// Keeping a dataset at few segments, and without what is older than it retains. See compactDataset().
// The holder of the group's `importing` only.
#pragma once

#include "controller/data/group_state.h"
#include "controller/data/import_reader.h"

namespace proffer::data {

/// The oldest time (epoch seconds) that is kept.
int64_t oldestKept(Duration retain, Time now);

struct Figured {
  DatasetFigures figures;  ///< without the fingerprint
  std::string content;     ///< of interactions: equal content, equal hash
};
/// What the figures of a dataset with these segments are. `users`, `items`: the sizes of the dictionaries.
Result<Figured> figuresOf(GroupState& group, DatasetType type, const std::vector<store::SegmentRow>& rows,
                          uint32_t users, uint32_t items);

Result<CompactionReport> compact(GroupState& group, const std::string& dataset,
                                 std::optional<Duration> retain, int64_t job, int attempt,
                                 const ImportTuning& tuning, Time now, io::FileSystem& files,
                                 Progress& progress);

}  // namespace proffer::data
