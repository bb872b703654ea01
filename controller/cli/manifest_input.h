// The manifests that -f names: files, directories, "-" for standard input.
//
// Reads only; main thread.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/command.h"
#include "manifests/reader.h"

namespace proffer::cli {

/// The texts under all paths; "-" is the console's standard input, shown as "<stdin>" in errors.
Result<std::vector<ManifestText>> readInput(Console& console, const std::vector<std::string>& paths);

/// -f, as apply, diff, validate and delete take it.
Option filesOption();

}  // namespace proffer::cli
