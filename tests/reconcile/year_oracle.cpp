// The oracle of the simulated year. It knows schedules only as they are described to users, and shares no
// code with the controller: clocks by their two changes a year, slots by walking through the minutes.
#include <algorithm>
#include <chrono>
#include <map>

#include "year.h"

namespace proffer::reconcile {

namespace {

using Seconds = int64_t;

Seconds secondsOf(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
Time timeOf(Seconds seconds) {
  return Time(std::chrono::seconds(seconds));
}
Seconds utc(int year, unsigned month, unsigned day, int hour) {
  const std::chrono::sys_days days =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return std::chrono::duration_cast<std::chrono::seconds>(days.time_since_epoch()).count() + hour * 3600;
}

// What a clock on the wall is ahead of UTC. Right from 2026 to 2027.
Seconds aheadOfUtc(char zone, Seconds at) {
  static const Seconds berlin[] = {utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2027, 3, 28, 1),
                                   utc(2027, 10, 31, 1)};
  static const Seconds newYork[] = {utc(2026, 3, 8, 7), utc(2026, 11, 1, 6), utc(2027, 3, 14, 7),
                                    utc(2027, 11, 7, 6)};
  if (zone == 'U') return 0;
  int changes = 0;
  for (const Seconds change : zone == 'B' ? berlin : newYork) changes += at >= change ? 1 : 0;
  return (zone == 'B' ? 3600 : -5 * 3600) + (changes % 2) * 3600;
}

// Whether a clock on the wall that shows this is what the rule waits for.
bool fits(const Rule& rule, Seconds wall) {
  const Seconds minutes = wall / 60 % (24 * 60);
  if (minutes % 60 != rule.minute) return false;
  if (rule.everyHours > 0 ? minutes / 60 % rule.everyHours != 0 : minutes / 60 != rule.hour) return false;
  const Seconds days = wall / 86400;
  if (rule.weekday && (days + 4) % 7 != *rule.weekday) return false;  // 1970 began on a Thursday
  if (!rule.lastOfMonth) return true;
  const std::chrono::year_month_day tomorrow{std::chrono::sys_days(std::chrono::days(days + 1))};
  return tomorrow.day() == std::chrono::day(1);
}

// The next minute after `after` at which the rule's clock shows a fitting time for the first time, or jumps
// over one.
Seconds nextSlotOf(const Rule& rule, Seconds after) {
  for (Seconds minute = after / 60 * 60 + 60;; minute += 60) {
    const Seconds ahead = aheadOfUtc(rule.zone, minute), before = aheadOfUtc(rule.zone, minute - 60);
    for (Seconds jumped = before; jumped < ahead; jumped += 60)
      if (fits(rule, minute + jumped)) return minute;
    if (!fits(rule, minute + ahead)) continue;
    const Seconds earlier = minute - 3600;  // the hour that was shown before the clocks were put back
    const bool again = aheadOfUtc(rule.zone, earlier) == ahead + 3600;
    if (!again) return minute;
  }
}

uint64_t splitmix(uint64_t state) {
  state += 0x9e3779b97f4a7c15ULL;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;
  state = (state ^ (state >> 27)) * 0x94d049bb133111ebULL;
  return state ^ (state >> 31);
}

// When the run after one at `base` is due.
Seconds dueAfter(const Rule& rule, Seconds base, uint64_t seed) {
  if (rule.rate > 0) {
    const Seconds most = std::min<Seconds>(rule.rate / 20, 30 * 60);
    const auto moved = static_cast<Seconds>(splitmix(seed ^ static_cast<uint64_t>(base)) %
                                            static_cast<uint64_t>(2 * most + 1));
    return base + rule.rate - most + moved;
  }
  const Seconds slot = nextSlotOf(rule, base);
  const Seconds most = std::min<Seconds>((nextSlotOf(rule, slot) - slot) / 10, 10 * 60);
  return slot + static_cast<Seconds>(splitmix(seed) % static_cast<uint64_t>(most + 1));
}

// How much has come in for a group until (and at) a time.
struct Arrived {
  int interactions = 0, all = 0;
  bool operator==(const Arrived&) const = default;
};
class Arrivals {
 public:
  Arrivals(const Year& year, const std::string& group) {
    Arrived now;
    for (const auto& one : year.imported) {
      if (one.group != group) continue;
      now.interactions += one.items ? 0 : 1;
      ++now.all;
      until_[secondsOf(one.when)] = now;
    }
  }
  Arrived at(Seconds time) const {
    const auto after = until_.upper_bound(time);
    return after == until_.begin() ? Arrived{} : std::prev(after)->second;
  }

 private:
  std::map<Seconds, Arrived> until_;
};

// What is due while nothing runs is seen to when something runs again.
Seconds handled(const Year& year, Seconds due) {
  for (const auto& [from, to] : year.downtimes)
    if (due > secondsOf(from) && due < secondsOf(to)) return secondsOf(to);
  return due;
}

void follow(const Year& year, const Follower& follower, std::vector<ScheduledRun>& runs) {
  const Arrivals arrivals(year, follower.group);
  const std::string who = follower.group + "/" + follower.name;
  const Seconds end = secondsOf(year.ended);
  Seconds now = secondsOf(year.began);
  runs.push_back({who, "train", timeOf(now)});
  Seconds trainBase = now, updateBase = now;
  int trainedOn = arrivals.at(now).interactions, takenIn = arrivals.at(now).all;
  for (;;) {
    const Seconds train = handled(year, dueAfter(follower.train, trainBase, follower.seed));
    const Seconds update =
        follower.update ? handled(year, dueAfter(*follower.update, updateBase, follower.seed)) : end + 1;
    now = std::min(train, update);
    if (now > end) return;
    const Arrived there = arrivals.at(now);
    if (now == train) {
      trainBase = now;
      if (there.interactions != trainedOn) {
        runs.push_back({who, "train", timeOf(now)});
        trainedOn = there.interactions;
        takenIn = there.all;
        updateBase = now;  // a new model has taken in everything
        continue;
      }
    }
    if (now == update) {
      updateBase = now;
      if (there.all == takenIn) continue;
      runs.push_back({who, "update", timeOf(now)});
      takenIn = there.all;
    }
  }
}

}  // namespace

std::vector<ScheduledRun> expectedRuns(const Year& year) {
  std::vector<ScheduledRun> runs;
  for (const Follower& follower : year.followers) follow(year, follower, runs);
  std::sort(runs.begin(), runs.end());
  return runs;
}

}  // namespace proffer::reconcile
