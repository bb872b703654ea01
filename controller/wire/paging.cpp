#include "controller/wire/paging.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"

namespace proffer::wire {
namespace {

constexpr int64_t kPage = 100;

// What the list is of: the operation and its filters.
std::string listId(const std::string& operation, const Json& input) {
  Json filters = input;
  for (const char* name : {"nextToken", "maxResults"}) filters.erase(name);
  return operation + "\n" + dumpJson(filters);
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out;
}

std::optional<std::string> unhex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 2) {
    int byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

// A sum over list and place, then the place.
std::string tokenFor(const std::string& list, const std::string& key) {
  return hashHex(hash64(list + "\n" + key)) + hex(key);
}

Result<std::string> placeOf(const std::string& list, const std::string& token) {
  constexpr size_t kSum = 16;
  const auto key = token.size() < kSum ? std::nullopt : unhex(std::string_view(token).substr(kSum));
  if (!key || tokenFor(list, *key) != token)
    return fail(ErrorCode::kGone, "the nextToken is not one that this list gave");
  return *key;
}

}  // namespace

Result<Json> page(std::vector<Entry> entries, const std::string& listMember, const std::string& operation,
                  const Json& input) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
  const std::string list = listId(operation, input);
  std::string after;
  if (const std::string token = stringMember(input, "nextToken"); !token.empty()) {
    PROFFER_TRY(after, placeOf(list, token));
  }
  const auto most = static_cast<size_t>(intMember(input, "maxResults", kPage));
  Json answer{{listMember, Json::array()}};
  std::string last;
  for (Entry& entry : entries) {
    if (entry.key <= after) continue;
    if (answer[listMember].size() == most) {
      answer["nextToken"] = tokenFor(list, last);
      break;
    }
    last = entry.key;
    answer[listMember].push_back(std::move(entry.summary));
  }
  return answer;
}

}  // namespace proffer::wire
