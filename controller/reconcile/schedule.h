// When a schedule of a manifest is due. Its syntax is manifests/schedule.h; this is the arithmetic on the
// Clock. Pure functions; any thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace proffer::reconcile {

/// The first time after `last` at which `schedule` is due. kNotImplemented for cron(...), kInvalidInput for
/// what is no schedule.
Result<Time> nextDue(const std::string& schedule, Time last);
/// The same, but the first one that is later than `now`: slots that were missed while nothing ran are not
/// made up for.
Result<Time> nextDueAfter(const std::string& schedule, Time last, Time now);

}  // namespace proffer::reconcile
