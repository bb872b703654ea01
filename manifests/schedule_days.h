// On which days a cron schedule is due, and whether it ever is. Pure functions; any thread.
#pragma once

#include <absl/time/civil_time.h>

#include "manifests/schedule.h"

namespace proffer {

/// Whether the schedule is due in the month and the year of `day` at all; from Schedule::kFirstYear to
/// kLastYear.
bool dueInMonthOf(const Schedule& schedule, absl::CivilDay day);
/// Whether it is due on `day`, if it is in the month.
bool dueOn(const Schedule& schedule, absl::CivilDay day);

/// What can be known to be wrong with a schedule that was read: a time zone that does not exist, a day that
/// never comes, such as 30 February. kInvalidInput. On a system without time zones every zone is taken.
Result<void> checkSchedule(const Schedule& schedule);

}  // namespace proffer
