// Schedules as they stand in manifests: rate(2 hours), cron(0 3 * * MON Europe/Berlin), and the service's
// form of six fields, cron(0 3 ? * MON *). This is their syntax; when they are due is reconcile/schedule.h.
//
// Plain values; pure functions; any thread.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace proffer {

struct Schedule {
  static constexpr int kFirstYear = 1970, kLastYear = 2199;

  std::string text;  ///< canonical: "rate(7 days)", "cron(0 3 * * MON Europe/Berlin)"
  Duration rate{0};  ///< rate(...): the distance; 0 for cron
  // cron(...): one bit for every minute, hour, day of month, month and day of week (0 is Sunday) that fits
  uint64_t minutes = 0;
  uint32_t hours = 0, daysOfMonth = 0, months = 0, daysOfWeek = 0;
  bool anyDayOfMonth = true,
       anyDayOfWeek = true;  ///< both false: a day fits if either does (as in Unix cron)
  // Only in the form of six fields:
  std::bitset<kLastYear - kFirstYear + 1> years{};  ///< none: any year
  bool lastDayOfMonth = false;                      ///< L
  uint32_t nearestWeekdays = 0;                     ///< 15W: the weekday nearest to the 15th
  uint32_t lastDaysOfWeek = 0;                      ///< 6L: the month's last Friday
  std::array<uint32_t, 6> nthDaysOfWeek{};          ///< [2]: 6#2, the month's second Friday
  std::string timeZone = "UTC";

  bool isRate() const { return rate.count() > 0; }
};

/// rate(N minutes|hours|days), N at least 1; cron(MINUTE HOUR DAY MONTH WEEKDAY [ZONE]) as Unix knows it,
/// with
/// *, ?, lists, ranges, steps and English names; cron(MINUTE HOUR DAY MONTH WEEKDAY YEAR [ZONE]) as the
/// service knows it: a sixth field that does not begin with a letter is the year, weekdays are counted from
/// 1 = SUN (in Unix 0 = SUN), one of the two days is ?, and L, 15W, 6L and 6#2 are understood.
/// kInvalidInput says which part is wrong. A zone's name is checked for its shape only; whether there is one,
/// and whether the schedule ever comes, is checkSchedule's (schedule_days.h).
Result<Schedule> parseSchedule(std::string_view text);

}  // namespace proffer
