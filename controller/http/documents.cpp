#include "controller/http/documents.h"

#include "base/text.h"
#include "manifests/names.h"

namespace proffer::http {

Json keyJson(const ResourceKey& key) {
  Json json{{"kind", key.kind}};
  if (!key.group.empty()) json["group"] = key.group;
  json["name"] = key.name;
  return json;
}

Json changesJson(const std::vector<FieldChange>& changes) {
  Json json = Json::array();
  for (const FieldChange& change : changes) {
    Json entry{{"path", change.path}};
    if (!change.before.is_null()) entry["before"] = change.before;
    if (!change.after.is_null()) entry["after"] = change.after;
    json.push_back(std::move(entry));
  }
  return json;
}

Result<ResourceKey> keyFromPath(const Call& call) {
  auto kind = requireKind(call.part("plural"));
  if (!kind) {
    Error error = kind.error();
    error.code = ErrorCode::kNotFound;
    return fail(std::move(error));
  }
  const KindTable& table = **kind;
  const ResourceKey key{table.kind, call.part("group"), call.part("name")};
  if (table.grouped && key.group.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a {} belongs to a group", table.kind)
                    .hinting(fmt::format("the path is /v1/groups/GROUP/{}/{}", table.plural, key.name)));
  if (!table.grouped && !key.group.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a {} belongs to the server, not to a group", table.kind)
                    .hinting(fmt::format("the path is /v1/{}/{}", table.plural, key.name)));
  return key;
}

Result<std::map<std::string, std::string>> parseLabelSelector(std::string_view text) {
  std::map<std::string, std::string> labels;
  for (const std::string& part : split(text, ',')) {
    const size_t equals = part.find('=');
    if (equals == 0 || equals == std::string::npos || part[equals - 1] == '!')
      return fail(makeError(ErrorCode::kInvalidInput, "{} selects no label: name=value, separated by commas",
                            quoted(part))
                      .in("labelSelector"));
    // "a==b" is the long form of "a=b".
    const size_t value = equals + 1 < part.size() && part[equals + 1] == '=' ? equals + 2 : equals + 1;
    labels[std::string(trim(part.substr(0, equals)))] = std::string(trim(part.substr(value)));
  }
  return labels;
}

Result<store::ListOptions> selectionOf(const Call& call) {
  store::ListOptions options;
  const std::string word = call.parts.count("plural") > 0 ? call.part("plural") : call.parameter("kind");
  if (!word.empty()) {
    auto kind = requireKind(word);
    if (!kind) {
      Error error = kind.error();
      if (call.parts.count("plural") > 0) error.code = ErrorCode::kNotFound;
      return fail(std::move(error));
    }
    options.kind = (*kind)->kind;
  }
  if (call.parts.count("group") > 0)
    options.group = call.part("group");
  else if (call.query.count("group") > 0)
    options.group = call.parameter("group");
  PROFFER_TRY(options.labels, parseLabelSelector(call.parameter("labelSelector")));
  if (call.query.count("managedBy") > 0) options.managedBy = call.parameter("managedBy");
  return options;
}

Result<void> checkMembers(const Json& object, std::span<const std::string> known) {
  if (!object.is_object())
    return fail(ErrorCode::kInvalidInput, "the body is a JSON object, this is {}", object.type_name());
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Error error = makeError(ErrorCode::kInvalidInput, "unknown member {}; known are {}", quoted(name),
                            join(known, ", "));
    error.field = name;
    error.hint = didYouMean(name, known);
    return fail(std::move(error));
  }
  return {};
}

namespace {

bool isYaml(const Call& call) {
  return call.contentType.find("yaml") != std::string::npos;
}

Result<Resource> fromYaml(const Call& call, std::vector<Error>& all) {
  ManifestSet set = readManifests({{"<body>", call.body}});
  if (!set.ok()) {
    all = set.errors;
    return fail(set.errors.front());
  }
  if (set.manifests.size() != 1)
    return fail(ErrorCode::kInvalidInput, "the body holds {} documents, one is expected",
                set.manifests.size());
  return std::move(set.manifests.front().resource);
}

// What the path says may be left out of the document, but not contradicted.
Result<void> fillIn(Json& object, const char* name, const std::string& value, std::string_view path) {
  if (value.empty()) return {};
  const Json& given = member(object, name);
  if (given.is_null()) {
    object[name] = value;
  } else if (given != Json(value)) {
    return fail(makeError(ErrorCode::kInvalidInput, "the document says {}, the path says \"{}\"",
                          dumpJson(given), value)
                    .in(std::string(path)));
  }
  return {};
}

}  // namespace

Result<Resource> resourceFromBody(const Call& call, const ResourceKey& key, std::vector<Error>& all) {
  if (isYaml(call)) {
    PROFFER_TRY(Resource resource, fromYaml(call, all));
    if (resource.key() != key)
      return fail(ErrorCode::kInvalidInput, "the document is {}, the path names {}",
                  resource.key().toString(), key.toString());
    return resource;
  }
  PROFFER_TRY(Json document, parseJson(call.body));
  static const std::vector<std::string> kMembers{"apiVersion", "kind", "metadata", "spec", "status"};
  PROFFER_CHECK(checkMembers(document, kMembers));
  if (!document.contains("metadata")) document["metadata"] = Json::object();
  if (!document["metadata"].is_object())
    return fail(makeError(ErrorCode::kInvalidInput, "an object is expected").in("metadata"));
  PROFFER_CHECK(fillIn(document, "apiVersion", std::string(kApiVersion), "apiVersion"));
  PROFFER_CHECK(fillIn(document, "kind", key.kind, "kind"));
  PROFFER_CHECK(fillIn(document["metadata"], "name", key.name, "metadata.name"));
  PROFFER_CHECK(fillIn(document["metadata"], "group", key.group, "metadata.group"));
  document.erase("status");
  PROFFER_TRY(Resource resource, resourceFromJson(document));
  if (resource.key() != key)
    return fail(ErrorCode::kInvalidInput, "the document is {}, the path names {}", resource.key().toString(),
                key.toString());
  return resource;
}

Result<std::string> managerOf(const Call& call) {
  const std::string set = call.parameter("set");
  if (set.empty()) return set;
  if (!isSetName(set))
    return fail(makeError(ErrorCode::kInvalidInput, "{} is not the name of a set", quoted(set))
                    .in("set")
                    .hinting(std::string(kSetNameRule)));
  return "set/" + set;
}

Result<store::ApplyOptions> applyOptionsOf(const Call& call) {
  store::ApplyOptions options;
  PROFFER_TRY(options.manager, managerOf(call));
  PROFFER_TRY(options.prune, booleanParameter(call, "prune"));
  PROFFER_TRY(options.allowPruneAll, booleanParameter(call, "allowPruneAll"));
  PROFFER_TRY(options.dryRun, booleanParameter(call, "dryRun"));
  PROFFER_TRY(options.replace, booleanParameter(call, "replace"));
  if (options.prune && options.manager.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "only a named set can be pruned")
                    .in("prune")
                    .hinting("say which with set=NAME"));
  return options;
}

}  // namespace proffer::http
