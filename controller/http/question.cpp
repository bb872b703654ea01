#include "controller/http/question.h"

#include <cctype>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "controller/http/arns.h"

namespace proffer::http {
namespace {

constexpr size_t kMostPairs = 150;
constexpr size_t kLongestKey = 150;
constexpr size_t kLongestValue = 1000;

size_t codePoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

Error wrong(const std::string& path, std::string message) {
  return Error{ErrorCode::kInvalidInput, std::move(message)}.in(path);
}

// A value as it stands in the request, cut if it is long.
std::string shown(const Json& value) {
  constexpr size_t kLongest = 80;
  std::string text = dumpJson(value);
  if (text.size() <= kLongest) return text;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

bool isKey(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

}  // namespace

Result<std::string> textMember(const Json& object, const std::string& name, size_t limit) {
  const Json& value = member(object, name);
  if (value.is_null()) return std::string();
  if (!value.is_string())
    return fail(wrong(name, fmt::format("a string is expected, this is {}", shown(value))));
  auto text = value.get<std::string>();
  if (const size_t length = codePoints(text); length > limit)
    return fail(wrong(name, fmt::format("it has {} characters, at most {} are allowed", length, limit)));
  return text;
}

Result<std::string> filterMember(const Json& body, const std::string& name, size_t limit) {
  PROFFER_TRY(std::string text, textMember(body, name, limit));
  // A variable that was not set must not switch the filter off.
  if (text.empty() && !member(body, name).is_null())
    return fail(wrong(name, "a filter's name is expected, this is \"\"; leave it out to ask for no filter"));
  return text;
}

Result<std::optional<int>> countMember(const Json& object, const std::string& name) {
  const Json& value = member(object, name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number_integer() || value.get<int64_t>() < 0 ||
      value.get<int64_t>() > std::numeric_limits<int>::max())
    return fail(wrong(name, fmt::format("a whole number from 0 up is expected, this is {}", shown(value))));
  return value.get<int>();
}

Result<std::map<std::string, std::string>> pairsMember(const Json& object, const std::string& name,
                                                       size_t most, size_t keyLimit, size_t valueLimit) {
  std::map<std::string, std::string> pairs;
  const Json& value = member(object, name);
  if (value.is_null()) return pairs;
  if (!value.is_object())
    return fail(wrong(name, fmt::format("an object of strings is expected, this is {}", shown(value))));
  if (value.size() > most)
    return fail(wrong(name, fmt::format("it has {} members, at most {} are allowed", value.size(), most)));
  for (const auto& [key, entry] : value.items()) {
    if (!isKey(key) || key.size() > keyLimit)
      return fail(wrong(name, fmt::format("the key {} is not 1 to {} letters, digits and underscores",
                                          quoted(key), keyLimit)));
    PROFFER_TRY(pairs[key], textMember(value, key, valueLimit));
  }
  return pairs;
}

Result<std::vector<std::string>> columnsOf(const Json& list, const std::string& path) {
  std::vector<std::string> columns;
  if (list.is_null()) return columns;
  if (!list.is_array())
    return fail(wrong(path, fmt::format("a list of column names is expected, this is {}", shown(list))));
  if (list.size() > kMostMetadataColumns)
    return fail(wrong(
        path, fmt::format("it names {} columns, at most {} are allowed", list.size(), kMostMetadataColumns)));
  for (const Json& column : list) {
    if (!column.is_string() || codePoints(column.get<std::string>()) > kLongestKey)
      return fail(wrong(path, fmt::format("a column name is expected, this is {}", shown(column))));
    columns.push_back(column.get<std::string>());
  }
  return columns;
}

Result<std::vector<std::string>> listMember(const Json& object, const std::string& name) {
  std::vector<std::string> ids;
  const Json& list = member(object, name);
  if (list.is_null()) return ids;
  if (!list.is_array() || list.empty())
    return fail(wrong(name, fmt::format("a list of item ids is expected, this is {}", shown(list))));
  if (list.size() > kMostRanked)
    return fail(
        wrong(name, fmt::format("{} items are given, from 1 to {} can be ranked", list.size(), kMostRanked)));
  for (const Json& id : list) {
    if (!id.is_string())
      return fail(wrong(fmt::format("{}[{}]", name, ids.size()),
                        fmt::format("an item id is expected, this is {}", shown(id))));
    ids.push_back(id.get<std::string>());
  }
  return ids;
}

Result<serving::RecommendRequest> sharedMembers(const Json& body) {
  serving::RecommendRequest request;
  PROFFER_TRY(request.userId, textMember(body, "userId", kLongestId));
  PROFFER_TRY(request.itemId, textMember(body, "itemId", kLongestId));
  PROFFER_TRY(request.numResults, countMember(body, "numResults"));
  PROFFER_TRY(request.context, pairsMember(body, "context", kMostPairs, kLongestKey, kLongestValue));
  PROFFER_TRY(request.filterValues,
              pairsMember(body, "filterValues", kMostPairs, kLongestKey, kLongestValue));
  return request;
}

Result<void> setTarget(serving::RecommendRequest& request, const std::string& target,
                       const std::string& path) {
  const size_t slash = target.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == target.size() ||
      target.find('/', slash + 1) != std::string::npos)
    return fail(wrong(path, fmt::format("{} is not GROUP/NAME", quoted(target))));
  request.group = target.substr(0, slash);
  request.name = target.substr(slash + 1);
  return {};
}

Result<std::string> filterName(Services& services, const std::string& text, const std::string& group,
                               const std::string& path) {
  const auto another = [&] {
    return fail(
        wrong(path, fmt::format("{} is of another dataset group than {}", quoted(text), quoted(group))));
  };
  if (looksLikeArn(text)) {
    PROFFER_TRY(const ResourceKey key, services.arns.resolve("Filter", text));
    if (key.group != group) return another();
    return key.name;
  }
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return text;
  if (text.substr(0, slash) != group) return another();
  return text.substr(slash + 1);
}

double roundedScore(double score) {
  constexpr double kScale = 1e7;
  return std::round(score * kScale) / kScale;
}

}  // namespace proffer::http
