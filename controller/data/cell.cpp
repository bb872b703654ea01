#include "controller/data/cell.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/text.h"

namespace proffer::data {
namespace {

constexpr uint32_t kIdCharacters = 256;  // B23, CS-5
constexpr uint32_t kStringCharacters = 1000;
constexpr uint32_t kTextCharacters = 20'000;

bool isIdColumn(const std::string& name) {
  return name == "USER_ID" || name == "ITEM_ID" || name == "ACTION_ID";
}

bool isTimeColumn(const std::string& name) {
  return name == "TIMESTAMP" || name == "CREATION_TIMESTAMP" || name == "EXPIRATION_TIMESTAMP" ||
         name == "ACTION_EXPIRATION_TIMESTAMP";
}

CellRule ruleFor(const SchemaField& field) {
  CellRule rule;
  rule.column = field.name;
  rule.nullable = field.nullable();
  rule.categorical = field.categorical;
  rule.itemName = field.itemName;
  switch (field.valueType()) {
    case FieldType::kInt:
      rule.narrow = true;
      rule.kind = CellKind::kInteger;
      break;
    case FieldType::kLong:
      rule.kind = isTimeColumn(field.name) ? CellKind::kTime : CellKind::kInteger;
      break;
    case FieldType::kFloat:
    case FieldType::kDouble:
      rule.kind = isTimeColumn(field.name) ? CellKind::kTime : CellKind::kReal;
      break;
    case FieldType::kBoolean:
      rule.kind = CellKind::kBoolean;
      break;
    case FieldType::kString:
    case FieldType::kNull:
      rule.kind = isIdColumn(field.name) ? CellKind::kId
                  : field.textual        ? CellKind::kText
                                         : CellKind::kString;
      break;
  }
  rule.maxCharacters = rule.kind == CellKind::kId     ? kIdCharacters
                       : rule.kind == CellKind::kText ? kTextCharacters
                                                      : kStringCharacters;
  return rule;
}

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// How many bytes the first `characters` code points take; all of them if there are no more.
size_t prefixBytes(std::string_view text, size_t characters) {
  if (text.size() <= characters) return text.size();
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!continues(text[i]) && seen++ == characters) return i;
  }
  return text.size();
}

std::string_view withoutSpaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

CellFault readTime(bool milliseconds, std::string_view raw, Cell& cell) {
  bool outOfRange = false;
  if (!parseWhole(raw, cell.integer, outOfRange)) {
    return outOfRange ? CellFault::kOutOfRange : CellFault::kNotAWholeNumber;
  }
  if (milliseconds) {
    const int64_t rest = cell.integer % 1000;
    cell.integer = cell.integer / 1000 - (rest < 0 ? 1 : 0);
    return std::llabs(cell.integer) >= kTimeLimit ? CellFault::kOutOfRange : CellFault::kNone;
  }
  return cell.integer >= kTimeLimit || cell.integer <= -kTimeLimit ? CellFault::kMilliseconds
                                                                   : CellFault::kNone;
}

CellFault readBoolean(std::string_view raw, Cell& cell) {
  const std::string_view text = withoutSpaces(raw);
  if (text == "1" || equalsIgnoreCase(text, "true")) {
    cell.integer = 1;
  } else if (text == "0" || equalsIgnoreCase(text, "false")) {
    cell.integer = 0;
  } else {
    return CellFault::kNotABoolean;
  }
  return CellFault::kNone;
}

}  // namespace

std::vector<CellRule> cellRules(const DatasetDefinition& dataset) {
  std::vector<CellRule> rules;
  for (const auto& field : dataset.fields) rules.push_back(ruleFor(field));
  if (dataset.orderColumn) {
    const std::string name = upper(*dataset.orderColumn);
    const bool known =
        std::any_of(rules.begin(), rules.end(), [&](const CellRule& rule) { return rule.column == name; });
    if (!known) rules.push_back({.column = name, .nullable = true});
  }
  return rules;
}

TextTraits traitsOf(std::string_view text) {
  unsigned char all = 0;
  for (const char byte : text) all |= static_cast<unsigned char>(byte);
  return {all < 0x80, std::memchr(text.data(), 0, text.size()) != nullptr};
}

