// proffer diff: what apply would change.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/manifest_input.h"
#include "controller/cli/objects.h"
#include "controller/cli/set_options.h"

namespace proffer::cli {
namespace {

std::string valueText(const Json& value) {
  return value.is_null() ? "(none)" : dumpJson(value);
}

void printOutcome(Console& console, const client::ApplyOutcome& outcome) {
  const std::string name = displayName(outcome.key);
  if (outcome.action == "created") {
    console.out << console.paint(Colour::kGreen, "+ " + name) << '\n';
  } else if (outcome.action == "pruned") {
    console.out << console.paint(Colour::kRed, "- " + name) << '\n';
  } else {
    const bool again = outcome.action == "recreated";
    console.out << console.paint(Colour::kYellow, (again ? "-/+ " : "~ ") + name)
                << (again ? " (deleted and created again)" : "") << '\n';
  }
  for (const FieldChange& change : outcome.changes)
    console.out << fmt::format("    {}: {} -> {}\n", change.path,
                               console.paint(Colour::kRed, valueText(change.before)),
                               console.paint(Colour::kGreen, valueText(change.after)));
}

Result<ExitCode> compare(Context& context) {
  PROFFER_TRY(std::vector<ManifestText> texts, readInput(context.console, context.arguments.list("file")));
  PROFFER_TRY(client::ApplyOptions options, readSetOptions(context.arguments));
  options.dryRun = true;
  PROFFER_TRY(client::ApplyAnswer answer, applyTexts(context, texts, options));
  bool differs = false;
  for (const client::ApplyOutcome& outcome : answer.outcomes) {
    if (outcome.action == "unchanged") continue;
    differs = true;
    printOutcome(context.console, outcome);
  }
  return differs ? ExitCode::kNo : ExitCode::kDone;
}

// A script must be able to tell "differs" from every kind of trouble, so what apply would refuse is trouble
// here.
Result<ExitCode> executeDiff(Context& context) {
  auto outcome = compare(context);
  if (outcome) return outcome;
  context.console.printError(outcome.error());
  return ExitCode::kTrouble;
}

}  // namespace

Command diffCommand() {
  std::vector<Option> options = setOptions();
  options.insert(options.begin(), filesOption());
  return {.name = "diff",
          .summary = "Show what apply would change",
          .description =
              "Exit code 0: nothing; 1: something; 2: trouble, also if apply would be refused. Defaults are "
              "filled in before comparing, so what is shown is what would be done.",
          .examples = {{"proffer diff -f shop/", "what `apply -f shop/` would do"},
                       {"proffer diff -f shop/ --set shop --prune", "with what would be deleted"}},
          .options = std::move(options),
          .run = executeDiff};
}

}  // namespace proffer::cli
