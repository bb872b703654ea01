#include "controller/data/source_mapping.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.h"

namespace proffer::data {
namespace {

constexpr int kNoField = -1;

struct Header {
  std::vector<std::string> names;

  // The exact name before one that differs in case.
  int find(std::string_view wanted) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == wanted) return static_cast<int>(i);
    }
    for (size_t i = 0; i < names.size(); ++i) {
      if (equalsIgnoreCase(names[i], wanted)) return static_cast<int>(i);
    }
    return kNoField;
  }
  bool twice(std::string_view wanted) const {
    return std::count_if(names.begin(), names.end(),
                         [&](const std::string& name) { return equalsIgnoreCase(name, wanted); }) > 1;
  }
  std::string list() const {
    constexpr size_t kShown = 40;
    std::string text = join(std::span(names).first(std::min(kShown, names.size())), ", ");
    if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
    return text;
  }
};

template <class T>
bool compare(const std::string& op, const T& left, const T& right) {
  if (op == "<") return left < right;
  if (op == "<=") return left <= right;
  if (op == ">") return left > right;
  if (op == ">=") return left >= right;
  return op == "!=" || op == "not in" ? left != right : left == right;
}

// What is probably wrong with a header that lacks columns.
std::string missingHint(const Header& header, const std::vector<std::string>& missing,
                        const std::vector<std::string>& wanted) {
  if (header.names.size() == 1) {
    for (const char separator : {';', '\t', '|'}) {
      if (header.names[0].find(separator) == std::string::npos) continue;
      return fmt::format("the fields seem to be separated by {}; they must be separated by commas",
                         separator == '\t' ? "tabs" : quoted(std::string(1, separator)));
    }
  }
  for (size_t i = 0; i < missing.size(); ++i) {
    if (const auto near = nearest(wanted[i], header.names)) {
      return fmt::format("did you mean \"{}\"? Say at the source: columns: {{{}: {}}}", *near, missing[i],
                         *near);
    }
  }
  const auto isNumber = [](const std::string& name) {
    double number = 0;
    return parseReal(name, number);
  };
  if (std::any_of(header.names.begin(), header.names.end(), isNumber)) {
    return "the first line looks like data; it must be the header";
  }
  return "map another header with `columns`, or give one value for all rows with `constants`";
}

Error missingColumns(const Header& header, const std::string& name, const std::vector<std::string>& missing,
                     const std::vector<std::string>& wanted) {
  Error error =
      makeError(ErrorCode::kInvalidInput, "Input CSV is missing the following columns: [{}]. {} has: {}",
                join(missing, ", "), name, header.list());
  error.hint = missingHint(header, missing, wanted);
  error.position = {name, 1, 0};
  return error;
}

Result<void> planConditions(const DataSource& source, const Header& header, FilePlan& plan) {
  for (const auto& condition : source.where) {
    ConditionPlan planned{.field = header.find(condition.column),
                          .op = condition.op,
                          .values = condition.values,
                          .numbers = {}};
    if (planned.field == kNoField) {
      const std::string near = didYouMean(condition.column, header.names);
      return fail(makeError(ErrorCode::kInvalidInput,
                            "`where` names the column {}, which {} does not have; it has: {}",
                            quoted(condition.column), plan.name, header.list())
                      .at({plan.name, 1, 0})
                      .hinting(near));
    }
    for (const auto& value : condition.values) {
      double number = 0;
      planned.numbers.push_back(parseReal(value, number) ? number : std::numeric_limits<double>::quiet_NaN());
    }
    plan.where.push_back(std::move(planned));
  }
  return {};
}

}  // namespace

bool ConditionPlan::holds(std::string_view value) const {
  double number = 0;
  const bool isNumber = parseReal(value, number);
  const bool negated = op == "!=" || op == "not in";
  for (size_t i = 0; i < values.size(); ++i) {
    const bool asNumbers = isNumber && numbers[i] == numbers[i];
    const bool holds =
        asNumbers ? compare(op, number, numbers[i]) : compare<std::string_view>(op, value, values[i]);
    if (holds != negated) return holds;
  }
  return negated;
}

Result<FilePlan> planFile(const DataSource& source, const std::vector<CellRule>& rules,
                          const std::string& name, const std::vector<std::string_view>& fields) {
  Header header;
  for (const auto field : fields) header.names.emplace_back(trim(field));

  FilePlan plan;
  plan.name = name;
  plan.fieldCount = fields.size();
  plan.milliseconds = source.timestampUnit == "milliseconds";
  std::vector<std::string> missing, wanted;
  std::set<int> used;
  for (const auto& rule : rules) {
    ColumnPlan column;
    if (const auto constant = source.constants.find(rule.column); constant != source.constants.end()) {
      column.constant = constant->second;
      plan.columns.push_back(std::move(column));
      continue;
    }
    const auto renamed = source.columns.find(rule.column);
    const std::string& from = renamed == source.columns.end() ? rule.column : renamed->second;
    column.field = header.find(from);
    if (column.field == kNoField) {
      missing.push_back(rule.column);
      wanted.push_back(from);
    } else if (header.twice(from)) {
      return fail(
          makeError(ErrorCode::kInvalidInput, "{} has the header {} more than once", name, quoted(from))
              .at({name, 1, 0}));
    }
    used.insert(column.field);
    plan.columns.push_back(std::move(column));
  }
  if (!missing.empty()) return fail(missingColumns(header, name, missing, wanted));
  PROFFER_CHECK(planConditions(source, header, plan));
  for (const auto& condition : plan.where) used.insert(condition.field);
  for (size_t i = 0; i < header.names.size(); ++i) {
    if (!used.contains(static_cast<int>(i))) plan.ignored.push_back(header.names[i]);
  }
  return plan;
}

}  // namespace proffer::data
