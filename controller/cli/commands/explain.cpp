// proffer explain: what a kind or a field of it means.
#include "controller/cli/commands/commands.h"
#include "manifests/documentation.h"

namespace proffer::cli {
namespace {

Result<ExitCode> executeExplain(Context& context) {
  auto text = explain(context.arguments.positional(0));
  if (!text) {
    Error error = std::move(text).error();
    error.code = ErrorCode::kInvalidInput;
    return fail(std::move(error));
  }
  context.console.out << *text;
  if (!text->ends_with('\n')) context.console.out << '\n';
  return ExitCode::kDone;
}

}  // namespace

Command explainCommand() {
  return {.name = "explain",
          .summary = "Say what a kind or a field of it means",
          .description = "The text comes from the table that manifests are checked against.",
          .examples = {{"proffer explain dataset", "the fields of a Dataset"},
                       {"proffer explain dataset.spec.sources.csv", "one field"}},
          .positionals = {{.name = "KIND[.FIELD]",
                           .help = "A kind, with a path of fields after dots",
                           .required = true,
                           .kind = ValueKind::kKind}},
          .run = executeExplain};
}

}  // namespace proffer::cli
