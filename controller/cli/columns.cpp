#include "controller/cli/columns.h"

#include "base/text.h"
#include "controller/cli/objects.h"

namespace proffer::cli {
namespace {

// A value below spec or status, by path; null if there is none.
const Json& at(const Json& root, std::initializer_list<std::string_view> path) {
  const Json* value = &root;
  for (const std::string_view key : path) value = &member(*value, key);
  return *value;
}

std::string textOf(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return withThousands(value.get<int64_t>());
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_array()) return std::to_string(value.size());
  return dumpJson(value);
}

Column spec(std::string header, std::vector<std::string> path, bool wide = false) {
  return {std::move(header),
          [path = std::move(path)](const Row& row) -> Cell {
            const Json* value = &row.resource.spec;
            for (const std::string& key : path) value = &member(*value, key);
            return textOf(*value);
          },
          wide};
}

Column status(std::string header, std::vector<std::string> path, bool right = false, bool wide = false) {
  return {std::move(header),
          [path = std::move(path)](const Row& row) -> Cell {
            const Json* value = &row.resource.status;
            for (const std::string& key : path) value = &member(*value, key);
            return textOf(*value);
          },
          wide, right};
}

Column progress() {
  return {"PROGRESS",
          [](const Row& row) -> Cell { return row.job == nullptr ? "" : progressText(*row.job); }};
}

// "train 3d ago, update 1h ago" or "train in 4d, update in 58m": what status.schedules says of all schedules.
Column runs(std::string header, std::string field) {
  return {std::move(header),
          [field = std::move(field)](const Row& row) -> Cell {
            std::string out;
            const Json& schedules = at(row.resource.status, {"schedules"});
            for (const std::string_view name : {"train", "update"}) {
              const auto time = parseTime(stringMember(member(schedules, name), field));
              if (!time) continue;
              const bool past = *time <= row.now;
              const std::string age = formatAge(past ? row.now - *time : *time - row.now);
              out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name,
                                 field == "next" ? (past ? "due" : "in " + age) : age + " ago");
            }
            return out;
          },
          true};
}

// The three metrics that people compare versions by; the rest stands in describe.
Column metrics() {
  return {"METRICS",
          [](const Row& row) -> Cell {
            std::string out;
            const Json& all = at(row.resource.status, {"metrics"});
            for (const std::string_view name :
                 {"coverage", "normalized_discounted_cumulative_gain_at_25", "precision_at_25"}) {
              const Json& value = member(all, name);
              if (!value.is_number()) continue;
              const std::string_view shown = name.starts_with("norm") ? "ndcg@25"
                                             : name == "coverage"     ? name
                                                                      : "precision@25";
              out += fmt::format("{}{}={:.3g}", out.empty() ? "" : " ", shown, value.get<double>());
            }
            return out;
          },
          true};
}

Column domain() {
  return {"DOMAIN", [](const Row& row) -> Cell {
            const std::string value = stringMember(row.resource.spec, "domain");
            return value.empty() ? "custom" : value;
          }};
}

Column trainedBy() {
  return {"OF", [](const Row& row) -> Cell {
            const std::string solution = stringMember(row.resource.spec, "solution");
            return solution.empty() ? stringMember(row.resource.spec, "recommender") : solution;
          }};
}

