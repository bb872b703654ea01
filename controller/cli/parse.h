// From the words of a command line to a command and its arguments.
//
// Pure but for the configuration file that settings come from; main thread.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/command.h"

namespace proffer::cli {

/// What the first words ask for.
struct Choice {
  const Command* command = nullptr;    ///< nullptr: the program's own help, or that of `prefix`
  std::string prefix = {};             ///< "config": a word that only begins commands
  std::vector<std::string> rest = {};  ///< the words that are not the command's name
  bool help = false;
};

/// Finds the command among the words (without the program's name). kInvalidInput for an unknown one, with the
/// nearest.
Result<Choice> chooseCommand(const std::vector<std::string>& words);

/// The command's own options, and those of all commands that it does not have itself.
std::vector<Option> optionsOf(const Command& command);

/// The flags and positionals as given, checked for number but not yet for meaning. kInvalidInput names the
/// flag, with the nearest one.
Result<Arguments> parseArguments(const Command& command, const std::vector<std::string>& words);

/// Checks a value against its option (choices, integers, durations, kinds).
Result<void> checkValue(const Option& option, const std::string& value, const std::string& origin);

}  // namespace proffer::cli
