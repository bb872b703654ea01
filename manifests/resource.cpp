#include "manifests/resource.h"

#include "base/text.h"
#include "manifests/binding.h"
#include "manifests/normalizer.h"

namespace proffer {

std::string ResourceKey::toString() const {
  return group.empty() ? fmt::format("{}/{}", kind, name) : fmt::format("{}/{}/{}", kind, group, name);
}

static Json metadataToJson(const Metadata& metadata) {
  Json json = Json::object();
  const auto text = [&json](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  text("name", metadata.name);
  text("group", metadata.group);
  if (!metadata.labels.empty()) json["labels"] = metadata.labels;
  if (!metadata.annotations.empty()) json["annotations"] = metadata.annotations;
  text("uid", metadata.uid);
  text("arn", metadata.arn);
  if (metadata.generation != 0) json["generation"] = metadata.generation;
  if (metadata.resourceVersion != 0) json["resourceVersion"] = metadata.resourceVersion;
  if (metadata.creationTimestamp != Time{})
    json["creationTimestamp"] = formatTime(metadata.creationTimestamp);
  if (metadata.deletionTimestamp) json["deletionTimestamp"] = formatTime(*metadata.deletionTimestamp);
  for (const auto& owner : metadata.ownerReferences)
    json["ownerReferences"].push_back({{"kind", owner.kind}, {"name", owner.name}, {"uid", owner.uid}});
  for (const auto& finalizer : metadata.finalizers) json["finalizers"].push_back(finalizer);
  text("managedBy", metadata.managedBy);
  return json;
}

Json toJson(const Resource& resource) {
  Json json = Json::object();
  json["apiVersion"] = kApiVersion;
  json["kind"] = resource.kind;
  json["metadata"] = metadataToJson(resource.metadata);
  if (!resource.spec.empty()) json["spec"] = resource.spec;
  if (!resource.status.empty()) json["status"] = resource.status;
  return json;
}

std::span<const Field> metadataFields() {
  return bindingOf<Metadata>().fields();
}

static void readApiVersion(const Json& json, Normalizer& normalizer) {
  const Json& version = member(json, "apiVersion");
  if (version.is_null())
    return normalizer.problem("apiVersion", "required field is missing",
                              fmt::format("expected {}", kApiVersion));
  if (version == kApiVersion) return;
  const bool newer = version.is_string() && version.get_ref<const std::string&>().starts_with("proffer/");
  normalizer.problem("apiVersion", fmt::format("expected {}, found {}", kApiVersion, foundText(version)),
                     newer ? "this program knows no other version" : "");
}

static std::string readKind(const Json& json, Normalizer& normalizer) {
  const Json& kind = member(json, "kind");
  std::vector<std::string> kinds;
  for (const auto& table : allKinds()) kinds.push_back(table.kind);
  if (kind.is_null()) {
    normalizer.problem("kind", "required field is missing",
                       fmt::format("expected one of {}", join(kinds, ", ")));
    return "";
  }
  const auto name = kind.is_string() ? kind.get<std::string>() : "";
  if (std::find(kinds.begin(), kinds.end(), name) != kinds.end()) return name;
  const KindTable* meant = findKind(name);
  const auto hint =
      meant != nullptr ? fmt::format("did you mean \"{}\"?", meant->kind) : didYouMean(name, kinds);
  normalizer.problem("kind",
                     kind.is_string() ? fmt::format("unknown kind {}", quoted(name))
                                      : fmt::format("expected a kind, found {}", foundText(kind)),
                     hint.empty() ? fmt::format("allowed: {}", join(kinds, ", ")) : hint);
  return "";
}

static void readMetadata(const Json& json, Metadata& metadata, Normalizer& normalizer) {
  Json fields = member(json, "metadata");
  if (fields.is_null())
    return normalizer.problem("metadata", "required field is missing",
                              "expected an object with at least a name");
  if (!fields.is_object())
    return normalizer.problem(
        "metadata", fmt::format("expected an object with at least a name, found {}", foundText(fields)));
  if (normalizer.object(metadataFields(), fields, "metadata"))
    bindingOf<Metadata>().read(fields, metadata);
  else
    metadata.name = stringMember(fields, "name"), metadata.group = stringMember(fields, "group");
}

Resource readResource(const Json& json, bool withTable, std::vector<Problem>& problems,
                      const ScalarTexts& texts) {
  Resource resource;
  Normalizer normalizer(problems, texts);
  if (!json.is_object()) {
    normalizer.problem("",
                       fmt::format("expected a resource with apiVersion, kind, metadata and spec, found {}",
                                   foundText(json)));
    return resource;
  }
  if (!json.contains("apiVersion") && !json.contains("kind")) {
    normalizer.problem("", "not a manifest: it has neither apiVersion nor kind",
                       fmt::format("a manifest begins with apiVersion: {} and a kind", kApiVersion));
    return resource;
  }
  static const std::vector<std::string> kMembers{"apiVersion", "kind", "metadata", "spec", "status"};
  for (const auto& [name, value] : json.items()) {
    if (std::find(kMembers.begin(), kMembers.end(), name) != kMembers.end()) continue;
    const auto hint = didYouMean(name, kMembers);
    normalizer.problem(name, "unknown field",
                       hint.empty() ? fmt::format("allowed: {}", join(kMembers, ", ")) : hint, true);
  }
  readApiVersion(json, normalizer);
  resource.kind = readKind(json, normalizer);
  readMetadata(json, resource.metadata, normalizer);
  const auto object = [&](const char* name, Json& out) {
    const Json& value = member(json, name);
    if (value.is_object())
      out = value;
    else if (!value.is_null())
      normalizer.problem(name, fmt::format("expected an object, found {}", foundText(value)));
    return value.is_object() || value.is_null();
  };
  const bool hasSpec = object("spec", resource.spec);
  object("status", resource.status);
  if (withTable && !resource.kind.empty() && hasSpec) normalizeResource(resource, problems, texts);
  return resource;
}

Result<Resource> resourceFromJson(const Json& json) {
  std::vector<Problem> problems;
  Resource resource = readResource(json, false, problems);
  if (!problems.empty()) return fail(std::move(problems.front().error));
  return resource;
}

}  // namespace proffer
