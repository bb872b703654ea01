// Where values come from that no flag gave: PROFFER_* in the environment, then the configuration file, then
// the option's own default.
//
// Reads one file; main thread.
#pragma once

#include <map>
#include <span>
#include <string>

#include "controller/cli/command.h"

namespace proffer::cli {

/// The configuration file's entries: option name -> values and "FILE:LINE".
using FileSettings = std::map<std::string, Value>;

/// The file that --config or PROFFER_CONFIG names, else ~/.config/proffer/config.yaml (below XDG_CONFIG_HOME
/// if that is set) if it exists; empty if there is none.
std::string configurationFile(const Console& console, const Arguments& arguments);

/// Reads it. All errors (unknown keys with the nearest, wrong values) with line and column; kNotFound if it
/// is not there.
Result<FileSettings> readConfigurationFile(const std::string& path, std::vector<Error>& errors);

/// Fills in what the flags left out. All errors.
std::vector<Error> completeArguments(Arguments& arguments, std::span<const Option> options,
                                     const Console& console);

}  // namespace proffer::cli
