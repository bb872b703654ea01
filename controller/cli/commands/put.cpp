// proffer put events|items|users: live data from a file or from a pipe.
#include <fstream>

#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/live_lines.h"
#include "controller/cli/objects.h"
#include "controller/cli/row_input.h"

namespace proffer::cli {
namespace {

constexpr int64_t kMostRows = 1000;
constexpr int64_t kBatchRows = 500;
constexpr int kTries = 5;

struct Totals {
  int64_t rows = 0;
  int64_t stored = 0;
  int64_t duplicates = 0;
};

// A batch whose answer got lost is sent again: what was stored is not stored twice.
Result<client::PutAnswer> send(client::Client& client, const std::string& group, const std::string& what,
                               const RowBatch& batch, RowFormat format, std::vector<Error>& all) {
  const char* type = format == RowFormat::kCsv ? "text/csv" : "application/x-ndjson";
  for (int attempt = 1;; ++attempt) {
    all.clear();
    auto answer = client.put(group, what, batch.body, type, &all);
    const bool mayPass =
        !answer && (answer.error().code == ErrorCode::kUnavailable || answer.error().code == ErrorCode::kIo);
    if (!mayPass || attempt == kTries) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds(200) * (1 << attempt));
  }
}

// "events[17].itemId" of a batch is a line of the file.
Error inFile(Error error, const std::string& name, const RowBatch& batch) {
  const size_t open = error.field.find('['), close = error.field.find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return error;
  size_t row = 0;
  for (size_t i = open + 1; i < close; ++i) {
    if (error.field[i] < '0' || error.field[i] > '9') return error;
    row = row * 10 + static_cast<size_t>(error.field[i] - '0');
  }
  if (row >= batch.lines.size()) return error;
  std::string rest = error.field.substr(close + 1);
  if (rest.starts_with('.')) rest.erase(0, 1);
  for (const std::string_view prefix : {"properties."})
    if (rest.starts_with(prefix)) rest.erase(0, prefix.size());
  error.field = std::move(rest);
  error.position = {name, static_cast<int>(batch.lines[row]), 0};
  return error;
}

std::string summary(const Totals& totals, const std::string& what) {
  const std::string word = totals.stored == 1 ? what.substr(0, what.size() - 1) : what;
  std::string text = fmt::format("{} {} stored", withThousands(totals.stored), word);
  if (totals.duplicates > 0)
    text += fmt::format(", {} {} there already", withThousands(totals.duplicates),
                        totals.duplicates == 1 ? "was" : "were");
  return text;
}

Result<Totals> putAll(Context& context, client::Client& client, RowInput& input, RowFormat format,
                      const std::string& name, const std::string& what) {
  Console& console = context.console;
  LiveLines lines(console);
  Totals totals;
  totals.rows = context.arguments.integer("skip", 0);
  std::string warned;
  for (;;) {
    auto batch = input.next();
    if (!batch) {
      Error error = std::move(batch).error();
      error.position.file = name;
      return fail(std::move(error));
    }
    if (batch->lines.empty()) return totals;
    std::vector<Error> all;
    const auto answer = send(client, context.arguments.text("group"), what, *batch, format, all);
    if (!answer) {
      lines.clear();
      for (size_t i = 1; i < all.size(); ++i) console.printError(inFile(all[i], name, *batch));
      if (totals.rows > 0)
        console.err << fmt::format(
            "the first {} rows are done; go on with --skip {} (rows that are there already are not stored "
            "twice)\n",
            withThousands(totals.rows), totals.rows);
      return fail(inFile(answer.error(), name, *batch));
    }
    totals.rows += static_cast<int64_t>(batch->lines.size());
    totals.stored += answer->stored;
    totals.duplicates += answer->duplicates;
    for (const std::string& warning : answer->warnings) {
      if (!warned.empty()) continue;
      warned = warning;
      lines.clear();
      console.err << fmt::format("warning: {}:{}: {}\n", name, batch->lines.front(), warning);
    }
    if (lines.enabled()) lines.show({fmt::format("{} {}", withThousands(totals.rows), what)});
  }
}

Result<ExitCode> put(Context& context, const std::string& what) {
  const Arguments& arguments = context.arguments;
  if (arguments.text("group").empty())
    return fail(makeError(ErrorCode::kInvalidInput, "the group is to be named").hinting("say -g GROUP"));
  const int64_t rows = arguments.integer("batch", kBatchRows);
  if (rows < 1 || rows > kMostRows)
    return fail(makeError(ErrorCode::kInvalidInput, "{} is not from 1 to {}", rows, kMostRows).in("--batch"));
  const std::string file = arguments.text("file");
  const bool piped = file == "-";
  std::ifstream opened;
  if (!piped) {
    opened.open(file, std::ios::binary);
    if (!opened)
      return fail(
          makeError(ErrorCode::kInvalidInput, "{} cannot be read", proffer::quoted(file)).in("--file"));
  }
  std::istream& in = piped ? context.console.in : opened;
  std::string begin(1, static_cast<char>(in.peek()));
  RowFormat format = rowFormatOf(piped ? "" : file, begin);
  if (const std::string given = arguments.text("format"); !given.empty())
    format = given == "csv" ? RowFormat::kCsv : RowFormat::kNdjson;
  RowInput input(in, format, static_cast<size_t>(rows));
  PROFFER_CHECK(input.skip(arguments.integer("skip", 0)));
  PROFFER_TRY(client::Client client, context.connect());
  PROFFER_TRY(const Totals totals, putAll(context, client, input, format, piped ? "<stdin>" : file, what));
  context.console.out << summary(totals, what) << '\n';
  return ExitCode::kDone;
}

Command putCommand(const std::string& what, std::string summaryText, std::string description,
                   std::vector<Example> examples) {
  return {.name = "put " + what,
          .summary = std::move(summaryText),
          .description = std::move(description),
          .examples = std::move(examples),
          .options = {groupOption(),
                      {.name = "file",
                       .letter = 'f',
                       .value = "FILE",
                       .help = "The rows; - for standard input",
                       .kind = ValueKind::kFile,
                       .defaultValue = "-"},
                      {.name = "format",
                       .value = "FORM",
                       .help = "What the rows are; otherwise the file's name or its first character says it",
                       .kind = ValueKind::kChoice,
                       .choices = {"ndjson", "csv"}},
                      {.name = "batch",
                       .value = "N",
                       .help = "Rows in a request, at most 1000",
                       .kind = ValueKind::kInteger,
                       .defaultValue = "500"},
                      {.name = "skip",
                       .value = "N",
                       .help = "Leave out the first N rows",
                       .kind = ValueKind::kInteger,
                       .defaultValue = "0"}},
          .run = [what](Context& context) { return put(context, what); }};
}

constexpr const char* kForms =
    "Rows are JSON objects, one a line, or CSV with a header. Names of columns match without regard to case "
    "and "
    "underscores. A batch is stored as a whole or not at all; what is wrong is said with its line. A file "
    "may be put "
    "again: rows that are there already are not stored twice.";

}  // namespace

Command putEventsCommand() {
  return putCommand(
      "events", "Put events into a group",
      std::string("Stores interactions, which are in the next answer. ") + kForms +
          " That needs a time (TIMESTAMP, in epoch seconds) or an event id in each row; without a time "
          "the server's is taken.",
      {{"proffer put events -g shop -f clicks.ndjson", "from a file"},
       {"tail -F clicks.ndjson | proffer put events -g shop --batch 1", "as they happen"}});
}

Command putItemsCommand() {
  return putCommand("items", "Put items into a group",
                    std::string("Stores items, each in place of the one with its id. ") + kForms,
                    {{"proffer put items -g shop -f products.csv", "from a file"}});
}

Command putUsersCommand() {
  return putCommand("users", "Put users into a group",
                    std::string("Stores users, each in place of the one with its id. ") + kForms,
                    {{"proffer put users -g shop -f customers.csv", "from a file"}});
}

}  // namespace proffer::cli
