// When a schedule of a manifest is due. Its syntax is manifests/schedule.h; this is the arithmetic on the
// Clock. Pure functions (time zones come from the system's data, and are kept once read); any thread.
//
// So that a hundred objects with the same schedule do not start together, every run is moved a little by the
// object's own seed (splitmix64 of it; docs/schedules.md shows the formula, a test computes it anew):
//   rate(R)    the run is due R after the start of the last one, R being moved by up to 5 % to either side,
//   at
//              most 30 minutes, differently every time: bunches dissolve and the rhythm stays
//   cron(...)  the run is due up to 10 minutes (at most a tenth of the distance to the next slot) after its
//              slot, never before it, for one object always by as much
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace proffer::reconcile {

/// What a field of spec.schedules holds if it is never to run.
inline constexpr std::string_view kNever = "never";

/// The first time after `base` at which `schedule` is due, in whole seconds. `base` is when the last run
/// began or was skipped, so slots that were missed meanwhile make one run. Nothing: never again.
/// kInvalidInput for what is no schedule, or names a time zone that does not exist; kNotFound if the system
/// has no time zones.
Result<std::optional<Time>> nextRun(const std::string& schedule, Time base, uint64_t seed);

/// Of a cron schedule, in its zone, without any moving. A time that the clocks jump over in spring is due at
/// the jump; one that they show twice in autumn is due the first time only.
Result<std::optional<Time>> nextSlot(const std::string& schedule, Time after);

/// A well-mixed number of the seed and what it is asked for.
uint64_t mixed(uint64_t seed, uint64_t what);

}  // namespace proffer::reconcile
