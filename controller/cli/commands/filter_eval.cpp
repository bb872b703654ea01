// proffer filter eval: which items pass a filter, and why one does or does not.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/flag_names.h"
#include "controller/cli/objects.h"
#include "controller/cli/table.h"

namespace proffer::cli {
namespace {

Result<client::FilterTrial> trialOf(const Arguments& arguments) {
  client::FilterTrial trial;
  PROFFER_TRY(Target target, readTarget(arguments, "filter", "movies/unseen"));
  trial.group = std::move(target.group);
  trial.filter = std::move(target.name);
  trial.userId = arguments.text("user");
  trial.itemId = arguments.text("item");
  PROFFER_TRY(trial.filterValues, pairsOf(arguments, "param", true));
  trial.sample = static_cast<int>(std::clamp<int64_t>(arguments.integer("num", 20), 0, 1 << 30));
  trial.explainItem = arguments.text("explain-item");
  return trial;
}

void printSample(Console& console, const client::FilterOutcome& outcome) {
  if (outcome.sample.empty()) return;
  bool titles = false;
  for (const client::RecommendedItem& item : outcome.sample) titles = titles || !item.title.empty();
  Table table(titles ? std::vector<std::string>{"ITEM", "TITLE"} : std::vector<std::string>{"ITEM"});
  for (const client::RecommendedItem& item : outcome.sample) {
    std::vector<Cell> row{item.itemId};
    if (titles) row.emplace_back(item.title);
    table.add(std::move(row));
  }
  console.out << '\n';
  table.print(console);
}

void printFinding(Console& console, const client::FilterFinding& finding, size_t depth) {
  const std::string mark =
      finding.passes ? console.paint(Colour::kGreen, "yes") : console.paint(Colour::kRed, "no ");
  console.out << std::string(2 * depth, ' ') << mark << "  " << finding.text;
  if (!finding.found.empty()) console.out << console.paint(Colour::kFaint, "   found " + finding.found);
  console.out << '\n';
  for (const client::FilterFinding& part : finding.parts) printFinding(console, part, depth + 1);
}

void printExplanation(Console& console, const client::FilterOutcome& outcome, const std::string& item) {
  console.out << fmt::format("\n{} {}: {}\n", item, outcome.passes ? "passes" : "does not pass",
                             outcome.reason);
  for (const client::FilterClause& clause : outcome.clauses) {
    console.out << fmt::format("\n{}\n", clause.text);
    if (clause.condition) printFinding(console, *clause.condition, 1);
    if (!clause.applies)
      console.out << "  does not apply: " << clause.whyNot << '\n';
    else if (clause.where)
      printFinding(console, *clause.where, 1);
  }
}

Result<ExitCode> executeFilterEval(Context& context) {
  PROFFER_TRY(const client::FilterTrial trial, trialOf(context.arguments));
  PROFFER_TRY(client::Client client, context.connect());
  PROFFER_CHECK(checkParams(client, trial.group, trial.filter, trial.filterValues));
  const auto tried = client.tryFilter(trial);
  if (!tried)
    return fail(inFlags(tried.error(), {{"userId", "--user"},
                                        {"itemId", "--item"},
                                        {"filterValues", "--param"},
                                        {"sample", "--num"},
                                        {"explainItem", "--explain-item"},
                                        {"filter", ""},
                                        {"group", ""}}));
  const client::FilterOutcome& outcome = *tried;
  Console& console = context.console;
  console.out << outcome.canonical << '\n'
              << fmt::format("{} of {} items pass\n", withThousands(outcome.passing),
                             withThousands(outcome.items));
  printSample(console, outcome);
  if (outcome.explained) printExplanation(console, outcome, trial.explainItem);
  return ExitCode::kDone;
}

}  // namespace

Command filterEvalCommand() {
  return {
      .name = "filter eval",
      .summary = "Show which items pass a filter, and why",
      .description =
          "Counts the items that may be recommended and pass, and shows some of them, spread evenly. "
          "--explain-item says of one item, test by test, what it has and why it passes or does not.",
      .examples = {{"proffer filter eval movies/unseen --user 1", "what a user has not seen"},
                   {"proffer filter eval movies/genres --param GENRE=Comedy,Drama -n 5",
                    "with a placeholder"},
                   {"proffer filter eval movies/unseen --user 1 --explain-item 318", "why not that one?"}},
      .positionals = {{.name = "GROUP/NAME", .help = "The filter", .required = true}},
      .options =
          {groupOption(),
           {.name = "user", .letter = 'u', .value = "ID", .help = "The user who asks"},
           {.name = "item", .letter = 'i', .value = "ID", .help = "The item asked about (CurrentItem)"},
           paramOption(),
           {.name = "num",
            .letter = 'n',
            .value = "N",
            .help = "How many items to show (20)",
            .kind = ValueKind::kInteger},
           {.name = "explain-item", .value = "ID", .help = "An item to explain"}},
      .run = executeFilterEval};
}

}  // namespace proffer::cli
