// docs/manifests.md, written from the tables.
#include <set>

#include "base/text.h"
#include "manifests/documentation.h"
#include "manifests/domain_data.h"
#include "manifests/domains.h"
#include "manifests/field_text.h"
#include "manifests/kind_table.h"

namespace proffer {
namespace {

constexpr std::string_view kBeginning = R"md(# Manifests: the reference

Written by `proffer` from the tables that read and check manifests. `proffer explain KIND[.FIELD]` shows the same on a
terminal, `proffer schema` gives editors a JSON schema of it, `proffer validate` checks files without a server.

)md";

constexpr std::string_view kIntroduction = R"md(## What a manifest is

A manifest is a YAML document that declares one object:

```yaml
apiVersion: proffer/v1
kind: Recommender
metadata:
  name: popular
  group: movies
  labels: {team: search}
spec:
  useCase: most-popular
```

- A file may hold several documents, separated by `---`. Directories are read with all they contain, `*.yaml` and
  `*.yml`. The order of files and documents does not matter: an object waits for what it refers to.
- Names have 1 to 63 letters, digits, `-` and `_`, beginning with a letter or digit, and are unique within group and kind.
  Recommenders, campaigns and experiments of a group share their names.
- Durations: `90s`, `30m`, `2h`, `30d`, `1w`, also together (`1h30m`). Schedules: `rate(7 days)`, `rate(2 hours)`,
  `rate(30 minutes)`, or `cron(MINUTE HOUR DAY MONTH WEEKDAY [ZONE])` as in `cron(0 3 * * MON Europe/Berlin)`; the zone is
  UTC if none is given. With a year, `cron(MINUTE HOUR DAY MONTH WEEKDAY YEAR [ZONE])`, it is the service's form: weekdays
  are counted from 1 = SUN, one of the two days is `?`, and `L`, `15W`, `6L` and `6#2` are understood. A zone that does not
  exist and a day that never comes, such as 30 February, are refused.
- Paths are below the roots that the server was started with: `exports:orders/*.csv` is below the root called `exports`, a
  path without a root's name is below the default root. They name a file, a directory (with `/` at the end) or a glob. A
  path that leads out of its root is refused; an absolute one is read if it lies below a root, so it fits one machine only.
- Words such as `ECOMMERCE` and column names may be written in any case; their canonical form is the one shown here.
- YAML 1.2: `yes`, `no` and `007` are text, `true`, `false`, `null` and decimal numbers are not. Anchors, aliases and `<<`
  work within a document, bounded to 100,000 repeated values. A key that stands twice and a field that does not exist are
  errors. Files must be UTF-8 and at most 8 MB.
- Fields that are left out get their defaults, which the server writes into the object: what `get -o yaml` shows is complete.

Errors say where, what stands there, what is allowed, and what was probably meant:

```text
shop.yaml:14:12: spec.useCase: unknown use case "top-pick" (did you mean "top-picks-for-you"?)
```

)md";

// Which kinds are declared for what.
struct Purpose {
  std::string_view title;
  std::vector<std::string_view> kinds;
};
const std::vector<Purpose>& purposes() {
  static const std::vector<Purpose> kPurposes{
      {"Bring in data", {"DatasetGroup", "Schema", "Dataset", "EventTracker"}},
      {"Recommend", {"Recommender", "Filter"}},
      {"Recommend with recipes of your choice", {"Solution", "SolutionVersion", "Campaign"}},
      {"Move data once", {"DatasetImport", "DatasetExport", "DataDeletion"}},
      {"Compare, measure, work in batches",
       {"Experiment", "MetricAttribution", "BatchInferenceJob", "BatchSegmentJob"}},
      {"Follow a repository", {"GitSource"}}};
  return kPurposes;
}

std::string firstSentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

// Every kind stands in one place; one that the list above does not know stands at its end.
std::string kindIndex() {
  std::string out = "| to | declare | which is |\n|---|---|---|\n";
  std::set<std::string_view> told;
  const auto row = [&](std::string_view title, const KindTable& kind) {
    if (!told.insert(kind.kind).second) return;
    out += fmt::format("| {} | [{}](#{}) | {}{} |\n", title, kind.kind, lower(kind.kind),
                       firstSentence(kind.help), kind.implemented ? "" : " Not acted on yet.");
  };
  for (const auto& [title, kinds] : purposes())
    for (const std::string_view kind : kinds) row(kind == kinds.front() ? title : "", *findKind(kind));
  for (const KindTable& kind : allKinds()) row("", kind);
  return out +
         "\nFurther down: [use cases](#use-cases), and [columns that have a meaning]"
         "(#columns-that-have-a-meaning) in schemas.\n\n";
}

