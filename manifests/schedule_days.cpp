#include "manifests/schedule_days.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_zone.h"

namespace proffer {
namespace {

bool fits(uint32_t bits, int number) {
  return (bits >> number & 1) != 0;
}

int weekdayOf(absl::CivilDay day) {
  return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;  // Abseil counts from Monday, we from Sunday
}

absl::CivilDay lastOfMonth(absl::CivilDay day) {
  return absl::CivilDay(absl::CivilMonth(day) + 1) - 1;
}

// The working day nearest to the n-th of the month, without leaving the month.
absl::CivilDay nearestWeekday(absl::CivilDay inMonth, int n) {
  const absl::CivilDay last = lastOfMonth(inMonth);
  absl::CivilDay day = std::min(absl::CivilDay(absl::CivilMonth(inMonth)) + (n - 1), last);
  if (weekdayOf(day) == 6) return day.day() == 1 ? day + 2 : day - 1;
  if (weekdayOf(day) == 0) return day == last ? day - 2 : day + 1;
  return day;
}

bool dayOfMonthFits(const Schedule& schedule, absl::CivilDay day) {
  if (fits(schedule.daysOfMonth, day.day())) return true;
  if (schedule.lastDayOfMonth && day == lastOfMonth(day)) return true;
  for (int n = 1; schedule.nearestWeekdays != 0 && n <= 31; ++n)
    if (fits(schedule.nearestWeekdays, n) && n <= lastOfMonth(day).day() && nearestWeekday(day, n) == day)
      return true;
  return false;
}

bool dayOfWeekFits(const Schedule& schedule, absl::CivilDay day) {
  const int weekday = weekdayOf(day);
  if (fits(schedule.daysOfWeek, weekday)) return true;
  if (fits(schedule.lastDaysOfWeek, weekday) && day + 7 > lastOfMonth(day)) return true;
  return fits(schedule.nthDaysOfWeek[static_cast<size_t>((day.day() + 6) / 7)], weekday);
}

// Most schedules find a day in the first month; only one that never comes costs all the years.
bool everComes(const Schedule& schedule) {
  absl::CivilDay day(Schedule::kFirstYear, 1, 1);
  while (day.year() <= Schedule::kLastYear) {
    if (!dueInMonthOf(schedule, day)) {
      day = absl::CivilDay(absl::CivilMonth(day) + 1);
      continue;
    }
    if (dueOn(schedule, day)) return true;
    ++day;
  }
  return false;
}

}  // namespace

bool dueInMonthOf(const Schedule& schedule, absl::CivilDay day) {
  const auto year = static_cast<size_t>(day.year() - Schedule::kFirstYear);
  return fits(schedule.months, day.month()) && (schedule.years.none() || schedule.years.test(year));
}

bool dueOn(const Schedule& schedule, absl::CivilDay day) {
  if (schedule.anyDayOfMonth && schedule.anyDayOfWeek) return true;
  if (schedule.anyDayOfMonth) return dayOfWeekFits(schedule, day);
  if (schedule.anyDayOfWeek) return dayOfMonthFits(schedule, day);
  return dayOfMonthFits(schedule, day) || dayOfWeekFits(schedule, day);
}

Result<void> checkSchedule(const Schedule& schedule) {
  if (schedule.isRate()) return {};
  const auto zone = timeZoneNamed(schedule.timeZone);
  if (!zone && zone.error().code == ErrorCode::kInvalidInput) return fail(zone.error());
  if (everComes(schedule)) return {};
  return fail(makeError(ErrorCode::kInvalidInput, "{} never comes: none of its months has such a day",
                        quoted(schedule.text))
                  .hinting("`never` switches a schedule off"));
}

}  // namespace proffer
