// All commands of the program, in the order of the help, and the options that all of them take.
//
// Built once; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cli/command.h"

namespace proffer::cli {

std::span<const Command> allCommands();
/// The command of that name ("get", "config show"); nullptr if there is none.
const Command* findCommand(std::string_view name);
/// --server, --token-file, --ca-file, --config, --help.
std::span<const Option> commonOptions();
/// Every option that the environment or the configuration file may set, each once, in the order of the table.
std::vector<Option> allSettings();
/// "PROFFER_TOKEN_FILE" of "token-file".
std::string environmentName(std::string_view option);

}  // namespace proffer::cli