std::string cell(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
    text.insert(at, "\\");
  return text;
}

std::string code(const std::string& text) {
  return text.empty() ? "" : "`" + text + "`";
}

std::string kindSection(const KindTable& kind) {
  std::vector<std::string> names{kind.plural};
  names.insert(names.end(), kind.shortNames.begin(), kind.shortNames.end());
  std::string out = fmt::format("### {}\n\n{}\n\n", kind.kind, kind.help);
  out += fmt::format("On the command line: `{}`. {}", join(names, "`, `"),
                     kind.grouped ? "Belongs to a group." : "Belongs to the server.");
  if (!kind.implemented)
    out +=
        " Its objects are read, checked and kept; this version does not act on them yet and says "
        "`NotImplemented` in their conditions.";
  out += "\n\n";
  const auto rows = fieldRows(kind.fields);
  if (rows.empty()) return out + "Its `spec` is empty.\n\n";
  out += "| field | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& row : rows) {
    const std::string example = row.example.empty() ? "" : fmt::format(" Example: `{}`", row.example);
    out += fmt::format("| `{}` | {} | {} | {}{} |\n", cell(row.path), cell(row.type),
                       cell(code(row.byDefault)), cell(row.help), cell(example));
  }
  return out + "\n";
}

std::string words(const std::vector<std::string>& list, std::string_view otherwise) {
  return list.empty() ? std::string(otherwise) : join(list, ", ");
}

std::string useCaseSection() {
  std::string out =
      "## Use cases\n\nA use case may be named by its name, its title or its recipe. In a custom group every "
      "use case may be used; "
      "`eventTypes` says what the group calls the event types.\n\n";
  out +=
      "| domain | name | recipe | what it recommends | needs | events | leaves out | trained, updated "
      "|\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& useCase : allUseCases()) {
    std::vector<std::string> needs;
    if (useCase.needsUser) needs.emplace_back("user");
    if (useCase.needsItem) needs.emplace_back("item");
    if (useCase.needsItemsDataset) needs.emplace_back("ITEMS dataset");
    std::string events = words(useCase.countedEvents, "all");
    if (!useCase.recommendedEvents.empty())
      events += fmt::format("; recommended {}", join(useCase.recommendedEvents, ", "));
    out += fmt::format("| {} | `{}` | `{}` | {} | {} | {} | {} | {}{} |\n", domainName(useCase.domain),
                       useCase.name, useCase.recipe, useCase.help, words(needs, "nothing"), events,
                       useCase.automaticFilter.empty()
                           ? "nothing"
                           : "what the user has as " + join(useCase.automaticFilter, ", "),
                       useCase.train, useCase.update.empty() ? "" : ", " + useCase.update);
  }
  return out + "\n";
}

std::string columnText(const ReservedColumn& column) {
  std::vector<std::string> types;
  for (const FieldType type : column.types) types.emplace_back(fieldTypeName(type));
  std::string out = fmt::format("`{}` {}", column.name, join(types, " or "));
  if (column.attribute == ColumnAttribute::kCategorical) out += " categorical";
  if (column.attribute == ColumnAttribute::kTextual) out += " textual";
  return out + (column.nullable ? " or null" : "");
}

std::string domainSection() {
  std::string out =
      "## Columns that have a meaning\n\nRequired columns must be in a schema. Optional ones need not, but "
      "if they are, with this type. "
      "A dataset of a domain whose manifest names no schema has the columns of the domain's own schema.\n\n";
  out += "| group | dataset | required | optional | the domain's own schema |\n|---|---|---|---|---|\n";
  for (const auto& domain : allDomainData()) {
    for (const auto& [type, rules] : domain.datasets) {
      std::vector<std::string> required, optional;
      for (const auto& column : rules.columns)
        (column.required ? required : optional).push_back(columnText(column));
      out += fmt::format("| {} | {} | {} | {} | {} |\n",
                         domain.domain == Domain::kCustom ? "custom" : domainName(domain.domain),
                         datasetTypeName(type), join(required, ", "), words(optional, "none"),
                         words(rules.defaultColumns, "none"));
    }
  }
  return out +
         "\nFurther columns are free: `categorical` strings (several values joined by `|`), numbers, one "
         "`textual` string in ITEMS, and "
         "plain strings, which are kept for filters and answers but not trained on.\n";
}

}  // namespace

std::string manifestReference() {
  std::string out(kBeginning);
  out += kindIndex() + std::string(kIntroduction) + "## Kinds\n\n";
  for (const auto& kind : allKinds()) out += kindSection(kind);
  return out + useCaseSection() + domainSection();
}

}  // namespace proffer
