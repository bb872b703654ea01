#include "controller/cli/command_table.h"

#include <algorithm>

#include "base/text.h"
#include "controller/cli/commands/commands.h"

namespace proffer::cli {

std::span<const Command> allCommands() {
  static const std::vector<Command> kCommands{
      serveCommand(),       applyCommand(),      diffCommand(),       validateCommand(), getCommand(),
      describeCommand(),    deleteCommand(),     waitCommand(),       logCommand(),      recommendCommand(),
      evaluateCommand(),    diagnoseCommand(),
      filterCheckCommand(), filterEvalCommand(), putEventsCommand(),  putItemsCommand(), putUsersCommand(),
      deleteUserCommand(),  explainCommand(),    schemaCommand(),     generateCommand(), dumpCommand(),
      restoreCommand(),     doctorCommand(),     keysCreateCommand(), keysListCommand(), keysRevokeCommand(),
      configShowCommand(),  completionCommand(), versionCommand()};
  return kCommands;
}

const Command* findCommand(std::string_view name) {
  for (const Command& command : allCommands())
    if (command.name == name) return &command;
  return nullptr;
}

std::span<const Option> commonOptions() {
  static const std::vector<Option> kOptions{
      {.name = "server",
       .letter = 's',
       .value = "URL",
       .help = "The server to talk to",
       .defaultValue = std::string(client::kDefaultServer),
       .setting = true},
      {.name = "token-file",
       .value = "FILE",
       .help = "A file with the server's token: sent by clients, asked for by serve",
       .kind = ValueKind::kFile,
       .setting = true},
      {.name = "ca-file",
       .value = "FILE",
       .help = "The certificates (PEM) that an https server's must be signed by (default: the system's)",
       .kind = ValueKind::kFile,
       .setting = true},
      {.name = "config",
       .value = "FILE",
       .help = "The configuration file (default ~/.config/proffer/config.yaml, if it is there)",
       .kind = ValueKind::kFile},
      {.name = "help", .letter = 'h', .help = "Show this help"},
  };
  return kOptions;
}

std::vector<Option> allSettings() {
  std::vector<Option> settings;
  const auto add = [&](std::span<const Option> options) {
    for (const Option& option : options) {
      const bool known = std::any_of(settings.begin(), settings.end(),
                                     [&](const Option& other) { return other.name == option.name; });
      if (option.setting && !known) settings.push_back(option);
    }
  };
  add(commonOptions());
  for (const Command& command : allCommands()) add(command.options);
  return settings;
}

std::string environmentName(std::string_view option) {
  std::string name = "PROFFER_" + upper(option);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace proffer::cli
