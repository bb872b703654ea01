// proffer completion: a script that makes a shell complete commands, flags and words.
#include "controller/cli/commands/commands.h"
#include "controller/cli/completion_scripts.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeCompletion(Context& context) {
  const std::string shell = context.arguments.positional(0);
  context.console.out << (shell == "bash"  ? bashCompletion()
                          : shell == "zsh" ? zshCompletion()
                                           : fishCompletion());
  return ExitCode::kDone;
}

}  // namespace

Command completionCommand() {
  return {.name = "completion",
          .summary = "Print a completion script for a shell",
          .examples = {{"source <(proffer completion bash)", "bash, also in ~/.bashrc"},
                       {"source <(proffer completion zsh)", "zsh, also in ~/.zshrc"},
                       {"proffer completion fish | source", "fish, also in config.fish"}},
          .positionals =
              {{.name = "SHELL", .help = "The shell", .required = true, .choices = {"bash", "zsh", "fish"}}},
          .run = executeCompletion};
}

}  // namespace proffer::cli
