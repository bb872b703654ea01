// interactions.csv: visits made on all cores, their events brought into the order of time, and written.
#pragma once

#include "base/error.h"
#include "base/progress.h"
#include "controller/generate/output_file.h"
#include "controller/generate/sessions.h"

namespace proffer::generate {

/// Appends header and `count` rows to `file`. Errors: kIo, kCancelled.
Result<void> writeInteractions(const World& world, int64_t count, OutputFile& file, Progress& progress);

}  // namespace proffer::generate
