// proffer describe: everything about an object on one page.
#include <algorithm>

#include "base/text.h"
#include "controller/cli/columns.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/job_board.h"
#include "controller/cli/objects.h"
#include "controller/cli/table.h"
#include "manifests/reader.h"

namespace proffer::cli {
namespace {

void line(Console& console, std::string_view name, const std::string& value) {
  if (!value.empty()) console.out << fmt::format("{:<15}{}\n", fmt::format("{}:", name), value);
}

std::string pairs(const std::map<std::string, std::string>& map) {
  std::string out;
  for (const auto& [name, value] : map) out += fmt::format("{}{}={}", out.empty() ? "" : ", ", name, value);
  return out;
}

std::string withAge(Time time, Time now) {
  return fmt::format("{} ({} ago)", formatTime(time), formatAge(now - time));
}

void indent(Console& console, std::string_view text) {
  for (const std::string& one : split(text, '\n'))
    if (!one.empty()) console.out << "  " << one << '\n';
}

void printMetadata(Console& console, const Resource& resource) {
  const Metadata& metadata = resource.metadata;
  const Time now = console.clock.now();
  line(console, "Name", metadata.name);
  line(console, "Kind", resource.kind);
  line(console, "Group", metadata.group);
  line(console, "Labels", pairs(metadata.labels));
  line(console, "Annotations", pairs(metadata.annotations));
  line(console, "Managed by", metadata.managedBy);
  line(console, "ARN", metadata.arn);
  line(console, "Created", withAge(metadata.creationTimestamp, now));
  line(console, "Generation",
       fmt::format("{} (looked at: {})", metadata.generation, observedGeneration(resource)));
  std::vector<std::string> owners;
  for (const OwnerReference& owner : metadata.ownerReferences)
    owners.push_back(lower(owner.kind) + "/" + owner.name);
  line(console, "Owned by", join(owners, ", "));
  if (metadata.deletionTimestamp) {
    line(console, "Deleting", "since " + withAge(*metadata.deletionTimestamp, now));
    line(console, "Finalizers", join(metadata.finalizers, ", "));
  }
}

void printConditions(Console& console, const Resource& resource) {
  const std::vector<Condition> conditions = conditionsOf(resource);
  console.out << "\nConditions:\n";
  if (conditions.empty()) {
    console.out << "  none yet: the controller has not looked at it\n";
    return;
  }
  const Time now = console.clock.now();
  Table table({"  TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"});
  for (const Condition& condition : conditions) {
    const bool isTrue = condition.status == ConditionStatus::kTrue;
    const bool good = isTrue == (condition.type == kReady);
    Cell status(isTrue                                        ? "True"
                : condition.status == ConditionStatus::kFalse ? "False"
                                                              : "Unknown",
                good ? Colour::kGreen : Colour::kYellow);
    table.add({"  " + condition.type, status, condition.reason, formatAge(now - condition.lastTransitionTime),
               condition.message});
  }
  table.print(console);
}

void printSection(Console& console, std::string_view title, const Json& value) {
  if (value.is_null() || value.empty()) return;
  console.out << fmt::format("\n{}:\n", title);
  indent(console, toYaml(value));
}

// The rows that an import could not take, as lines rather than as YAML.
void printBadRows(Console& console, const Json& rows) {
  constexpr size_t kShown = 20;
  if (!rows.is_array() || rows.empty()) return;
  console.out << "\nBad rows:\n";
  Table table({"  WHERE", "COLUMN", "VALUE", "REASON"});
  for (size_t i = 0; i < std::min(rows.size(), kShown); ++i)
    table.add({fmt::format("  {}:{}", stringMember(rows[i], "file"), intMember(rows[i], "line")),
               stringMember(rows[i], "column"), quoted(stringMember(rows[i], "value"), 40),
               stringMember(rows[i], "reason")});
  table.print(console);
  if (rows.size() > kShown)
    console.out << fmt::format("  and {} more: get -o yaml shows them\n", rows.size() - kShown);
}

// What updates took in and how much they changed, newest first.
void printUpdates(Console& console, const Json& updates) {
  if (!updates.is_array() || updates.empty()) return;
  console.out << "\nUpdates:\n";
  Table table({"  AGE", "MODE", "NEW INTERACTIONS", "NEW ITEMS", "LISTS CHANGED", "OTHER ITEMS A LIST",
               "PLACES OF NEW ITEMS"});
  for (size_t column = 2; column < 7; ++column) table.alignRight(column);
  for (const Json& update : updates) {
    const auto finished = parseTime(stringMember(update, "finished"));
    const Json& sample = member(update, "sample");
    const bool asked = intMember(sample, "people") > 0;
    const Json& others = member(sample, "otherItemsPerList");
    table.add({"  " + (finished ? formatAge(console.clock.now() - *finished) : std::string("-")),
               stringMember(update, "mode"), withThousands(intMember(update, "newInteractions")),
               withThousands(intMember(update, "newItems")),
               asked ? fmt::format("{} of {}", intMember(sample, "changedLists"), intMember(sample, "people"))
                     : "-",
               others.is_number() ? fmt::format("{:.2f}", others.get<double>()) : "-",
               asked
                   ? fmt::format("{} of {}", intMember(sample, "newItemPlaces"), intMember(sample, "places"))
                   : "-"});
  }
  table.print(console);
}

// What it refers to, and who refers to it or is owned by it.
Result<void> printNeighbours(Console& console, client::Client& client, const Resource& resource) {
  const std::vector<ResourceKey> needs = referencesOf(resource);
  client::ListQuery query;
  if (!resource.metadata.group.empty()) query.group = resource.metadata.group;
  PROFFER_TRY(const client::ListAnswer all, client.list(query));
  const ResourceKey key = resource.key();
  Table uses({"  OBJECT", "READY", "REASON"});
  for (const ResourceKey& need : needs) {
    const auto found = std::find_if(all.items.begin(), all.items.end(),
                                    [&](const Resource& other) { return other.key() == need; });
    if (found != all.items.end()) {
      uses.add({"  " + displayName(need), readyCell(*found), reasonOf(*found)});
    } else if (auto other = client.get(need)) {
      uses.add({"  " + displayName(need), readyCell(*other), reasonOf(*other)});
    } else {
      uses.add({"  " + displayName(need), Cell("-"), Cell("does not exist", Colour::kRed)});
    }
  }
  Table used({"  OBJECT", "READY", "REASON"});
  for (const Resource& other : all.items) {
    const std::vector<ResourceKey> references = referencesOf(other);
    const bool refers = std::find(references.begin(), references.end(), key) != references.end();
    const bool owned = std::any_of(other.metadata.ownerReferences.begin(),
                                   other.metadata.ownerReferences.end(), [&](const OwnerReference& owner) {
                                     return owner.uid == resource.metadata.uid && !owner.uid.empty();
                                   });
    if (refers || owned) used.add({"  " + displayName(other.key()), readyCell(other), reasonOf(other)});
  }
  if (!uses.empty()) {
    console.out << "\nDepends on:\n";
    uses.print(console);
  }
  if (!used.empty()) {
    console.out << "\nUsed by:\n";
    used.print(console);
  }
  return {};
}

Result<void> printJobs(Console& console, client::Client& client, const ResourceKey& key) {
  JobBoard board;
  PROFFER_CHECK(board.refresh(client));
  PROFFER_TRY(const std::vector<client::JobInfo> all, client.jobs(false));
  Table table({"  JOB", "STATE", "ATTEMPT", "PROGRESS", "AGE", "ERROR"});
  const Time now = console.clock.now();
  for (const client::JobInfo& job : all) {
    const client::JobInfo* mine = board.of(key);
    if (job.owner != key && (mine == nullptr || mine->id != job.id)) continue;
    const std::string progress = job.state == "running" ? progressText(job)
                                 : job.done > 0 ? fmt::format("{} {}", withThousands(job.done), job.unit)
                                                : "";
    table.add({fmt::format("  {} {}", job.type, job.id), job.state,
               fmt::format("{} of {}", job.attempt, job.maxAttempts), progress, formatAge(now - job.created),
               Cell(job.error, Colour::kRed)});
  }
  if (table.empty()) return {};
  console.out << "\nJobs:\n";
  table.print(console);
  return {};
}

Result<void> printJournal(Console& console, client::Client& client, const ResourceKey& key) {
  client::JournalQuery query;
  query.kind = key.kind;
  query.group = key.group;
  query.name = key.name;
  PROFFER_TRY(const std::vector<client::JournalEntry> entries, client.journal(query));
  console.out << "\nJournal:\n";
  if (entries.empty()) {
    console.out << "  nothing happened yet\n";
    return {};
  }
  Table table({"  AGE", "REASON", "TIMES", "MESSAGE"});
  table.alignRight(2);
  const Time now = console.clock.now();
  for (const client::JournalEntry& entry : entries)
    table.add({"  " + formatAge(now - entry.last),
               Cell(entry.reason, entry.warning ? Colour::kYellow : Colour::kNone),
               std::to_string(entry.count), entry.message});
  table.print(console);
  return {};
}

Result<void> describe(Console& console, client::Client& client, const Resource& resource) {
  printMetadata(console, resource);
  printSection(console, "Spec", resource.spec);
  Json status = resource.status;
  if (status.is_object()) {
    status.erase("conditions");
    status.erase("observedGeneration");
  }
  Json updates;
  if (status.contains("updates")) {
    updates = status["updates"];
    status.erase("updates");
  }
  Json badRows;
  if (status.contains("report") && status["report"].is_object()) {
    badRows = member(status["report"], "badRows");
    status["report"].erase("badRows");
  }
  printSection(console, "Status", status);
  printBadRows(console, badRows);
  printUpdates(console, updates);
  printConditions(console, resource);
  PROFFER_CHECK(printNeighbours(console, client, resource));
  PROFFER_CHECK(printJobs(console, client, resource.key()));
  return printJournal(console, client, resource.key());
}

Result<ExitCode> executeDescribe(Context& context) {
  PROFFER_TRY(const std::vector<Selection> selections, readSelections(context.arguments));
  PROFFER_TRY(client::Client client, context.connect());
  bool first = true;
  for (const Selection& selection : selections) {
    PROFFER_TRY(const std::vector<Resource> found, find(client, selection));
    for (const Resource& resource : found) {
      if (!std::exchange(first, false)) context.console.out << "\n\n";
      PROFFER_CHECK(describe(context.console, client, resource));
    }
  }
  if (first) context.console.err << "nothing to describe\n";
  return ExitCode::kDone;
}

}  // namespace

Command describeCommand() {
  return {.name = "describe",
          .summary = "Show everything about an object on one page",
          .description =
              "Spec, status, conditions, what it depends on and who uses it, its jobs with their progress, "
              "and what happened to it.",
          .examples = {{"proffer describe recommender movies/most-popular", "one object"},
                       {"proffer describe datasets -g movies", "all of a kind"}},
          .positionals = {{.name = "KIND",
                           .help = "A kind, or KIND/GROUP/NAME",
                           .required = true,
                           .kind = ValueKind::kKind},
                          {.name = "NAME", .help = "Names, or GROUP/NAME", .repeatable = true}},
          .options = {groupOption()},
          .run = executeDescribe};
}

}  // namespace proffer::cli
