#include "controller/http/put_columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/text.h"

namespace proffer::http {
namespace {

constexpr std::array<std::string_view, 10> kEventColumns{
    "USER_ID",    "ITEM_ID",    "TIMESTAMP",         "EVENT_TYPE", "EVENT_VALUE",
    "IMPRESSION", "SESSION_ID", "RECOMMENDATION_ID", "EVENT_ID",   "EVENT_ATTRIBUTION_SOURCE"};
constexpr std::array<std::string_view, 8> kActionEventColumns{"USER_ID",           "ACTION_ID",  "TIMESTAMP",
                                                              "EVENT_TYPE",        "IMPRESSION", "SESSION_ID",
                                                              "RECOMMENDATION_ID", "EVENT_ID"};

bool isOwnColumn(DatasetType type, std::string_view name) {
  const auto among = [&](const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  switch (type) {
    case DatasetType::kInteractions:
      return among(kEventColumns);
    case DatasetType::kActionInteractions:
      return among(kActionEventColumns);
    case DatasetType::kItems:
      return name == "ITEM_ID";
    case DatasetType::kUsers:
      return name == "USER_ID";
    case DatasetType::kActions:
      return name == "ACTION_ID";
  }
  return false;
}

Result<std::string> listText(const Json& list) {
  std::string text;
  for (const Json& element : list) {
    if (!element.is_string())
      return fail(ErrorCode::kInvalidInput, "a list may hold strings only, this holds {}", dumpJson(element));
    const auto& part = element.get_ref<const std::string&>();
    if (part.find('|') != std::string::npos)
      return fail(ErrorCode::kInvalidInput, "{} holds the character | that joins values", quoted(part));
    if (!text.empty()) text += '|';
    text += part;
  }
  return text;
}

// "13" and "13.5" as they are written; the shortest text that gives the same number again.
Result<std::string> plainText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
  if (value.is_number_float()) {
    const double number = value.get<double>();
    // A whole number written as 13.0 suits a column of whole numbers.
    if (std::floor(number) == number && std::abs(number) < 1e15)
      return std::to_string(static_cast<int64_t>(number));
    return fmt::format("{}", number);
  }
  if (value.is_number()) return value.dump();
  if (value.is_array()) return listText(value);
  return fail(ErrorCode::kInvalidInput, "a string, a number or a boolean is expected, this is an object");
}

}  // namespace

std::string foldedName(std::string_view name) {
  std::string folded;
  folded.reserve(name.size());
  for (const char c : name)
    if (c != '_') folded += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return folded;
}

PutColumns::PutColumns(DatasetType type, const std::vector<SchemaField>& fields) : type_(type) {
  data::DatasetDefinition definition;
  definition.type = type;
  definition.fields = fields;
  rules_ = data::cellRules(definition);
  own_.reserve(rules_.size());
  for (size_t i = 0; i < rules_.size(); ++i) {
    own_.push_back(isOwnColumn(type, rules_[i].column));
    byFolded_.emplace(foldedName(rules_[i].column), i);
  }
}

std::optional<size_t> PutColumns::find(const std::string& folded) const {
  const auto found = byFolded_.find(folded);
  if (found == byFolded_.end()) return std::nullopt;
  return found->second;
}

std::optional<size_t> PutColumns::own(std::string_view column) const {
  for (size_t i = 0; i < rules_.size(); ++i)
    if (own_[i] && rules_[i].column == column) return i;
  return std::nullopt;
}

Result<std::optional<std::string>> cellText(const data::CellRule& rule, const Json& value) {
  std::string text;
  if (!value.is_null()) {
    PROFFER_TRY(text, plainText(value));
  }
  data::Cell cell;
  const data::CellFault fault = data::readCell(rule, false, text, {}, cell);
  if (fault == data::CellFault::kMilliseconds)
    return fail(ErrorCode::kInvalidInput, "the time looks like milliseconds, epoch seconds are needed");
  if (fault != data::CellFault::kNone)
    return fail(ErrorCode::kInvalidInput, "{}", data::faultReason(fault, rule, text));
  if (cell.null) return std::optional<std::string>();
  switch (rule.kind) {
    case data::CellKind::kInteger:
    case data::CellKind::kTime:
      return std::optional(std::to_string(cell.integer));
    case data::CellKind::kReal:
    case data::CellKind::kBoolean:
      return std::optional(std::move(text));
    default:
      return std::optional(std::string(cell.text));
  }
}

Result<int64_t> secondsOf(const Json& value) {
  double number = 0;
  if (value.is_number()) {
    number = value.get<double>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (const auto time = parseTime(text))
      number = std::floor(static_cast<double>(toMicros(*time)) / 1e6);
    else if (!data::parseReal(text, number))
      return fail(ErrorCode::kInvalidInput,
                  "a time is expected, as epoch seconds or as in 2026-01-02T03:04:05Z, this is {}",
                  quoted(text));
  } else {
    return fail(ErrorCode::kInvalidInput,
                "a time is expected, as epoch seconds or as in 2026-01-02T03:04:05Z, this is {}",
                dumpJson(value));
  }
  if (!(std::abs(number) < static_cast<double>(data::kTimeLimit)))
    return fail(ErrorCode::kInvalidInput, "{} cannot be meant in seconds; milliseconds are not taken",
                dumpJson(value));
  return static_cast<int64_t>(std::floor(number));
}

size_t characterCount(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace proffer::http
