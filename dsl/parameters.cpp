#include "dsl/parameters.h"

#include <algorithm>

#include "base/text.h"

namespace proffer::dsl {
namespace {

constexpr size_t kMostEntries = 25, kLongestName = 50, kLongestValue = 1000;  // F33

// Reads the quoted text that begins at `at`, and moves behind it; false if it is not closed.
bool readQuoted(std::string_view text, size_t& at, std::string& value) {
  const char quote = text[at++];
  for (; at < text.size(); ++at) {
    if (text[at] == quote) {
      ++at;
      return true;
    }
    if (text[at] == '\\' && at + 1 < text.size() &&
        (text[at + 1] == '"' || text[at + 1] == '\'' || text[at + 1] == '\\'))
      ++at;
    value += text[at];
  }
  return false;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void skipBlanks(std::string_view text, size_t& at) {
  while (at < text.size() && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) ++at;
}

}  // namespace

Result<std::vector<std::string>> parseParameter(std::string_view text) {
  if (characters(text) > kLongestValue)
    return fail(ErrorCode::kInvalidInput, "the value is {} characters long, {} are allowed", characters(text),
                kLongestValue);
  if (trim(text).empty()) return fail(ErrorCode::kInvalidInput, "the value is empty");
  std::vector<std::string> values;
  size_t at = 0;
  while (true) {
    skipBlanks(text, at);
    std::string value;
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
      if (!readQuoted(text, at, value))
        return fail(ErrorCode::kInvalidInput, "a quote is not closed in {}", proffer::quoted(text));
      skipBlanks(text, at);
      if (at < text.size() && text[at] != ',')
        return fail(ErrorCode::kInvalidInput, "found {} behind a quoted value, expected a comma",
                    proffer::quoted(text.substr(at)));
    } else {
      const size_t end = std::min(text.find(',', at), text.size());
      value = trim(text.substr(at, end - at));
      at = end;
      if (value.empty())
        return fail(ErrorCode::kInvalidInput, "there is an empty value in {}", proffer::quoted(text));
    }
    values.push_back(std::move(value));
    if (at >= text.size()) return values;
    ++at;
  }
}

Result<Parameters> parseParameters(const std::map<std::string, std::string>& filterValues) {
  if (filterValues.size() > kMostEntries)
    return fail(makeError(ErrorCode::kInvalidInput, "has {} entries, {} are allowed", filterValues.size(),
                          kMostEntries)
                    .in("filterValues"));
  Parameters parameters;
  for (const auto& [name, text] : filterValues) {
    const bool valid =
        !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        });
    if (!valid)
      return fail(makeError(ErrorCode::kInvalidInput,
                            "{} is no name of a placeholder: 1 to {} letters, digits and underscores are",
                            proffer::quoted(name), kLongestName)
                      .in("filterValues"));
    auto values = parseParameter(text);
    if (!values) return fail(std::move(values.error()).in("filterValues." + name));
    parameters.emplace(name, std::move(*values));
  }
  return parameters;
}

}  // namespace proffer::dsl
