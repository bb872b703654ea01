// The claim of one server on a data directory: DIR/lock, which ends with the process however it ends. The
// file says who holds it.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "controller/io/file_system.h"

namespace proffer::store {

/// kUnavailable, naming the holder's process id if it is known, when another server has it.
Result<std::unique_ptr<io::FileLock>> lockDirectory(const std::filesystem::path& directory,
                                                    io::FileSystem& files);

}  // namespace proffer::store
