// Applying a whole set of manifests: files with their names, one YAML text, or resources as JSON.
#include "base/error_json.h"
#include "base/text.h"
#include "controller/http/documents.h"
#include "controller/http/errors.h"
#include "controller/http/handlers.h"

namespace proffer::http {
namespace {

Result<std::vector<ManifestText>> textsOf(const Json& files) {
  static const std::vector<std::string> kMembers{"name", "text"};
  if (!files.is_array()) return fail(makeError(ErrorCode::kInvalidInput, "a list is expected").in("files"));
  std::vector<ManifestText> texts;
  for (const Json& file : files) {
    PROFFER_CHECK(checkMembers(file, kMembers));
    if (!member(file, "name").is_string() || !member(file, "text").is_string())
      return fail(makeError(ErrorCode::kInvalidInput, "a file has a name and a text, both strings")
                      .in(fmt::format("files[{}]", texts.size())));
    texts.push_back({stringMember(file, "name"), stringMember(file, "text")});
  }
  return texts;
}

std::vector<Error> resourcesOf(const Json& list, std::vector<Resource>& resources) {
  std::vector<Error> errors;
  if (!list.is_array()) return {makeError(ErrorCode::kInvalidInput, "a list is expected").in("resources")};
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string path = fmt::format("resources[{}]", i);
    const auto note = [&](Error error) {
      error.field = error.field.empty() ? path : path + "." + error.field;
      errors.push_back(std::move(error));
    };
    auto resource = resourceFromJson(list[i]);
    if (!resource) {
      note(resource.error());
      continue;
    }
    resource->status = Json::object();
    for (Error& error : normalize(*resource)) note(std::move(error));
    resources.push_back(std::move(*resource));
  }
  return errors;
}

// Errors of admission name an object; where it stands in the files is known here.
void addPositions(std::vector<Error>& errors, const ManifestSet& set) {
  for (Error& error : errors) {
    if (error.position.known()) continue;
    for (const Manifest& manifest : set.manifests) {
      if (error.message.find(manifest.resource.key().toString()) == std::string::npos) continue;
      const auto field = manifest.fieldPositions.find(error.field);
      error.position = field != manifest.fieldPositions.end() ? field->second : manifest.position;
      break;
    }
  }
}

struct Wanted {
  ManifestSet set;
  std::vector<Resource> resources;
  std::vector<Error> errors;
};

Result<Wanted> wantedBy(const Call& call) {
  static const std::vector<std::string> kMembers{"files", "resources"};
  Wanted wanted;
  if (call.contentType.find("yaml") != std::string::npos) {
    wanted.set = readManifests({{"<body>", call.body}});
  } else {
    PROFFER_TRY(const Json body, parseJson(call.body));
    PROFFER_CHECK(checkMembers(body, kMembers));
    if (body.contains("files") == body.contains("resources"))
      return fail(ErrorCode::kInvalidInput, "the body has either \"files\" or \"resources\"");
    if (body.contains("resources")) {
      wanted.errors = resourcesOf(body["resources"], wanted.resources);
      for (const Resource& resource : wanted.resources) {
        Manifest manifest;
        manifest.resource = resource;
        wanted.set.manifests.push_back(std::move(manifest));
      }
      return wanted;
    }
    PROFFER_TRY(const std::vector<ManifestText> texts, textsOf(body["files"]));
    wanted.set = readManifests(texts);
  }
  wanted.errors = wanted.set.errors;
  // An empty file is a pipe that broke more often than a wish; with prune it would delete everything.
  if (wanted.errors.empty() && wanted.set.manifests.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "there is no object in what was given")
                    .hinting("an object begins with apiVersion: proffer/v1 and kind"));
  for (const Manifest& manifest : wanted.set.manifests) wanted.resources.push_back(manifest.resource);
  return wanted;
}

Result<Json> warningsFor(Services& services, const ManifestSet& set) {
  PROFFER_TRY(const store::ResourceList list, services.store.resources().list({}));
  std::vector<ResourceKey> existing;
  for (const Resource& resource : list.items) existing.push_back(resource.key());
  Json warnings = Json::array();
  for (const Error& error : unresolvedReferences(set, existing)) warnings.push_back(toJson(error));
  return warnings;
}

Json resultsJson(const std::vector<store::ApplyOutcome>& outcomes) {
  Json results = Json::array();
  for (const store::ApplyOutcome& outcome : outcomes) {
    Json entry = keyJson(outcome.key);
    entry["action"] = store::applyActionName(outcome.action);
    if (!outcome.changes.empty()) entry["changes"] = changesJson(outcome.changes);
    results.push_back(std::move(entry));
  }
  return results;
}

}  // namespace

Result<Reply> applyManifests(Services& services, const Call& call) {
  PROFFER_TRY(const store::ApplyOptions options, applyOptionsOf(call));
  PROFFER_TRY(Wanted wanted, wantedBy(call));
  if (!wanted.errors.empty()) return errorReply(Style::kNative, wanted.errors, call.requestId);
  PROFFER_TRY(Json warnings, warningsFor(services, wanted.set));
  std::vector<Error> all;
  auto applied = store::applySet(services.store, wanted.resources, options, &all);
  if (!applied) {
    if (all.empty()) all.push_back(applied.error());
    addPositions(all, wanted.set);
    return errorReply(Style::kNative, all, call.requestId);
  }
  return jsonReply({{"resourceVersion", applied->resourceVersion},
                    {"dryRun", options.dryRun},
                    {"results", resultsJson(applied->outcomes)},
                    {"warnings", std::move(warnings)}});
}

}  // namespace proffer::http
