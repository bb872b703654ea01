// proffer config show: every setting, its value, and where it came from.
#include "base/text.h"
#include "controller/cli/command_table.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/settings.h"
#include "controller/cli/table.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeConfigShow(Context& context) {
  Arguments all = context.arguments;
  const std::vector<Option> settings = allSettings();
  if (const std::vector<Error> errors = completeArguments(all, settings, context.console); !errors.empty()) {
    context.console.printErrors(errors);
    return ExitCode::kTrouble;
  }
  if (context.arguments.text("output") == "json") {
    Json out = Json::object();
    for (const Option& option : settings) {
      Json value = nullptr;
      if (option.several)
        value = all.list(option.name);
      else if (all.has(option.name))
        value = all.text(option.name);
      const auto found = all.options.find(option.name);
      out[option.name] = {{"value", value},
                          {"from", found == all.options.end() ? "default" : found->second.origin}};
    }
    context.console.out << dumpJson(out, 2) << '\n';
    return ExitCode::kDone;
  }
  Table table({"SETTING", "VALUE", "FROM"});
  for (const Option& option : settings) {
    const auto found = all.options.find(option.name);
    table.add({option.name, join(all.list(option.name), " "),
               found == all.options.end() ? "default" : found->second.origin});
  }
  table.print(context.console);
  return ExitCode::kDone;
}

}  // namespace

Command configShowCommand() {
  return {.name = "config show",
          .summary = "Show every setting, its value, and where it came from",
          .description =
              "A flag wins over PROFFER_* in the environment, that over the configuration file, that over "
              "the default. Tokens stand in files of their own, so nothing shown is secret.",
          .examples = {{"proffer config show", "what a command would use now"},
                       {"PROFFER_SERVER=db1:7420 proffer config show", "from the environment"}},
          .options = {{.name = "output",
                       .letter = 'o',
                       .value = "FORM",
                       .help = "The form",
                       .kind = ValueKind::kChoice,
                       .defaultValue = "table",
                       .choices = {"table", "json"}}},
          .run = executeConfigShow};
}

}  // namespace proffer::cli
