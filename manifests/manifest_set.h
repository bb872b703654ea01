// What only a whole set of manifests can tell. Pure; any thread.
#pragma once

#include <vector>

#include "manifests/reader.h"

namespace proffer {

/// Objects defined twice, names that share one name space, and what a dataset group's domain allows of what
/// stands in it, as far as the group and the schemas stand in the set. Manifests that are at fault leave the
/// set.
std::vector<Error> checkManifestSet(ManifestSet& set);

}  // namespace proffer
