#include "controller/wire/request.h"

#include "base/text.h"
#include "controller/store/admission.h"
#include "controller/store/resource_store.h"
#include "controller/wire/input_check.h"
#include "controller/wire/states.h"
#include "controller/wire/tags.h"
#include "manifests/kind_table.h"

namespace proffer::wire {
namespace {

/// Annotations: what the service shows as it was sent, and the resource model keeps in its own form.
constexpr const char* kRecord = "proffer/service-request";
constexpr const char* kUpdate = "proffer/service-update";

Json readRecord(const Resource& resource, const char* annotation) {
  const auto found = resource.metadata.annotations.find(annotation);
  if (found == resource.metadata.annotations.end()) return nullptr;
  auto record = parseJson(found->second);
  return record ? std::move(*record) : Json();
}

// What identifies the object or is kept elsewhere is left out.
Json recordedPart(const Request& request) {
  Json part = knownPart(*request.operation.input, request.input);
  for (const char* name : {"name", "jobName", "tags", "schema", "filterExpression"}) part.erase(name);
  return part;
}

// The member of the request that a field of the spec came from, for messages.
Error inServiceWords(Error error) {
  if (error.code == ErrorCode::kInvalidInput && error.field.starts_with("spec."))
    error.field = error.field.substr(5);
  return error;
}

Result<void> complete(Resource& resource) {
  auto errors = normalize(resource);
  if (!errors.empty()) return fail(inServiceWords(std::move(errors.front())));
  return {};
}

}  // namespace

Result<const Resource*> named(Request& request, std::string_view kind, std::string_view memberName) {
  const std::string arn = request.text(memberName);
  if (const Resource* found = request.world.byArn(kind, arn)) return found;
  return noSuchArn(arn);
}

tl::unexpected<Error> noSuchArn(std::string_view arn) {
  return fail(ErrorCode::kNotFound, "Resource Arn {} does not exist.", arn);
}

Result<void> requireActive(Request& request, const Resource& resource) {
  const State state = stateOf(request.world, resource);
  if (state.status == kActive) return {};
  return fail(ErrorCode::kInUse, "{} is not ACTIVE but {}{}", resource.metadata.arn, state.status,
              state.failureReason.empty() ? "" : ": " + state.failureReason);
}

std::string arnWith(std::string_view suffix) {
  static const std::string prefix = [] {
    Resource group;
    group.kind = "DatasetGroup";
    const std::string arn = arnFor(group);
    return arn.substr(0, arn.rfind(':') + 1);
  }();
  return prefix + std::string(suffix);
}

Resource fresh(std::string_view kind, const Resource* parent, std::string name, Json spec) {
  Resource resource;
  resource.kind = std::string(kind);
  resource.metadata.name = std::move(name);
  if (parent != nullptr)
    resource.metadata.group = parent->kind == "DatasetGroup" ? parent->metadata.name : parent->metadata.group;
  resource.spec = std::move(spec);
  return resource;
}

Result<Resource> create(Request& request, Resource resource, std::string_view arnSuffix) {
  PROFFER_CHECK(complete(resource));
  if (!arnSuffix.empty()) resource.metadata.arn = arnWith(arnSuffix);
  PROFFER_CHECK(setTags(resource.metadata.labels, member(request.input, "tags")));
  const Json part = recordedPart(request);
  resource.metadata.annotations[kRecord] = dumpJson({{"generation", 1}, {"request", part}});
  return store::createResource(request.store, std::move(resource));
}

Result<Resource> change(Request& request, Resource resource, bool asUpdate) {
  PROFFER_CHECK(complete(resource));
  const Resource* now = request.world.find(resource.kind, resource.metadata.group, resource.metadata.name);
  const bool differs = now == nullptr || now->spec != resource.spec;
  const int64_t generation = resource.metadata.generation + (differs ? 1 : 0);
  Json record = readRecord(resource, kRecord);
  // What another hand has changed since is not what was sent any more.
  const bool current = intMember(record, "generation") == resource.metadata.generation;
  if (!record.is_object() || (asUpdate && !member(record, "request").is_object()))
    record = {{"generation", 0}, {"request", Json::object()}};
  const Json part = recordedPart(request);
  if (asUpdate) {
    for (const auto& [name, value] : part.items()) record["request"][name] = value;
    resource.metadata.annotations[kUpdate] =
        dumpJson({{"time", toMicros(request.now)}, {"generation", generation}, {"request", part}});
  }
  if (current) record["generation"] = generation;
  resource.metadata.annotations[kRecord] = dumpJson(record);
  store::ApplyOptions options;
  PROFFER_TRY([[maybe_unused]] const auto applied, store::applySet(request.store, {resource}, options));
  return request.store.resources().get(resource.key());
}

Json asSent(const Resource& resource, std::string_view name) {
  const Json record = readRecord(resource, kRecord);
  if (intMember(record, "generation") != resource.metadata.generation) return nullptr;
  return member(member(record, "request"), name);
}

Json kept(const Resource& resource, std::string_view name) {
  const Json record = readRecord(resource, kRecord);
  return member(member(record, "request"), name);
}

Json latestUpdate(const Resource& resource) {
  return readRecord(resource, kUpdate);
}

Json timeJson(Time time) {
  return static_cast<double>(toMicros(time) / 1000) / 1000.0;
}

}  // namespace proffer::wire
