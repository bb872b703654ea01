// Lists of users in CSV files with the one column USER_ID, as deletions take them (spec data-plane 4.6).
//
// Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "controller/data/group_data.h"

namespace proffer::data {

/// The ids in the file, or in every CSV file of a directory and those below it; each once, in byte order.
/// kInvalidInput names file and line: another header, more cells, an id that is empty or too long.
/// kCancelled.
Result<std::vector<std::string>> readUserList(const SourceRoots& roots, const std::string& csv,
                                              io::FileSystem& files, Progress& progress);

}  // namespace proffer::data
