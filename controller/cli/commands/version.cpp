// proffer version: which program this is, and which server answers.
#include "controller/cli/commands/commands.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeVersion(Context& context) {
  context.console.out << "proffer " << PROFFER_VERSION << '\n';
  if (!context.arguments.has("with-server")) return ExitCode::kDone;
  PROFFER_TRY(client::Client client, context.connect());
  PROFFER_TRY(const std::string version, client.serverVersion());
  context.console.out << fmt::format("server  {} at {}\n", version, client.server());
  return ExitCode::kDone;
}

}  // namespace

Command versionCommand() {
  return {.name = "version",
          .summary = "Print the version",
          .examples = {{"proffer version", "of this program"},
                       {"proffer version --with-server", "and of the server it talks to"}},
          .options = {{.name = "with-server", .help = "Ask the server for its version as well"}},
          .run = executeVersion};
}

}  // namespace proffer::cli
