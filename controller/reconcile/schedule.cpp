#include "controller/reconcile/schedule.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>

#include "base/time_zone.h"
#include "manifests/schedule_days.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLongestRateMove = 30min;
constexpr Duration kLongestCronMove = 10min;

Time wholeSecond(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

bool fits(uint32_t bits, int number) {
  return (bits >> number & 1) != 0;
}

// The first slot of this day that is later than `after`.
std::optional<absl::Time> slotOnDay(const Schedule& schedule, const absl::TimeZone& zone, absl::CivilDay day,
                                    absl::Time after) {
  for (int hour = 0; hour < 24; ++hour) {
    if (!fits(schedule.hours, hour)) continue;
    for (int minute = 0; minute < 60; ++minute) {
      if ((schedule.minutes >> minute & 1) == 0) continue;
      const auto at = zone.At(absl::CivilSecond(day.year(), day.month(), day.day(), hour, minute, 0));
      const absl::Time slot = at.kind == absl::TimeZone::TimeInfo::SKIPPED ? at.trans : at.pre;
      if (slot > after) return slot;
    }
  }
  return std::nullopt;
}

Result<std::optional<Time>> slotAfter(const Schedule& schedule, Time time) {
  PROFFER_TRY(const absl::TimeZone zone, timeZoneNamed(schedule.timeZone));
  const absl::Time after =
      absl::FromUnixSeconds(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  absl::CivilDay day(zone.At(after).cs);
  while (day.year() <= Schedule::kLastYear) {
    if (day.year() < Schedule::kFirstYear || !dueInMonthOf(schedule, day)) {
      day = absl::CivilDay(absl::CivilMonth(day) + 1);
      continue;
    }
    if (dueOn(schedule, day)) {
      if (const auto slot = slotOnDay(schedule, zone, day, after))
        return std::optional<Time>(fromMicros(absl::ToUnixMicros(*slot)));
    }
    ++day;
  }
  return std::optional<Time>();
}

int64_t secondsOf(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
uint64_t mixed(uint64_t seed, uint64_t what) {
  uint64_t z = (seed ^ what) + 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

Result<std::optional<Time>> nextSlot(const std::string& schedule, Time after) {
  PROFFER_TRY(const Schedule parsed, parseSchedule(schedule));
  if (parsed.isRate()) return std::optional<Time>(wholeSecond(after) + parsed.rate);
  return slotAfter(parsed, after);
}

Result<std::optional<Time>> nextRun(const std::string& schedule, Time base, uint64_t seed) {
  if (schedule == kNever) return std::optional<Time>();
  PROFFER_TRY(const Schedule parsed, parseSchedule(schedule));
  const Time began = wholeSecond(base);
  if (parsed.isRate()) {
    const int64_t most = secondsOf(std::min<Duration>(parsed.rate / 20, kLongestRateMove));
    const auto place = static_cast<int64_t>(mixed(seed, static_cast<uint64_t>(toMicros(began) / 1'000'000)) %
                                            static_cast<uint64_t>(2 * most + 1));
    return std::optional<Time>(began + parsed.rate + std::chrono::seconds(place - most));
  }
  PROFFER_TRY(const auto slot, slotAfter(parsed, base));
  if (!slot) return slot;
  PROFFER_TRY(const auto following, slotAfter(parsed, *slot));
  const Duration gap = following ? *following - *slot : Duration(kLongestCronMove * 10);
  const int64_t most = secondsOf(std::min<Duration>(gap / 10, kLongestCronMove));
  const auto place = static_cast<int64_t>(mixed(seed, 0) % static_cast<uint64_t>(most + 1));
  return std::optional<Time>(*slot + std::chrono::seconds(place));
}

}  // namespace proffer::reconcile
