// The command line of Proffer: what main() calls.
//
// One call per process, from the main thread; commands may start threads of their own and join them. Data
// goes to stdout, everything else to stderr. Returns the exit code, which help.cpp's table explains
// (ExitCode).
#pragma once

#include <functional>

#include <vector>

#include "base/error.h"
#include "controller/cli/examination.h"
#include "controller/cli/restoration.h"
#include "controller/cli/serve_options.h"

namespace proffer::cli {

/// What needs the server's parts. Handed in by whoever links them, so that the command line knows nothing of
/// them; one that is missing is said not to be in this program.
struct AppFunctions {
  /// Runs the server until it is told to stop; the exit code.
  std::function<int(const ServeOptions&)> serve = {};
  /// Looks at a data directory and at the machine, and changes neither.
  std::function<std::vector<Finding>(const ExaminationOptions&)> examine = {};
  /// Unpacks a dump into a data directory that holds nothing.
  std::function<Result<Restoration>(const RestoreOptions&)> restore = {};
};

int run(int argc, char** argv, const AppFunctions& app);

}  // namespace proffer::cli
