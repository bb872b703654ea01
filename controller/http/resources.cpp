// Listing, reading, writing, patching and deleting resources.
#include "controller/http/documents.h"
#include "controller/http/errors.h"
#include "controller/http/handlers.h"

namespace proffer::http {
namespace {

// The members of a resource that a user writes; everything else is the server's.
Json writableHalf(const Resource& resource) {
  Json metadata = Json::object();
  metadata["labels"] = resource.metadata.labels;
  metadata["annotations"] = resource.metadata.annotations;
  return {{"metadata", std::move(metadata)}, {"spec", resource.spec}};
}

Result<void> checkPatch(const Json& patch) {
  static const std::vector<std::string> kTop{"apiVersion", "kind", "metadata", "spec"};
  static const std::vector<std::string> kMetadata{"labels", "annotations", "resourceVersion"};
  PROFFER_CHECK(checkMembers(patch, kTop));
  if (!patch.contains("metadata")) return {};
  auto known = checkMembers(member(patch, "metadata"), kMetadata);
  if (known) return {};
  Error error = known.error();
  error.message += "; the rest of metadata is the server's";
  error.field = error.field.empty() ? "metadata" : "metadata." + error.field;
  return fail(std::move(error));
}

Result<std::map<std::string, std::string>> textMap(const Json& value, std::string_view path) {
  std::map<std::string, std::string> map;
  if (value.is_null()) return map;
  if (!value.is_object())
    return fail(makeError(ErrorCode::kInvalidInput, "an object is expected").in(std::string(path)));
  for (const auto& [name, text] : value.items()) {
    if (!text.is_string())
      return fail(makeError(ErrorCode::kInvalidInput, "a string is expected, this is {}", dumpJson(text))
                      .in(fmt::format("{}.{}", path, name)));
    map[name] = text.get<std::string>();
  }
  return map;
}

Result<int64_t> wantedVersion(const Call& call, const Json& document) {
  PROFFER_TRY(const int64_t version, integerParameter(call, "resourceVersion", 0));
  const Json& given = member(member(document, "metadata"), "resourceVersion");
  if (given.is_null()) return version;
  if (!given.is_number_integer())
    return fail(makeError(ErrorCode::kInvalidInput, "a number is expected").in("metadata.resourceVersion"));
  return given.get<int64_t>();
}

// Writes one object by the rules of admission. The version, if not 0, must be the one that is there.
Result<Reply> admit(Services& services, const Call& call, Resource resource) {
  if (const std::vector<Error> errors = normalize(resource); !errors.empty())
    return errorReply(Style::kNative, errors, call.requestId);
  PROFFER_TRY(const store::ApplyOptions options, applyOptionsOf(call));
  std::vector<Error> all;
  auto applied = store::applySet(services.store, {resource}, options, &all);
  if (!applied && all.size() > 1) return errorReply(Style::kNative, all, call.requestId);
  if (!applied) return fail(applied.error());
  const store::ApplyOutcome& outcome = applied->outcomes.front();
  const bool created = outcome.action == store::ApplyAction::kCreated;
  Reply reply;
  if (options.dryRun) {
    reply = jsonReply(toJson(resource));
  } else {
    PROFFER_TRY(const Resource now, services.store.resources().get(outcome.key));
    reply = jsonReply(toJson(now), created ? 201 : 200);
  }
  reply.headers.emplace_back("X-Proffer-Action", store::applyActionName(outcome.action));
  return reply;
}

Result<Resource> patched(const Resource& current, const Json& patch) {
  Json document = writableHalf(current);
  Json change = patch;
  if (change.contains("metadata")) change["metadata"].erase("resourceVersion");
  document.merge_patch(change);
  Resource after = current;
  const Json& metadata = member(document, "metadata");
  PROFFER_TRY(after.metadata.labels, textMap(member(metadata, "labels"), "metadata.labels"));
  PROFFER_TRY(after.metadata.annotations, textMap(member(metadata, "annotations"), "metadata.annotations"));
  after.spec = document.contains("spec") ? document["spec"] : Json::object();
  if (!after.spec.is_object())
    return fail(makeError(ErrorCode::kInvalidInput, "an object is expected").in("spec"));
  return after;
}

}  // namespace

Result<Reply> listResources(Services& services, const Call& call) {
  PROFFER_TRY(const store::ListOptions options, selectionOf(call));
  PROFFER_TRY(const store::ResourceList list, services.store.resources().list(options));
  Json items = Json::array();
  for (const Resource& resource : list.items) items.push_back(toJson(resource));
  return jsonReply({{"resourceVersion", list.resourceVersion}, {"items", std::move(items)}});
}

Result<Reply> getResource(Services& services, const Call& call) {
  PROFFER_TRY(const ResourceKey key, keyFromPath(call));
  PROFFER_TRY(const Resource resource, services.store.resources().get(key));
  return jsonReply(toJson(resource));
}

Result<Reply> putResource(Services& services, const Call& call) {
  PROFFER_TRY(const ResourceKey key, keyFromPath(call));
  std::vector<Error> all;
  auto resource = resourceFromBody(call, key, all);
  if (!resource && !all.empty()) return errorReply(Style::kNative, all, call.requestId);
  if (!resource) return fail(resource.error());
  return admit(services, call, std::move(*resource));
}

// Without a wanted version the patch is made again on what another hand has written meanwhile.
Result<Reply> patchResource(Services& services, const Call& call) {
  constexpr int kTries = 5;
  PROFFER_TRY(const ResourceKey key, keyFromPath(call));
  PROFFER_TRY(const Json patch, parseJson(call.body));
  PROFFER_CHECK(checkPatch(patch));
  PROFFER_TRY(const int64_t wanted, wantedVersion(call, patch));
  for (int attempt = 1;; ++attempt) {
    PROFFER_TRY(const Resource current, services.store.resources().get(key));
    PROFFER_TRY(Resource after, patched(current, patch));
    if (wanted != 0) after.metadata.resourceVersion = wanted;
    auto reply = admit(services, call, std::move(after));
    const bool again =
        !reply && reply.error().code == ErrorCode::kConflict && wanted == 0 && attempt < kTries;
    if (!again) return reply;
  }
}

Result<Reply> removeResource(Services& services, const Call& call) {
  PROFFER_TRY(const ResourceKey key, keyFromPath(call));
  store::DeleteOptions options;
  PROFFER_TRY(options.manager, managerOf(call));
  PROFFER_TRY(options.dryRun, booleanParameter(call, "dryRun"));
  PROFFER_TRY(const int64_t version, integerParameter(call, "resourceVersion", 0));
  if (version != 0) options.ifVersion = version;
  PROFFER_TRY(const std::vector<ResourceKey> going, store::deleteResource(services.store, key, options));
  Json keys = Json::array();
  for (const ResourceKey& each : going) keys.push_back(keyJson(each));
  return jsonReply({{"deleted", std::move(keys)}});
}

}  // namespace proffer::http