std::vector<Column> ownColumns(const KindTable& kind) {
  const std::string& name = kind.kind;
  if (name == "DatasetGroup") return {domain(), spec("QUOTAS", {"quotas"}, true)};
  if (name == "Schema") return {domain(), spec("FIELDS", {"fields"})};
  if (name == "Dataset") return {spec("TYPE", {"type"}), status("ROWS", {"data", "rows"}, true), progress()};
  if (name == "DatasetImport")
    return {spec("DATASET", {"dataset"}), spec("MODE", {"mode"}),
            status("ROWS", {"report", "rowsKept"}, true), status("BAD", {"report", "rowsBad"}, true),
            progress()};
  if (name == "DatasetExport")
    return {spec("DATASET", {"dataset"}), spec("OUTPUT", {"output"}, true), progress()};
  if (name == "Filter") return {spec("EXPRESSION", {"expression"}, true)};
  if (name == "Recommender")
    return {spec("USE CASE", {"useCase"}), status("VERSION", {"version"}, false, true), progress(),
            runs("LAST RUN", "last"), runs("NEXT RUN", "next")};
  if (name == "Solution")
    return {spec("RECIPE", {"recipe"}), status("LATEST", {"version"}, false, true), progress(),
            runs("LAST RUN", "last"), runs("NEXT RUN", "next")};
  if (name == "SolutionVersion")
    return {trainedBy(), spec("RECIPE", {"recipe"}), spec("MODE", {"mode"}), metrics(), progress()};
  if (name == "Campaign") return {spec("SOLUTION", {"solution"}), status("VERSION", {"version"})};
  if (name == "GitSource") return {spec("REPOSITORY", {"repository"}), spec("BRANCH", {"branch"})};
  return {};
}

// The condition that says why an object is not as declared: what it waits for, what is degraded, else Ready.
std::optional<Condition> telling(const Resource& resource) {
  for (const std::string_view type : {kWaitingFor, kDegraded})
    if (const auto condition = findCondition(resource, type);
        condition && condition->status == ConditionStatus::kTrue)
      return condition;
  return findCondition(resource, kReady);
}

bool outdated(const Resource& resource) {
  const auto ready = findCondition(resource, kReady);
  return ready && ready->observedGeneration < resource.metadata.generation;
}

}  // namespace

Cell readyCell(const Resource& resource) {
  if (stringMember(resource.spec, "state") == "stopped") return {"SUSPENDED", Colour::kYellow};
  const auto ready = findCondition(resource, kReady);
  if (!ready || ready->status == ConditionStatus::kUnknown || outdated(resource))
    return {"Unknown", Colour::kYellow};
  if (ready->status == ConditionStatus::kTrue) {
    const auto degraded = findCondition(resource, kDegraded);
    if (degraded && degraded->status == ConditionStatus::kTrue) return {"Degraded", Colour::kYellow};
    return {"True", Colour::kGreen};
  }
  return {"False", Colour::kRed};
}

std::string reasonOf(const Resource& resource) {
  if (resource.deleting()) return "Deleting";
  const auto condition = telling(resource);
  if (!condition) return "";
  return outdated(resource) ? "NotYetObserved" : condition->reason;
}

std::string messageOf(const Resource& resource) {
  const auto condition = telling(resource);
  if (!condition) return "";
  return outdated(resource) ? "the newest change of its spec was not yet looked at" : condition->message;
}

std::vector<Column> columnsOf(const KindTable* kind, const ColumnChoice& choice) {
  std::vector<Column> columns;
  if (choice.withGroup && !choice.withKind)
    columns.push_back({"GROUP", [](const Row& row) -> Cell { return row.resource.metadata.group; }});
  columns.push_back({"NAME", [withKind = choice.withKind](const Row& row) -> Cell {
                       return withKind ? displayName(row.resource.key()) : row.resource.metadata.name;
                     }});
  if (kind != nullptr && !choice.withKind) {
    for (Column& column : ownColumns(*kind)) columns.push_back(std::move(column));
  } else {
    columns.push_back(progress());
  }
  columns.push_back({"READY", [](const Row& row) { return readyCell(row.resource); }});
  columns.push_back({"REASON", [](const Row& row) -> Cell { return reasonOf(row.resource); }});
  columns.push_back({"AGE", [](const Row& row) -> Cell {
                       return formatAge(row.now - row.resource.metadata.creationTimestamp);
                     }});
  columns.push_back(
      {"MANAGED BY", [](const Row& row) -> Cell { return row.resource.metadata.managedBy; }, true});
  columns.push_back({"MESSAGE", [](const Row& row) -> Cell { return messageOf(row.resource); }, true});
  if (!choice.wide) std::erase_if(columns, [](const Column& column) { return column.wide; });
  return columns;
}

}  // namespace proffer::cli
