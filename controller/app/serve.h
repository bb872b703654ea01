// `proffer serve`: opens the stores, starts serving, reconciling, the followed directory and HTTP, and ends
// them in order.
#pragma once

#include "controller/cli/serve_options.h"

namespace proffer::app {

/// Runs until SIGTERM or SIGINT; the exit code: 0 after a clean end, 2 if it could not start (said on
/// stderr). A second signal ends the process at once. Main thread.
int serve(const cli::ServeOptions& options);

}  // namespace proffer::app
