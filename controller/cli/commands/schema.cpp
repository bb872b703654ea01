// proffer schema: the JSON schema of manifests, for editors, and their reference, for people.
#include "controller/cli/commands/commands.h"
#include "manifests/documentation.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeSchema(Context& context) {
  if (context.arguments.text("output") == "markdown") {
    context.console.out << manifestReference();
  } else {
    context.console.out << dumpJson(manifestSchema(), 2) << '\n';
  }
  return ExitCode::kDone;
}

}  // namespace

Command schemaCommand() {
  return {.name = "schema",
          .summary = "Print the JSON schema of manifests, for editors",
          .description =
              "Editors that know JSON schemas complete and check manifests with it; markdown is the "
              "reference in docs/manifests.md.",
          .examples = {{"proffer schema > proffer.schema.json", "for # yaml-language-server: $schema=..."}},
          .options = {{.name = "output",
                       .letter = 'o',
                       .value = "FORM",
                       .help = "The form",
                       .kind = ValueKind::kChoice,
                       .defaultValue = "json",
                       .choices = {"json", "markdown"}}},
          .run = executeSchema};
}

}  // namespace proffer::cli
