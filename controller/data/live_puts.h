// Putting into a group, reading back what was put, and deleting users. See LiveData for what each promises.
// Any thread.
#pragma once

#include "controller/data/group_state.h"
#include "controller/data/live_data.h"

namespace proffer::data {

Result<PutResult> putEvents(GroupState& group, const LiveDataset& dataset, std::span<const LiveEvent> events);
Result<PutResult> putRows(GroupState& group, const LiveDataset& dataset, std::span<const LiveRow> rows);
Result<EventBatch> readEvents(GroupState& group, const std::string& datasetUid, int64_t after, size_t limit);
Result<RowBatch> readRows(GroupState& group, const std::string& datasetUid, int64_t after, size_t limit);
Result<UserDeletion> deleteUsers(GroupState& group, std::span<const std::string> userIds);
Result<LiveFigures> liveFigures(GroupState& group);

/// Brings what the log has into memory; once, at opening.
Result<void> loadLive(GroupState& group);

}  // namespace proffer::data
