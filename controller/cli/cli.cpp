#include "controller/cli/cli.h"

#include "controller/cli/command_table.h"
#include "controller/cli/help.h"
#include "controller/cli/parse.h"
#include "controller/cli/runner.h"
#include "controller/cli/settings.h"

namespace proffer::cli {
namespace {

// What a server that answers will not or cannot do is a no; that there is none is trouble.
ExitCode exitCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimedOut:
      return ExitCode::kTimedOut;
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
    case ErrorCode::kInUse:
    case ErrorCode::kForbidden:
    case ErrorCode::kLimitExceeded:
    case ErrorCode::kUnavailable:
    case ErrorCode::kNotImplemented:
      return ExitCode::kNo;
    default:
      return ExitCode::kTrouble;
  }
}

Result<ExitCode> runChoice(const Choice& choice, Console& console, const AppFunctions& app) {
  if (choice.command == nullptr) {
    (choice.help ? console.out : console.err) << programHelp(choice.prefix);
    return choice.help ? ExitCode::kDone : ExitCode::kTrouble;
  }
  const Command& command = *choice.command;
  if (choice.help) {
    console.out << commandHelp(command);
    return ExitCode::kDone;
  }
  PROFFER_TRY(Arguments arguments, parseArguments(command, choice.rest));
  if (arguments.has("help")) {
    console.out << commandHelp(command);
    return ExitCode::kDone;
  }
  std::vector<Option> options(commonOptions().begin(), commonOptions().end());
  options.insert(options.end(), command.options.begin(), command.options.end());
  if (const std::vector<Error> errors = completeArguments(arguments, options, console); !errors.empty()) {
    console.printErrors(errors);
    return ExitCode::kTrouble;
  }
  Context context(console, arguments, app);
  return command.run(context);
}

}  // namespace

int runWords(const std::vector<std::string>& words, Console& console, const AppFunctions& app) {
  const auto choice = chooseCommand(words);
  const Result<ExitCode> outcome = choice ? runChoice(*choice, console, app) : fail(choice.error());
  console.out.flush();
  if (outcome) return static_cast<int>(*outcome);
  console.printError(outcome.error());
  return static_cast<int>(exitCodeOf(outcome.error().code));
}

int run(int argc, char** argv, const AppFunctions& app) {
  SystemClock clock;
  Console console = processConsole(clock);
  return runWords(std::vector<std::string>(argv + std::min(argc, 1), argv + argc), console, app);
}

}  // namespace proffer::cli
