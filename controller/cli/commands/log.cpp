// proffer log: the controller's journal, what happened to which object.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/objects.h"
#include "controller/cli/table.h"

namespace proffer::cli {
namespace {

constexpr Duration kAskAgainAfter = std::chrono::seconds(1);

Json entryJson(const client::JournalEntry& entry) {
  Json json = {{"kind", entry.about.kind}};
  if (!entry.about.group.empty()) json["group"] = entry.about.group;
  json["name"] = entry.about.name;
  json["level"] = entry.warning ? "warning" : "normal";
  json["reason"] = entry.reason;
  json["message"] = entry.message;
  json["count"] = entry.count;
  json["first"] = formatTime(entry.first);
  json["last"] = formatTime(entry.last);
  json["sequence"] = entry.sequence;
  return json;
}

void pause(Clock& clock, Duration length) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  clock.waitUntil(lock, never, clock.now() + length, [] { return false; });
}

void print(Console& console, Table& table, const std::vector<client::JournalEntry>& entries, bool json) {
  const Time now = console.clock.now();
  for (const client::JournalEntry& entry : entries) {
    if (json) {
      console.out << dumpJson(entryJson(entry)) << '\n';
      continue;
    }
    table.add({formatAge(now - entry.last),
               Cell(entry.reason, entry.warning ? Colour::kYellow : Colour::kNone), displayName(entry.about),
               std::to_string(entry.count), entry.message});
  }
  if (!json) table.printNew(console);
  console.out.flush();
}

Result<client::JournalQuery> readQuery(const Arguments& arguments) {
  client::JournalQuery query;
  query.group = arguments.text("group");
  query.limit = static_cast<int>(std::min<int64_t>(arguments.integer("limit", 100), 100'000));
  PROFFER_TRY(const std::vector<Selection> selections, readSelections(arguments));
  if (selections.size() > 1)
    return fail(ErrorCode::kInvalidInput, "the journal of one object or of one kind is shown");
  if (selections.empty()) return query;
  const Selection& selection = selections.front();
  query.kind = selection.kind == nullptr ? "" : selection.kind->kind;
  query.name = selection.name;
  if (selection.kind != nullptr || selection.group) query.group = selection.group.value_or("");
  return query;
}

Result<ExitCode> executeLog(Context& context) {
  PROFFER_TRY(client::JournalQuery query, readQuery(context.arguments));
  PROFFER_TRY(client::Client client, context.connect());
  const bool json = context.arguments.text("output") == "json";
  Table table({"AGE", "REASON", "OBJECT", "TIMES", "MESSAGE"});
  table.alignRight(3);
  do {
    PROFFER_TRY(const std::vector<client::JournalEntry> entries, client.journal(query));
    print(context.console, table, entries, json);
    if (!entries.empty()) query.after = entries.back().sequence;
    if (!context.arguments.has("follow")) break;
    query.limit = 1000;
    pause(context.console.clock, kAskAgainAfter);
  } while (context.console.out);
  if (table.empty() && !json) context.console.err << "nothing happened yet\n";
  return ExitCode::kDone;
}

}  // namespace

Command logCommand() {
  return {.name = "log",
          .summary = "Show the controller's journal: what happened to which object",
          .examples = {{"proffer log -g movies", "what happened in a group, the newest last"},
                       {"proffer log dataset movies/interactions", "to one object"},
                       {"proffer log --follow", "as it happens"}},
          .positionals = {{.name = "KIND", .help = "A kind, or KIND/GROUP/NAME", .kind = ValueKind::kKind},
                          {.name = "NAME", .help = "A name, or GROUP/NAME"}},
          .options = {groupOption(),
                      {.name = "limit",
                       .letter = 'n',
                       .value = "N",
                       .help = "The newest so many",
                       .kind = ValueKind::kInteger,
                       .defaultValue = "100"},
                      {.name = "follow", .help = "Go on, with a line for each entry"},
                      {.name = "output",
                       .letter = 'o',
                       .value = "FORM",
                       .help = "The form; json is one object a line",
                       .kind = ValueKind::kChoice,
                       .defaultValue = "table",
                       .choices = {"table", "json"}}},
          .run = executeLog};
}

}  // namespace proffer::cli
