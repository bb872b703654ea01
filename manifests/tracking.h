// The tracking id under which events come in. Pure functions; any thread.
#pragma once

#include <string>

#include "manifests/resource.h"

namespace proffer {

/// The tracking id of an EventTracker, or of a dataset of ACTION_INTERACTIONS (AR-3): a UUID that follows from the
/// object's uid, so that it is known as soon as the object exists, is the same after every restart, and ends with it.
inline std::string trackingIdOf(const Resource& resource) {
  return resource.metadata.uid;
}

}  // namespace proffer
