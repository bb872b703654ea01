// Moving a group's log into segments: events into segments of interactions, put items and users into tables,
// all of it, as it was put, into segments of the log.
//
// The holder of the group's `importing` only. A fold is one transaction; readers change from the log's memory
// to the segments at once, and no answer changes. Events that wait for a user stay in the log, the oldest of
// too many give up waiting.
#pragma once

#include "controller/data/group_state.h"
#include "controller/data/import_reader.h"

namespace proffer::data {

Result<void> fold(GroupState& group, const ImportTuning& tuning, io::FileSystem& files, Progress& progress);

}  // namespace proffer::data
