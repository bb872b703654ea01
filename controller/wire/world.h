// What one call sees of the store: resources by kind, key and ARN, read when they are first asked for.
//
// Belongs to one call and its thread. References stay good as long as it lives.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/store/control_store.h"
#include "manifests/resource.h"

namespace proffer::wire {

class World {
 public:
  explicit World(store::ControlStore& store) : store_(store) {}

  const std::vector<Resource>& of(std::string_view kind);
  /// Null if there is none.
  const Resource* find(std::string_view kind, std::string_view group, std::string_view name);
  const Resource* byArn(std::string_view kind, std::string_view arn);
  /// The group of a resource; null while it is on its way out.
  const Resource* groupOf(const Resource& resource) {
    return find("DatasetGroup", "", resource.metadata.group);
  }
  std::string groupArn(const Resource& resource);

  /// Why something could not be read; nothing if all could.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  store::ControlStore& store_;
  std::map<std::string, std::vector<Resource>, std::less<>> kinds_;
  std::optional<Error> failure_;
};

}  // namespace proffer::wire
