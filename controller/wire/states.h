// The service's statuses, made of the conditions that reconcilers write (control-plane 1.4).
//
// Any thread; a World belongs to one.
#pragma once

#include <string>
#include <string_view>

#include "controller/wire/world.h"
#include "manifests/resource.h"

namespace proffer::wire {

inline constexpr std::string_view kActive = "ACTIVE";
inline constexpr std::string_view kCreatePending = "CREATE PENDING";
inline constexpr std::string_view kCreateInProgress = "CREATE IN_PROGRESS";
inline constexpr std::string_view kCreateFailed = "CREATE FAILED";

struct State {
  std::string status;
  std::string failureReason;  ///< with CREATE FAILED (or FAILED) only
};

State stateOf(World& world, const Resource& resource);

/// How the latest update of a campaign, recommender or solution stands (CA-4); made of its Ready condition.
State updateState(World& world, const Resource& resource, int64_t generation);

/// Whether the object is on its way somewhere, so that it cannot be deleted now.
bool isTransitional(std::string_view status);

/// The last time at which anything about the object changed that the service shows.
Time lastUpdated(const Resource& resource);

/// status.run.state of what has a job of its own: "", "Queued", "Running", "Succeeded", "Failed",
/// "Cancelled".
std::string runStateOf(const Resource& resource);

}  // namespace proffer::wire
