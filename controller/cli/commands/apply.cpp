// proffer apply: make the server's objects as the manifests say.
#include <algorithm>

#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/manifest_input.h"
#include "controller/cli/objects.h"
#include "controller/cli/set_options.h"
#include "controller/cli/waiting.h"

namespace proffer::cli {
namespace {

Colour colourOf(const std::string& action) {
  if (action == "created" || action == "recreated") return Colour::kGreen;
  if (action == "configured") return Colour::kYellow;
  if (action == "pruned") return Colour::kRed;
  return Colour::kNone;
}

/// The controller looks at a change, and at whom it concerns, within a few milliseconds.
constexpr Duration kCalm = std::chrono::milliseconds(400);

std::vector<Goal> goalsOf(const client::ApplyAnswer& answer) {
  std::vector<Goal> goals;
  for (const client::ApplyOutcome& outcome : answer.outcomes) {
    Goal goal{.key = outcome.key};
    if (outcome.action == "pruned") goal.condition.clear();
    goals.push_back(std::move(goal));
  }
  return goals;
}

Result<ExitCode> executeApply(Context& context) {
  Console& console = context.console;
  PROFFER_TRY(std::vector<ManifestText> texts, readInput(console, context.arguments.list("file")));
  PROFFER_TRY(client::ApplyOptions options, readSetOptions(context.arguments));
  options.dryRun = context.arguments.has("dry-run");
  PROFFER_TRY(client::ApplyAnswer answer, applyTexts(context, texts, options));
  for (const client::ApplyOutcome& outcome : answer.outcomes)
    console.out << fmt::format("{} {}{}\n", displayName(outcome.key),
                               console.paint(colourOf(outcome.action), outcome.action),
                               options.dryRun ? " (dry run)" : "");
  console.out.flush();
  if (!context.arguments.has("wait") || options.dryRun) return ExitCode::kDone;
  WaitOptions waiting;
  waiting.goals = goalsOf(answer);
  waiting.timeout = context.arguments.duration("timeout").value_or(std::chrono::minutes(10));
  waiting.stopAtSettled = true;
  waiting.throughChanges = true;
  if (std::any_of(answer.outcomes.begin(), answer.outcomes.end(),
                  [](const auto& outcome) { return outcome.action != "unchanged"; }))
    waiting.calm = kCalm;
  return waitForGoals(context, waiting);
}

}  // namespace

Command applyCommand() {
  std::vector<Option> options = setOptions();
  options.insert(options.begin(), filesOption());
  options.push_back({.name = "dry-run", .help = "Say what would be done, and do nothing"});
  options.push_back({.name = "wait", .help = "Wait until everything is ready"});
  options.push_back({.name = "timeout",
                     .value = "DURATION",
                     .help = "How long --wait waits",
                     .kind = ValueKind::kDuration,
                     .defaultValue = "10m"});
  return {
      .name = "apply",
      .summary = "Make the server's objects as the manifests say",
      .description =
          "All of the set is applied or, if anything is refused, nothing. The order of the documents "
          "does not "
          "matter. A line for each object says created, configured, unchanged, recreated or pruned.\n"
          "With --wait, progress is shown on stderr until everything is ready and nothing that the set "
          "changed is under way any more (exit code 0); when the time is over, what blocks each object is "
          "printed (exit code 3). Exit code 1: something was refused, will not become ready, or is "
          "degraded: a dataset whose new files cannot be imported goes on with the data it had.",
      .examples = {{"proffer apply -f shop/", "all manifests below shop/"},
                   {"proffer apply -f shop/ --wait", "and wait until everything is ready"},
                   {"proffer apply -f shop/ --set shop --prune", "delete what the set no longer holds"},
                   {"proffer apply -f - < group.yaml", "from standard input"}},
      .options = std::move(options),
      .run = executeApply};
}

}  // namespace proffer::cli
