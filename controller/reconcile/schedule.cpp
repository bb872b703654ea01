#include "controller/reconcile/schedule.h"

#include "manifests/schedule.h"

namespace proffer::reconcile {

Result<Time> nextDue(const std::string& schedule, Time last) {
  PROFFER_TRY(const Schedule parsed, parseSchedule(schedule));
  if (!parsed.isRate())
    return fail(ErrorCode::kNotImplemented,
                "schedule \"{}\": cron schedules are not implemented yet; use rate(...)", schedule);
  return last + parsed.rate;
}

Result<Time> nextDueAfter(const std::string& schedule, Time last, Time now) {
  PROFFER_TRY(const Time first, nextDue(schedule, last));
  if (first > now) return first;
  const Duration rate = first - last;
  return last + rate * ((now - last) / rate + 1);
}

}  // namespace proffer::reconcile
