// proffer get: objects as a table, YAML, JSON or names; once, or as they change.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "controller/cli/columns.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/job_board.h"
#include "controller/cli/objects.h"
#include "controller/cli/table.h"
#include "manifests/reader.h"

namespace proffer::cli {
namespace {

constexpr Duration kPollEvery = std::chrono::seconds(1);

struct View {
  std::string form;  ///< table, wide, yaml, json, name
  const KindTable* kind = nullptr;
  ColumnChoice columns;
  bool headers = true;

  bool isTable() const { return form == "table" || form == "wide"; }
};

Table makeTable(const std::vector<Column>& columns) {
  std::vector<std::string> headers;
  for (const Column& column : columns) headers.push_back(column.header);
  Table table(headers);
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].right) table.alignRight(i);
  return table;
}

std::vector<Cell> cellsOf(const std::vector<Column>& columns, const Resource& resource, const JobBoard& board,
                          Time now) {
  const Row row{resource, board.of(resource.key()), now};
  std::vector<Cell> cells;
  for (const Column& column : columns) cells.push_back(column.cell(row));
  return cells;
}

void printTable(Console& console, const View& view, const std::vector<Resource>& resources,
                const JobBoard& board) {
  std::vector<Column> columns = columnsOf(view.kind, view.columns);
  // A column that says nothing now is left out, but only the one that mostly does.
  const Time now = console.clock.now();
  const bool anyJob = std::any_of(resources.begin(), resources.end(), [&](const Resource& resource) {
    return board.of(resource.key()) != nullptr;
  });
  if (!anyJob) std::erase_if(columns, [](const Column& column) { return column.header == "PROGRESS"; });
  Table table = makeTable(columns);
  for (const Resource& resource : resources) table.add(cellsOf(columns, resource, board, now));
  table.print(console, view.headers);
}

void printResources(Console& console, const View& view, const std::vector<Resource>& resources,
                    const JobBoard& board, bool single) {
  if (view.form == "json") {
    if (single) {
      console.out << dumpJson(toJson(resources.front()), 2) << '\n';
      return;
    }
    Json items = Json::array();
    for (const Resource& resource : resources) items.push_back(toJson(resource));
    console.out << dumpJson(Json{{"items", items}}, 2) << '\n';
  } else if (view.form == "yaml") {
    for (size_t i = 0; i < resources.size(); ++i)
      console.out << (i == 0 ? "" : "---\n") << toYaml(resources[i], true);
  } else if (view.form == "name") {
    for (const Resource& resource : resources) console.out << displayName(resource.key()) << '\n';
  } else {
    printTable(console, view, resources, board);
  }
}

// One object as it is now, in a stream of them.
void printChange(Console& console, const View& view, const Resource& resource, bool deleted) {
  if (view.form == "json") {
    Json json = toJson(resource);
    if (deleted) json["deleted"] = true;
    console.out << dumpJson(json) << '\n';
  } else if (view.form == "yaml") {
    console.out << "---\n" << (deleted ? "# deleted\n" : "") << toYaml(resource, true);
  } else {
    console.out << displayName(resource.key()) << (deleted ? " deleted" : "") << '\n';
  }
  console.out.flush();
}

class Watching {
 public:
  Watching(Context& context, client::Client client, View view, const Selection& selection,
           std::map<std::string, std::string> labels)
      : console_(context.console),
        client_(std::move(client)),
        view_(std::move(view)),
        name_(selection.name),
        query_{.kind = selection.kind == nullptr ? "" : selection.kind->kind,
               .group = selection.group,
               .labels = std::move(labels)},
        columns_(columnsOf(view_.kind, view_.columns)),
        table_(makeTable(columns_)) {}

  Result<ExitCode> run() {
    PROFFER_CHECK(list());
    while (console_.out) {  // until the reader of our output is gone, or the user ends the program
      auto answer = client_.watch(version_, query_, kPollEvery);
      if (!answer && answer.error().code == ErrorCode::kGone) {
        PROFFER_CHECK(list());
        continue;
      }
      if (!answer) return fail(std::move(answer).error());
      version_ = answer->resourceVersion;
      // Progress is no change of an object, so it is asked for beside the watch, and first: a job may have
      // just ended.
      if (view_.isTable()) (void)board_.refresh(client_);
      for (const client::Change& change : answer->changes)
        if (wanted(change.resource)) show(change.resource, change.type == client::ChangeType::kDeleted);
      if (view_.isTable()) showProgress();
    }
    return ExitCode::kDone;
  }

 private:
  bool wanted(const Resource& resource) const { return name_.empty() || resource.metadata.name == name_; }

  Result<void> list() {
    PROFFER_TRY(client::ListAnswer answer, client_.list(query_));
    version_ = answer.resourceVersion;
    if (view_.isTable()) (void)board_.refresh(client_);
    for (const Resource& resource : answer.items)
      if (wanted(resource)) add(resource, false);
    flush();
    return {};
  }

  void show(const Resource& resource, bool deleted) {
    add(resource, deleted);
    flush();
  }

