// The names of other objects that stand in a resource, with the places where they stand. Pure functions; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "manifests/resource.h"

namespace proffer {

struct Reference {
  std::string path;                ///< "spec.arms[1].target"
  std::vector<std::string> kinds;  ///< one of these
  std::string name;
};

/// Every name of another object in a normalised resource, its dataset group first.
std::vector<Reference> namedReferences(const Resource& resource);
/// The key of an object that is named from within `group`.
ResourceKey keyOf(const std::string& kind, const std::string& group, const std::string& name);

}  // namespace proffer
