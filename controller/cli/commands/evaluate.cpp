// proffer evaluate: measure a solution on held-out events, beside others and beside yardsticks.
#include <filesystem>
#include <fstream>
#include <set>

#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/flag_names.h"
#include "controller/cli/live_lines.h"
#include "controller/cli/objects.h"
#include "controller/cli/table.h"

namespace proffer::cli {
namespace {

constexpr int64_t kLargestInteger = 1 << 30;

// The files of a split below one directory, as their pieces come.
class SplitFiles {
 public:
  explicit SplitFiles(std::string directory) : directory_(std::move(directory)) {}

  Result<void> add(const std::string& name, const std::string& text) {
    // The names are the server's: nothing outside the directory is written.
    const bool plain = !name.empty() && name.front() != '/' && name.find("..") == std::string::npos;
    if (!plain) return fail(ErrorCode::kInternal, "the server named a file {}", proffer::quoted(name));
    const std::filesystem::path path = std::filesystem::path(directory_) / name;
    if (name != open_) {
      std::error_code problem;
      std::filesystem::create_directories(path.parent_path(), problem);
      file_.close();
      file_.clear();
      const auto mode = begun_.insert(name).second ? std::ios::trunc : std::ios::app;
      file_.open(path, std::ios::binary | std::ios::out | mode);
      open_ = name;
    }
    file_ << text;
    file_.flush();
    if (file_) return {};
    return fail(makeError(ErrorCode::kIo, "cannot write {}", proffer::quoted(path.string()))
                    .in("--dump-split")
                    .hinting("is there room, and may you write there?"));
  }
  size_t files() const { return begun_.size(); }

