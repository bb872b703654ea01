// The help texts and docs/cli.md, from the command table. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "controller/cli/command.h"

namespace proffer::cli {

/// proffer --help; `prefix` ("config") narrows it to the commands that begin so.
std::string programHelp(std::string_view prefix = "");
/// proffer COMMAND --help.
std::string commandHelp(const Command& command);
/// The whole of docs/cli.md.
std::string commandReference();

}  // namespace proffer::cli
