#include "controller/cli/objects.h"

#include <algorithm>

#include "base/text.h"

namespace proffer::cli {
namespace {

Error noName(const std::string& word) {
  return makeError(ErrorCode::kInvalidInput, "{} names no object", proffer::quoted(word))
      .hinting("write KIND NAME, KIND GROUP/NAME or KIND/GROUP/NAME");
}

// What -g said, on this command line or in the settings. Of a flag nothing is passed over in silence; a
// setting stands for all commands, and yields.
struct GroupWord {
  std::string name;
  bool given = false;

  std::optional<std::string> forKind(const KindTable& kind) const {
    return kind.grouped && !name.empty() ? std::optional(name) : std::nullopt;
  }
};

GroupWord groupWord(const Arguments& arguments) {
  return {arguments.text("group"), arguments.given("group")};
}

Result<void> checkGroup(const KindTable& kind, const GroupWord& group) {
  if (kind.grouped || !group.given) return {};
  return fail(makeError(ErrorCode::kInvalidInput, "a {} belongs to the server, not to a group", kind.kind)
                  .in("--group")
                  .hinting("leave -g out"));
}

Error elsewhere(const std::string& word, const GroupWord& group) {
  return makeError(ErrorCode::kInvalidInput, "{} is not in the group {} that -g names", proffer::quoted(word),
                   proffer::quoted(group.name));
}

// "name" or "group/name" below a known kind.
Result<Selection> readName(const KindTable& kind, const std::string& word, const GroupWord& group) {
  PROFFER_CHECK(checkGroup(kind, group));
  Selection selection{.kind = &kind, .group = group.forKind(kind)};
  const std::vector<std::string> parts = split(word, '/');
  if (parts.empty() || parts.size() > 2 ||
      std::any_of(parts.begin(), parts.end(), [](auto& p) { return p.empty(); }))
    return fail(noName(word));
  if (parts.size() == 2) {
    if (!kind.grouped)
      return fail(makeError(ErrorCode::kInvalidInput, "a {} belongs to the server, not to a group: {}",
                            kind.kind, proffer::quoted(word)));
    if (group.given && group.name != parts[0]) return fail(elsewhere(word, group));
    selection.group = parts[0];
  }
  selection.name = parts.back();
  return selection;
}

Error notFound(const ResourceKey& key, const std::vector<Resource>& others) {
  std::vector<std::string> names;
  for (const Resource& other : others) names.push_back(other.metadata.name);
  Error error = makeError(ErrorCode::kNotFound, "{} not found", displayName(key));
  error.hint = didYouMean(key.name, names);
  return error;
}

bool named(const Resource& resource, const std::string& name) {
  return resource.metadata.name == name;
}

}  // namespace

Result<std::vector<Selection>> readSelections(const Arguments& arguments) {
  const std::vector<std::string>& words = arguments.positionals;
  const GroupWord group = groupWord(arguments);
  std::vector<Selection> selections;
  if (words.empty()) return selections;
  if (words.front() == "all" && words.size() == 1)
    return std::vector{
        Selection{.group = group.name.empty() ? std::nullopt : std::make_optional(group.name)}};
  if (words.size() == 1 && words.front().find(',') != std::string::npos) {  // KIND,KIND
    bool anyGrouped = false;
    for (const std::string& word : split(words.front(), ',')) {
      PROFFER_TRY(const KindTable* kind, requireKind(word));
      anyGrouped = anyGrouped || kind->grouped;
      selections.push_back({.kind = kind, .group = group.forKind(*kind)});
    }
    if (!anyGrouped && !selections.empty()) PROFFER_CHECK(checkGroup(*selections.front().kind, group));
    return selections;
  }
  if (words.front().find('/') == std::string::npos) {  // KIND NAME...
    PROFFER_TRY(const KindTable* kind, requireKind(words.front()));
    if (words.size() == 1) {
      PROFFER_CHECK(checkGroup(*kind, group));
      return std::vector{Selection{.kind = kind, .group = group.forKind(*kind)}};
    }
    for (size_t i = 1; i < words.size(); ++i) {
      PROFFER_TRY(Selection selection, readName(*kind, words[i], group));
      selections.push_back(std::move(selection));
    }
    return selections;
  }
  for (const std::string& word : words) {  // KIND/NAME...
    const size_t slash = word.find('/');
    if (slash == std::string::npos) return fail(noName(word));
    PROFFER_TRY(const KindTable* kind, requireKind(word.substr(0, slash)));
    PROFFER_TRY(Selection selection, readName(*kind, word.substr(slash + 1), group));
    selections.push_back(std::move(selection));
  }
  return selections;
}

Result<Target> readTarget(const Arguments& arguments, std::string_view what, std::string_view example) {
  const std::string word = arguments.positional(0);
  const GroupWord group = groupWord(arguments);
  const std::vector<std::string> parts = split(word, '/');
  if (parts.size() == 1 && !group.name.empty()) return Target{group.name, word};
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
    return fail(makeError(ErrorCode::kInvalidInput, "{} does not name a {}", proffer::quoted(word), what)
                    .hinting(fmt::format("GROUP/NAME is expected, such as {}", example)));
  if (group.given && group.name != parts[0]) return fail(elsewhere(word, group));
  return Target{parts[0], parts[1]};
}

Result<std::vector<Resource>> find(client::Client& client, const Selection& selection,
                                   const std::map<std::string, std::string>& labels) {
  client::ListQuery query{.kind = selection.kind == nullptr ? "" : selection.kind->kind,
                          .group = selection.group,
                          .labels = labels};
  if (selection.name.empty()) {
    PROFFER_TRY(client::ListAnswer answer, client.list(query));
    return std::move(answer.items);
  }
  const bool known = !selection.kind->grouped || selection.group.has_value();
  if (known) {
    const ResourceKey key{selection.kind->kind, selection.group.value_or(""), selection.name};
    auto found = client.get(key);
    if (found) return std::vector{*std::move(found)};
    if (found.error().code != ErrorCode::kNotFound) return fail(std::move(found).error());
    const auto others = client.list({.kind = query.kind, .group = query.group, .labels = {}});
    return fail(notFound(key, others ? others->items : std::vector<Resource>{}));
  }
  PROFFER_TRY(client::ListAnswer answer, client.list(query));
  std::vector<Resource> found;
  std::vector<std::string> groups;
  for (const Resource& resource : answer.items) {
    if (!named(resource, selection.name)) continue;
    found.push_back(resource);
    groups.push_back(resource.metadata.group);
  }
  if (found.empty()) return fail(notFound({query.kind, "", selection.name}, answer.items));
  if (found.size() > 1)
    return fail(makeError(ErrorCode::kInvalidInput, "{} {} exists in the groups {}", lower(query.kind),
                          proffer::quoted(selection.name), join(groups, ", "))
                    .hinting("say which with -g GROUP"));
  return found;
}

Result<ResourceKey> keyOf(client::Client& client, const Selection& selection) {
  if (selection.kind == nullptr || selection.name.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a name is expected")
                    .hinting("write KIND NAME, KIND GROUP/NAME or KIND/GROUP/NAME"));
  if (!selection.kind->grouped || selection.group)
    return ResourceKey{selection.kind->kind, selection.group.value_or(""), selection.name};
  PROFFER_TRY(std::vector<Resource> found, find(client, selection));
  return found.front().key();
}

std::string displayName(const ResourceKey& key) {
  return key.group.empty() ? fmt::format("{}/{}", lower(key.kind), key.name)
                           : fmt::format("{}/{}/{}", lower(key.kind), key.group, key.name);
}

Result<std::map<std::string, std::string>> readLabels(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> labels;
  for (const std::string& text : texts) {
    for (const std::string& pair : split(text, ',')) {
      const size_t equals = pair.find('=');
      if (equals == std::string::npos || equals == 0)
        return fail(makeError(ErrorCode::kInvalidInput, "{} is not a label", proffer::quoted(pair))
                        .in("-l")
                        .hinting("NAME=VALUE is expected"));
      labels[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
  }
  return labels;
}

Option groupOption() {
  return {.name = "group", .letter = 'g', .value = "GROUP", .help = "The dataset group", .setting = true};
}

Result<std::map<std::string, std::string>> pairsOf(const Arguments& arguments, std::string_view flag,
                                                   bool joined) {
  std::map<std::string, std::string> pairs;
  for (const std::string& text : arguments.list(flag)) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return fail(
          Error{ErrorCode::kInvalidInput, fmt::format("{} is not NAME=VALUE", proffer::quoted(text))}.in(
              fmt::format("--{}", flag)));
    const std::string name = text.substr(0, equals), value = text.substr(equals + 1);
    const auto [at, added] = pairs.emplace(name, value);
    if (!added) at->second = joined ? at->second + "," + value : value;
  }
  return pairs;
}

Result<void> checkParams(client::Client& client, const std::string& group, const std::string& filter,
                         const std::map<std::string, std::string>& values) {
  if (values.empty()) return {};
  const size_t slash = filter.find('/');
  const std::string name = slash == std::string::npos ? filter : filter.substr(slash + 1);
  const auto found = client.get({"Filter", group, name});
  if (!found || !member(found->status, "uses").is_object()) return {};
  std::vector<std::string> placeholders;
  for (const Json& placeholder : member(found->status["uses"], "placeholders"))
    if (placeholder.is_string()) placeholders.push_back(placeholder.get<std::string>());
  for (const auto& [value, text] : values) {
    if (std::find(placeholders.begin(), placeholders.end(), value) != placeholders.end()) continue;
    const std::string hint = didYouMean(value, placeholders);
    return fail(
        makeError(ErrorCode::kInvalidInput, "filter {} has no placeholder ${}", proffer::quoted(name), value)
            .in("--param " + value)
            .hinting(!hint.empty()          ? hint
                     : placeholders.empty() ? "it has none"
                                            : "it has $" + join(placeholders, ", $")));
  }
  return {};
}

Option paramOption() {
  return {.name = "param",
          .value = "NAME=VALUE",
          .help = "A value for $NAME of the filter; several after commas, or by giving it again",
          .repeatable = true};
}

Option labelOption() {
  return {.name = "selector",
          .letter = 'l',
          .value = "NAME=VALUE[,...]",
          .help = "Only objects with these labels",
          .repeatable = true};
}

}  // namespace proffer::cli
