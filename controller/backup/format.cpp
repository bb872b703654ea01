#include "controller/backup/format.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace proffer::backup {

namespace {

Error notADump(std::string_view what) {
  return makeError(ErrorCode::kCorrupt, "{}", what).hinting("make the dump again, or take an older one");
}

bool validPart(std::string_view part) {
  constexpr size_t kLongest = 200;
  return !part.empty() && part.size() <= kLongest && part.front() != '.' &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-';
         });
}

}  // namespace

bool validName(std::string_view name) {
  if (name == "control.db") return true;
  const std::vector<std::string> parts = split(std::string(name), '/');
  if (!std::all_of(parts.begin(), parts.end(), [](const auto& part) { return validPart(part); }))
    return false;
  if (parts.size() == 2) return parts[0] == "models" || parts[0] == "manifests";
  if (parts.size() == 3) return parts[0] == "groups" && parts[2] == "data.db";
  return parts.size() == 4 && parts[0] == "groups" && parts[2] == "segments";
}

std::string headText(const Head& head) {
  Json members = Json::array();
  for (const Member& member : head.members) members.push_back({{"name", member.name}, {"size", member.size}});
  return dumpJson(Json{{"format", head.format},
                       {"program", head.program},
                       {"created", formatTime(head.created)},
                       {"members", std::move(members)}},
                  1) +
         "\n";
}

Result<Head> readHead(std::string_view text) {
  const auto json = parseJson(text);
  if (!json || !member(*json, "format").is_number_integer() || !member(*json, "members").is_array())
    return fail(notADump("its dump.json is not that of a dump"));
  Head head;
  head.format = member(*json, "format").get<int64_t>();
  head.program = stringMember(*json, "program");
  if (head.format > kFormat)
    return fail(makeError(ErrorCode::kCorrupt,
                          "it has format {}, which Proffer {} wrote; this one knows formats up to {}",
                          head.format, head.program, kFormat)
                    .hinting("restore it with that Proffer or a newer one"));
  head.created = parseTime(stringMember(*json, "created")).value_or(Time{});
  std::set<std::string> names;
  for (const Json& entry : member(*json, "members")) {
    const Json& size = member(entry, "size");
    Member one{stringMember(entry, "name"), size.is_number_integer() ? size.get<int64_t>() : -1};
    if (one.size < 0 || !validName(one.name) || !names.insert(one.name).second)
      return fail(notADump(fmt::format("its dump.json lists {}, which no dump holds", quoted(one.name))));
    head.members.push_back(std::move(one));
  }
  if (!names.contains("control.db")) return fail(notADump("it holds no control.db"));
  return head;
}

std::string checksumsText(const std::vector<Sum>& sums) {
  Json members = Json::array();
  for (const Sum& sum : sums) members.push_back({{"name", sum.name}, {"xxh3", hashHex(sum.hash)}});
  return dumpJson(Json{{"members", std::move(members)}}, 1) + "\n";
}

Result<std::vector<std::pair<std::string, std::string>>> readChecksums(std::string_view text) {
  const auto json = parseJson(text);
  if (!json || !member(*json, "members").is_array())
    return fail(notADump("its checksums.json is not that of a dump"));
  std::vector<std::pair<std::string, std::string>> sums;
  for (const Json& entry : member(*json, "members"))
    sums.emplace_back(stringMember(entry, "name"), stringMember(entry, "xxh3"));
  return sums;
}

}  // namespace proffer::backup