  void add(const Resource& resource, bool deleted) {
    const ResourceKey key = resource.key();
    if (deleted) {
      current_.erase(key);
    } else {
      current_[key] = resource;
    }
    if (!view_.isTable()) return printChange(console_, view_, resource, deleted);
    std::vector<Cell> cells = cellsOf(columns_, resource, board_, console_.clock.now());
    for (size_t i = 0; deleted && i < columns_.size(); ++i)
      if (columns_[i].header == "REASON") cells[i] = Cell("Deleted", Colour::kRed);
    table_.add(std::move(cells));
    said_[key] = progressOf(key);
  }

  void flush() {
    if (view_.isTable()) table_.printNew(console_);
  }

  std::string progressOf(const ResourceKey& key) const {
    const client::JobInfo* job = board_.of(key);
    return job == nullptr ? "" : progressText(*job);
  }

  void showProgress() {
    for (const auto& [key, resource] : std::map(current_)) {
      const std::string progress = progressOf(key);
      if (progress.empty() || progress == said_[key]) continue;
      show(resource, false);
    }
  }

  Console& console_;
  client::Client client_;
  View view_;
  std::string name_;
  client::ListQuery query_;
  std::vector<Column> columns_;
  Table table_;
  JobBoard board_;
  std::map<ResourceKey, Resource> current_;
  std::map<ResourceKey, std::string> said_;
  int64_t version_ = 0;
};

// Columns and header words for what was asked.
View viewOf(const Arguments& arguments, const std::vector<Selection>& selections) {
  View view;
  view.form = arguments.text("output");
  view.headers = !arguments.has("no-headers");
  view.kind = selections.front().kind;
  bool sameGroup = true;
  for (const Selection& selection : selections) {
    if (selection.kind != view.kind) view.kind = nullptr;
    sameGroup = sameGroup && selection.group.has_value() && selection.group == selections.front().group;
  }
  view.columns.wide = view.form == "wide";
  view.columns.withKind = view.kind == nullptr;
  view.columns.withGroup = !sameGroup && view.kind != nullptr && view.kind->grouped;
  return view;
}

void sayEmpty(Console& console, const Selection& selection) {
  const std::string what = selection.kind == nullptr ? "objects" : selection.kind->plural;
  console.err << (selection.group ? fmt::format("no {} in group {}\n", what, *selection.group)
                                  : fmt::format("no {}\n", what));
}

Result<ExitCode> executeGet(Context& context) {
  const Arguments& arguments = context.arguments;
  PROFFER_TRY(const std::vector<Selection> selections, readSelections(arguments));
  PROFFER_TRY(auto labels, readLabels(arguments.list("selector")));
  const View view = viewOf(arguments, selections);
  PROFFER_TRY(client::Client client, context.connect());
  if (arguments.has("watch")) {
    if (selections.size() != 1)
      return fail(ErrorCode::kInvalidInput, "--watch follows one kind or one object");
    return Watching(context, std::move(client), view, selections.front(), labels).run();
  }
  std::vector<Resource> found;
  for (const Selection& selection : selections) {
    PROFFER_TRY(std::vector<Resource> some, find(client, selection, labels));
    std::move(some.begin(), some.end(), std::back_inserter(found));
  }
  if (found.empty() && view.form != "json") {
    for (const Selection& selection : selections) sayEmpty(context.console, selection);
    return ExitCode::kDone;
  }
  JobBoard board;
  if (view.isTable()) PROFFER_CHECK(board.refresh(client));
  printResources(context.console, view, found, board,
                 selections.size() == 1 && !selections.front().name.empty());
  return ExitCode::kDone;
}

}  // namespace

Command getCommand() {
  return {
      .name = "get",
      .summary = "List objects, or show some of them",
      .description =
          "KIND is a kind, its plural or its short name, several of them with commas, or `all`. Without -g, "
          "objects of all groups.",
      .examples = {{"proffer get recommenders -g movies", "those of one group"},
                   {"proffer get datasets,recommenders -g movies", "those of two kinds"},
                   {"proffer get all -g movies", "everything in it"},
                   {"proffer get recommender most-popular -g movies -o yaml", "one, as YAML"},
                   {"proffer get datasets -l team=films --watch", "rows as they change, with progress"}},
      .positionals = {{.name = "KIND",
                       .help = "A kind, KIND,KIND, `all`, or KIND/GROUP/NAME",
                       .required = true,
                       .kind = ValueKind::kKind},
                      {.name = "NAME", .help = "Names, or GROUP/NAME", .repeatable = true}},
      .options = {groupOption(),
                  {.name = "output",
                   .letter = 'o',
                   .value = "FORM",
                   .help = "The form",
                   .kind = ValueKind::kChoice,
                   .defaultValue = "table",
                   .choices = {"table", "wide", "yaml", "json", "name"}},
                  labelOption(),
                  {.name = "watch", .letter = 'w', .help = "Go on, with a row for each change"},
                  {.name = "no-headers", .help = "No header line in tables"}},
      .run = executeGet};
}

}  // namespace proffer::cli
