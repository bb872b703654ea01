// Taking deleted users out of the files: segments that hold rows of theirs are rewritten without them, and
// what the database keeps of folded rows only to know them again loses its content.
//
// The holder of the group's `importing` and `folding` only, after a fold. One transaction names the new
// segments; no answer changes, for what is erased was hidden before. Dictionaries keep the ids.
#pragma once

#include "controller/data/group_state.h"
#include "controller/data/import_reader.h"

namespace proffer::data {

/// kCorrupt if a segment is damaged: it stays as it is, and so does everything.
Result<void> eraseDeleted(GroupState& group, const ImportTuning& tuning, io::FileSystem& files,
                          Progress& progress);

}  // namespace proffer::data
