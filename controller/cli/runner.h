// One command line, from words to exit code, against any console: what run() does for the process's own.
//
// Main thread.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/cli.h"
#include "controller/cli/console.h"

namespace proffer::cli {

/// `words` without the program's name.
int runWords(const std::vector<std::string>& words, Console& console, const AppFunctions& app);

}  // namespace proffer::cli
