// The command line of Proffer: what main() calls.
//
// One call per process, from the main thread; commands may start threads of their own and join them. Data
// goes to stdout, everything else to stderr. Returns the exit code: 0 done or no difference, 1 differs, not
// ready or refused, 2 trouble (usage, invalid input, server not reachable), 3 timed out.
#pragma once

#include <functional>

#include "controller/cli/serve_options.h"

namespace proffer::cli {

/// Runs the server until it is told to stop; the exit code. Handed in by whoever links the server, so that
/// the command line knows nothing of it.
using ServeFunction = std::function<int(const ServeOptions&)>;

int run(int argc, char** argv, const ServeFunction& serve);

}  // namespace proffer::cli
