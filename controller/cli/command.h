// What a command is: its words, options and examples as data, and the function that does it. The same table
// parses the arguments, writes the help, the completion scripts and docs/cli.md.
//
// Commands are built once and never change. A command runs on the main thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "controller/cli/cli.h"
#include "controller/cli/console.h"
#include "controller/client/client.h"

namespace proffer::cli {

/// What the process says to a script when it ends; help.cpp has the words.
enum class ExitCode {
  kDone = 0,     ///< done, or no difference
  kNo = 1,       ///< the answer is no: differs, not found, not ready, refused, at fault
  kTrouble = 2,  ///< no answer: usage, invalid input, a file that is not there, no server
  kTimedOut = 3,
};

/// The error of reading a file that the command line names: one that is not there is wrong usage, not a
/// missing object, so every command ends with the same exit code.
Error namedFileError(Error error);

/// What a value may be; checked wherever it comes from, and what a shell completes.
enum class ValueKind { kText, kInteger, kDuration, kChoice, kFile, kDirectory, kKind };

struct Option {
  std::string name = {};   ///< "group": --group
  char letter = 0;         ///< 'g': -g; 0: none
  std::string value = {};  ///< "GROUP" as shown in help; empty: a switch
  std::string help = {};
  ValueKind kind = ValueKind::kText;
  std::string defaultValue = {};  ///< as text; empty: none
  std::vector<std::string> choices = {};
  bool repeatable = false;  ///< may be given several times
  bool several = false;     ///< takes several values at once
  /// Also read from PROFFER_NAME and from the configuration file, when the flag is not given.
  bool setting = false;
};

struct Positional {
  std::string name = {};  ///< "KIND"
  std::string help = {};
  bool required = false;
  bool repeatable = false;  ///< takes all that follow; only the last one may
  ValueKind kind = ValueKind::kText;
  std::vector<std::string> choices = {};
};

struct Example {
  std::string command = {};
  std::string what = {};
};

/// Where a value came from, as `config show` says it: "flag", "PROFFER_SERVER", "FILE:3", "default".
struct Value {
  std::vector<std::string> texts;
  std::string origin;
  bool given = false;  ///< by flag
};

/// The arguments of one call, checked against the command's table.
class Arguments {
 public:
  std::map<std::string, Value> options;
  std::vector<std::string> positionals;

  bool has(std::string_view name) const;          ///< a switch is on, or a value is there
  bool given(std::string_view name) const;        ///< by flag on this command line
  std::string text(std::string_view name) const;  ///< the last value, or empty
  std::vector<std::string> list(std::string_view name) const;
  int64_t integer(std::string_view name, int64_t otherwise) const;
  std::optional<Duration> duration(std::string_view name) const;
  std::string positional(size_t index) const;  ///< empty if there is none
};

class Context;

struct Command {
  std::string name = {};         ///< "get", or "config show"
  std::string summary = {};      ///< one line, for the list of commands
  std::string description = {};  ///< paragraphs, for its own help; empty: the summary says it all
  std::vector<Example> examples = {};
  std::vector<Positional> positionals = {};
  std::vector<Option> options = {};
  std::function<Result<ExitCode>(Context&)> run = {};
};

/// Everything a running command may use.
class Context {
 public:
  Context(Console& consoleIn, const Arguments& argumentsIn, const AppFunctions& appIn)
      : console(consoleIn), arguments(argumentsIn), app(appIn) {}

  Console& console;
  const Arguments& arguments;
  const AppFunctions& app;

  /// A client of the server that the settings name, with the token of PROFFER_TOKEN or the
  /// token file. Nothing is sent yet.
  Result<client::Client> connect() const;
};

}  // namespace proffer::cli