 private:
  std::string directory_;
  std::set<std::string> begun_;
  std::string open_;
  std::ofstream file_;
};

std::optional<int> smallInteger(const Arguments& arguments, const char* name) {
  if (!arguments.has(name)) return std::nullopt;
  return static_cast<int>(std::clamp<int64_t>(arguments.integer(name, 0), -1, kLargestInteger));
}

Result<client::EvaluationRequest> evaluationOf(const Arguments& arguments) {
  client::EvaluationRequest request;
  PROFFER_TRY(const Target target, readTarget(arguments, "solution", "movies/taste"));
  request.target = target.group + "/" + target.name;
  request.against = arguments.list("against");
  request.protocol = arguments.text("protocol");
  request.allFolds = arguments.has("folds");
  request.repeats = smallInteger(arguments, "repeats");
  request.seed = smallInteger(arguments, "seed");
  request.ties = arguments.text("ties");
  request.split = arguments.has("dump-split");
  return request;
}

std::string phaseText(const Json& progress) {
  const int64_t done = intMember(progress, "done"), total = intMember(progress, "total");
  const std::string phase = stringMember(progress, "phase");
  if (total <= 0) return phase;
  return fmt::format("{}: {} of {} {}", phase, withThousands(done), withThousands(total),
                     stringMember(progress, "unit"));
}

double figureOf(const Json& figures, std::string_view name) {
  const Json& value = member(figures, name);
  return value.is_number() ? value.get<double>() : 0;
}

std::pair<double, double> intervalOf(const Json& intervals, std::string_view name) {
  const Json& pair = member(intervals, name);
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) return {0, 0};
  return {pair[0].get<double>(), pair[1].get<double>()};
}

constexpr std::string_view kMainFigure = "normalized_discounted_cumulative_gain_at_10";

Cell differenceCell(const Json& method) {
  const double difference = figureOf(member(method, "difference"), kMainFigure);
  const auto [low, high] = intervalOf(member(method, "differenceIntervals"), kMainFigure);
  const Colour colour = low > 0 ? Colour::kGreen : high < 0 ? Colour::kRed : Colour::kNone;
  return Cell(fmt::format("{:+.4f} ({:+.4f} to {:+.4f})", difference, low, high), colour);
}

void printTask(Console& console, const Json& task) {
  static const std::map<std::string, std::string> kMeanings = {
      {"NEW", "what the user has met before is left out, of lists and of truth"},
      {"ANY", "nothing is left out: what was met before may be answered again"},
      {"FILTERED", "what the automatic filter removes is left out of the lists"}};
  const std::string name = stringMember(task, "name");
  const auto meaning = kMeanings.find(name);
  console.out << fmt::format("\n{}: {} lists for {} users; {}\n", name,
                             withThousands(intMember(task, "cases")), withThousands(intMember(task, "users")),
                             meaning == kMeanings.end() ? "" : meaning->second);
  Table table(
      {"METHOD", "NDCG@10", "95 % OF USERS", "DIFFERENCE (95 %)", "P@10", "HIT@10", "MRR@25", "COVERAGE"});
  for (const size_t right : {1, 4, 5, 6, 7}) table.alignRight(right);
  bool first = true;
  std::vector<std::string> leftOut;
  for (const Json& method : member(task, "methods")) {
    const std::string label =
        stringMember(method, "name") + (boolMember(method, "yardstick") ? " (yardstick)" : "");
    if (const std::string why = stringMember(method, "leftOut"); !why.empty()) {
      leftOut.push_back(label + ": " + why);
      continue;
    }
    const Json& metrics = member(method, "metrics");
    const auto [low, high] = intervalOf(member(method, "intervals"), kMainFigure);
    const auto shown = [&](std::string_view figure) {
      return fmt::format("{:.4f}", figureOf(metrics, figure));
    };
    table.add({label, shown(kMainFigure), fmt::format("{:.4f} to {:.4f}", low, high),
               first ? Cell("") : differenceCell(method), shown("precision_at_10"), shown("hit_rate_at_10"),
               shown("mean_reciprocal_rank_at_25"), shown("coverage")});
    first = false;
  }
  table.print(console);
  for (const std::string& line : leftOut) console.out << "left out: " << line << '\n';
}

void printComparison(Console& console, const Json& result, const std::string& target) {
  console.out << fmt::format(
      "{}: protocol {}, seed {}; {} users with {} events trained on, {} items; {}\n", target,
      stringMember(result, "protocol"), intMember(result, "seed"),
      withThousands(intMember(result, "trainingUsers")), withThousands(intMember(result, "trainingRows")),
      withThousands(intMember(result, "catalogueItems")),
      intMember(result, "runs") == 1 ? "one run" : fmt::format("{} runs", intMember(result, "runs")));
  for (const Json& task : member(result, "tasks")) printTask(console, task);
}

Result<ExitCode> executeEvaluate(Context& context) {
  PROFFER_TRY(const client::EvaluationRequest request, evaluationOf(context.arguments));
  PROFFER_TRY(client::Client client, context.connect());
  const std::string directory = context.arguments.text("dump-split");
  SplitFiles files(directory);
  std::optional<Error> failure;
  Result<Json> result = Json();
  {
    LiveLines live(context.console);
    result = client.evaluate(request, [&](const Json& line) {
      if (const Json& progress = member(line, "progress"); progress.is_object() && live.enabled())
        live.show({phaseText(progress)});
      const Json& split = member(line, "split");
      if (!split.is_object()) return true;
      if (const auto added = files.add(stringMember(split, "file"), stringMember(split, "text")); !added)
        failure = added.error();
      return !failure;
    });
  }
  if (failure) return fail(*failure);
  if (!result)
    return fail(inFlags(result.error(), {{"target", ""},
                                         {"group", ""},
                                         {"against", "--against"},
                                         {"protocol", "--protocol"},
                                         {"allFolds", "--folds"},
                                         {"repeats", "--repeats"},
                                         {"seed", "--seed"},
                                         {"ties", "--ties"}}));
  Console& console = context.console;
  if (context.arguments.text("output") == "json")
    console.out << dumpJson(*result, 2) << '\n';
  else
    printComparison(console, *result, request.target);
  if (request.split) console.err << fmt::format("{} files in {}\n", files.files(), directory);
  return ExitCode::kDone;
}

std::vector<Option> evaluateOptions() {
  return {
      groupOption(),
      {.name = "against",
       .value = "NAME",
       .help = "A version or solution of the group, a recipe or a use case, to compare with",
       .repeatable = true},
      {.name = "protocol",
       .value = "NAME",
       .help = "What is held out: users (one in ten), leave-last, rolling (the last 10 events in turn), or "
               "following (each event is a query, for related items)",
       .kind = ValueKind::kChoice,
       .defaultValue = "users",
       .choices = {"users", "leave-last", "rolling", "following"}},
      {.name = "folds", .help = "All ten tenths of the users in turn, instead of the first"},
      {.name = "repeats",
       .value = "N",
       .help = "So many seeds and orders of ties in time",
       .kind = ValueKind::kInteger},
      {.name = "seed", .value = "N", .help = "Another seed than the solution's", .kind = ValueKind::kInteger},
      {.name = "ties",
       .value = "ORDER",
       .help = "How events of the same second are ordered; item-id flatters every method",
       .kind = ValueKind::kChoice,
       .defaultValue = "hash",
       .choices = {"hash", "item-id"}},
      {.name = "dump-split",
       .value = "DIR",
       .help = "Write the split and all lists there, as CSV files for a score of your own",
       .kind = ValueKind::kDirectory},
      {.name = "output",
       .letter = 'o',
       .value = "FORM",
       .help = "The form",
       .kind = ValueKind::kChoice,
       .defaultValue = "table",
       .choices = {"table", "json"}}};
}

}  // namespace

Command evaluateCommand() {
  return {
      .name = "evaluate",
      .summary = "Measure a solution on held-out events, beside yardsticks",
      .description =
          "The server trains on a part of the events and asks for the rest (docs/evaluation.md); nothing "
          "that is "
          "served changes. Popularity, repeat last, windowed counts and EASE stand beside every result; "
          "differences are from the first line, with the interval that 95 % of redrawn users give. Ending "
          "the "
          "command ends the measuring.",
      .examples = {{"proffer evaluate shop/taste", "on the service's split"},
                   {"proffer evaluate shop/taste --against aws-popularity-count --against taste-3 --folds",
                    "beside a recipe and a version, on all ten folds"},
                   {"proffer evaluate shop/also-viewed --protocol following -o json",
                    "every event as a query"},
                   {"proffer evaluate shop/taste --protocol leave-last --dump-split split",
                    "with everything that is needed to score it yourself"}},
      .positionals = {{.name = "GROUP/NAME",
                       .help = "A solution, recommender, campaign or solution version",
                       .required = true}},
      .options = evaluateOptions(),
      .run = executeEvaluate};
}

}  // namespace proffer::cli
