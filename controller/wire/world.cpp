#include "controller/wire/world.h"

#include "controller/store/resource_store.h"

namespace proffer::wire {

const std::vector<Resource>& World::of(std::string_view kind) {
  const auto known = kinds_.find(kind);
  if (known != kinds_.end()) return known->second;
  store::ListOptions options;
  options.kind = std::string(kind);
  auto list = store_.resources().list(options);
  if (!list && !failure_) failure_ = list.error();
  return kinds_.emplace(std::string(kind), list ? std::move(list->items) : std::vector<Resource>())
      .first->second;
}

const Resource* World::find(std::string_view kind, std::string_view group, std::string_view name) {
  for (const Resource& resource : of(kind))
    if (resource.metadata.group == group && resource.metadata.name == name) return &resource;
  return nullptr;
}

const Resource* World::byArn(std::string_view kind, std::string_view arn) {
  for (const Resource& resource : of(kind))
    if (!arn.empty() && resource.metadata.arn == arn) return &resource;
  return nullptr;
}

std::string World::groupArn(const Resource& resource) {
  const Resource* group = groupOf(resource);
  return group == nullptr ? "" : group->metadata.arn;
}

}  // namespace proffer::wire
