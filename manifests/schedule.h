// Schedules as they stand in manifests: rate(2 hours) and cron(0 3 * * MON Europe/Berlin). This is their
// syntax; who runs them asks a clock.
//
// Plain values; pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace proffer {

struct Schedule {
  std::string text;  ///< canonical: "rate(7 days)", "cron(0 3 * * MON Europe/Berlin)"
  Duration rate{0};  ///< rate(...): the distance; 0 for cron
  // cron(...): one bit for every minute, hour, day of month, month and day of week (0 is Sunday) that fits
  uint64_t minutes = 0;
  uint32_t hours = 0, daysOfMonth = 0, months = 0, daysOfWeek = 0;
  bool anyDayOfMonth = true,
       anyDayOfWeek = true;  ///< both false: a day fits if either does (as in Unix cron)
  std::string timeZone = "UTC";

  bool isRate() const { return rate.count() > 0; }
};

/// rate(N minutes|hours|days), N at least 1; cron(MINUTE HOUR DAY MONTH WEEKDAY [ZONE]) with *, lists,
/// ranges, steps and English names. kInvalidInput says which part is wrong. A zone's name is checked for its
/// shape only.
Result<Schedule> parseSchedule(std::string_view text);

}  // namespace proffer