bool parseWhole(std::string_view text, int64_t& number, bool& outOfRange) {
  outOfRange = false;
  const char* at = text.data();
  const char* end = at + text.size();
  // The usual case: up to 18 digits and nothing else.
  if (text.size() <= 18 && !text.empty()) {
    int64_t value = 0;
    for (; at < end; ++at) {
      const auto digit = static_cast<unsigned>(*at - '0');
      if (digit > 9) break;
      value = value * 10 + digit;
    }
    if (at == end) {
      number = value;
      return true;
    }
  }
  text = withoutSpaces(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("+") || text.starts_with("-+")) return false;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc::invalid_argument) return false;
  std::string_view rest = text.substr(static_cast<size_t>(stop - text.data()));
  if (rest.starts_with('.'))
    rest.remove_prefix(1), rest.remove_prefix(std::min(rest.find_first_not_of('0'), rest.size()));
  if (!rest.empty()) return false;
  outOfRange = problem == std::errc::result_out_of_range;
  return !outOfRange;
}

bool parseReal(std::string_view text, double& number) {
  text = withoutSpaces(text);
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && stop == text.data() + text.size() && std::isfinite(number);
}

CellFault readCell(const CellRule& rule, bool milliseconds, std::string_view raw, TextTraits traits,
                   Cell& cell) {
  cell.text = raw;
  cell.null = raw.empty();
  if (cell.null) return rule.nullable ? CellFault::kNone : CellFault::kMissingValue;
  switch (rule.kind) {
    case CellKind::kTime:
      return readTime(milliseconds, raw, cell);
    case CellKind::kInteger: {
      bool outOfRange = false;
      if (!parseWhole(raw, cell.integer, outOfRange)) {
        return outOfRange ? CellFault::kOutOfRange : CellFault::kNotAWholeNumber;
      }
      const bool fits = !rule.narrow || (cell.integer >= std::numeric_limits<int32_t>::min() &&
                                         cell.integer <= std::numeric_limits<int32_t>::max());
      return fits ? CellFault::kNone : CellFault::kOutOfRange;
    }
    case CellKind::kReal:
      return parseReal(raw, cell.real) ? CellFault::kNone : CellFault::kNotANumber;
    case CellKind::kBoolean:
      return readBoolean(raw, cell);
    case CellKind::kId:
    case CellKind::kString:
    case CellKind::kText:
      break;
  }
  if (traits.withNul && std::memchr(raw.data(), 0, raw.size())) return CellFault::kNulByte;
  if (!traits.ascii && !isUtf8(raw)) return CellFault::kNotUtf8;
  if (raw.size() > rule.maxCharacters) {
    const size_t allowed = prefixBytes(raw, rule.maxCharacters);
    if (allowed < raw.size() && rule.kind != CellKind::kText) return CellFault::kTooLong;
    cell.text = raw.substr(0, allowed);
  }
  return CellFault::kNone;
}

std::string_view faultName(CellFault fault) {
  switch (fault) {
    case CellFault::kNone:
      return "None";
    case CellFault::kMissingValue:
      return "MissingValue";
    case CellFault::kNotANumber:
      return "NotANumber";
    case CellFault::kNotAWholeNumber:
      return "NotAWholeNumber";
    case CellFault::kNotABoolean:
      return "NotABoolean";
    case CellFault::kOutOfRange:
      return "OutOfRange";
    case CellFault::kMilliseconds:
      return "Milliseconds";
    case CellFault::kTooLong:
      return "TooLong";
    case CellFault::kNotUtf8:
      return "NotUtf8";
    case CellFault::kNulByte:
      return "NulByte";
  }
  return "None";
}

std::string faultReason(CellFault fault, const CellRule& rule, std::string_view raw) {
  switch (fault) {
    case CellFault::kNone:
      return "";
    case CellFault::kMissingValue:
      return "the value is empty, and the schema does not allow null here";
    case CellFault::kNotANumber:
      return "a number is needed";
    case CellFault::kNotAWholeNumber:
      return rule.kind == CellKind::kTime ? "a time in whole epoch seconds is needed"
                                          : "a whole number is needed";
    case CellFault::kNotABoolean:
      return "true, false, 1 or 0 is needed";
    case CellFault::kOutOfRange:
      return rule.kind == CellKind::kTime
                 ? "the time is out of range"
                 : fmt::format("the number does not fit into {} bits", rule.narrow ? 32 : 64);
    case CellFault::kMilliseconds:
      return "the time looks like milliseconds, epoch seconds are needed; if the file has milliseconds, say "
             "timestampUnit: milliseconds at its source";
    case CellFault::kTooLong:
      return fmt::format("the value has {} characters, {} has at most {}",
                         std::count_if(raw.begin(), raw.end(), [](char byte) { return !continues(byte); }),
                         rule.column, rule.maxCharacters);
    case CellFault::kNotUtf8:
      return "the value is not valid UTF-8";
    case CellFault::kNulByte:
      return "the value holds a NUL byte";
  }
  return "";
}

}  // namespace proffer::data
