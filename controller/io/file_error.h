// The errors of the file layer, the same for real and simulated files: what was being done, to which file,
// and what to do about it.
//
// Any thread.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace proffer::io {

/// "cannot write /data/control.db-wal: No space left on device", with a hint where somebody can do something.
/// `number` is an errno: ENOENT gives kNotFound, EACCES and EPERM kForbidden, others kIo.
Error fileError(std::string_view doing, const std::filesystem::path& path, int number);

}  // namespace proffer::io
