// Which objects a resource names, and the name under which the service's protocol knows it.
#include "manifests/references.h"
#include "base/hash.h"
#include "base/text.h"
#include "manifests/kind_table.h"
#include "manifests/normalizer.h"

namespace proffer {
namespace {

void collect(const Field& field, const Json& value, const std::string& path,
             std::vector<Reference>& references) {
  if (value.is_null()) return;
  if (value.is_string() && !field.refersTo.empty()) {
    const auto name = value.get<std::string>();
    if (std::find(field.reserved.begin(), field.reserved.end(), name) == field.reserved.end())
      references.push_back({path, split(field.refersTo, '|'), name});
    return;
  }
  for (const auto& form : field.alternatives)
    if (form.type == ValueType::kObject && value.is_object()) collect(form, value, path, references);
  if (field.type == ValueType::kObject)
    for (const auto& inner : field.fields)
      collect(inner, member(value, inner.name), joinPath(path, inner.name), references);
  if (field.type == ValueType::kList && value.is_array())
    for (size_t i = 0; i < value.size(); ++i)
      collect(*field.element, value[i], fmt::format("{}[{}]", path, i), references);
}

}  // namespace

std::vector<Reference> namedReferences(const Resource& resource) {
  std::vector<Reference> references;
  const KindTable* table = findKind(resource.kind);
  if (table == nullptr) return references;
  if (table->grouped) references.push_back({"metadata.group", {"DatasetGroup"}, resource.metadata.group});
  for (const auto& field : table->fields)
    collect(field, member(resource.spec, field.name), "spec." + field.name, references);
  return references;
}

ResourceKey keyOf(const std::string& kind, const std::string& group, const std::string& name) {
  const KindTable* table = findKind(kind);
  return {kind, table != nullptr && table->grouped ? group : "", name};
}

std::vector<ResourceKey> referencesOf(const Resource& resource) {
  std::vector<ResourceKey> keys;
  for (const auto& reference : namedReferences(resource))
    for (const auto& kind : reference.kinds) {
      auto key = keyOf(kind, resource.metadata.group, reference.name);
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
    }
  return keys;
}

// Eight hex digits that stay with the object: the beginning of its uid, which is random.
static std::string shortId(const Resource& resource) {
  const auto dash = resource.metadata.uid.find('-');
  if (dash == 8) return resource.metadata.uid.substr(0, 8);
  return hashHex(hash64(resource.metadata.uid + resource.key().toString())).substr(0, 8);
}

// A version's own digits: those its name ends in ("taste-1a2b3c4d"), if it does.
static std::string versionId(const Resource& resource) {
  const auto& name = resource.metadata.name;
  const auto dash = name.rfind('-');
  const auto tail = dash == std::string::npos ? name : name.substr(dash + 1);
  return tail.size() == 8 && tail.find_first_not_of("0123456789abcdef") == std::string::npos
             ? tail
             : shortId(resource);
}

std::string arnFor(const Resource& resource, std::string_view region, std::string_view account) {
  const KindTable* table = findKind(resource.kind);
  if (table == nullptr || table->arnPart.empty()) return "";
  const auto& metadata = resource.metadata;
  std::string suffix;
  if (resource.kind == "Dataset") {
    suffix = fmt::format("dataset/{}/{}", metadata.group, stringMember(resource.spec, "type"));
  } else if (resource.kind == "EventTracker") {
    suffix = "event-tracker/" + shortId(resource);
  } else if (resource.kind == "SolutionVersion") {
    const bool ofSolution = resource.spec.contains("solution");
    suffix = fmt::format("{}/{}.{}/{}", ofSolution ? "solution" : "recommender", metadata.group,
                         stringMember(resource.spec, ofSolution ? "solution" : "recommender"),
                         versionId(resource));
  } else {
    suffix =
        fmt::format("{}/{}{}{}", table->arnPart, metadata.group, table->grouped ? "." : "", metadata.name);
  }
  return fmt::format("arn:aws:personalize:{}:{}:{}", region, account, suffix);
}

}  // namespace proffer
