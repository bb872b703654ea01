// Dumps of the running server, for HTTP, and their unpacking, for the command line.
//
// dumpStream(): any thread; one dump at a time. restore(): main thread.
#pragma once

#include <functional>
#include <string>

#include "controller/backup/dump.h"
#include "controller/cli/restoration.h"
#include "controller/http/call.h"

namespace proffer::app {

/// What GET /v1/dump asks for; kUnavailable while another dump is being sent. `sources` outlives it.
std::function<Result<http::ByteStream>()> dumpStream(backup::Sources sources);

Result<cli::Restoration> restore(const cli::RestoreOptions& options);

}  // namespace proffer::app
