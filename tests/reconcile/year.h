// A simulated year of recommenders that train and are updated by their schedules, through restarts, changes
// of the clocks and times without new data; and what should have happened, computed from the same facts by
// nothing but arithmetic.
//
// One thread. A failure of the machinery throws std::runtime_error; whether the runs are the right ones is
// for the caller to compare.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace proffer::reconcile {

/// A schedule in the oracle's own form.
struct Rule {
  int64_t rate = 0;  ///< seconds; 0: the clock says when
  int hour = 0, minute = 0;
  int everyHours = 0;          ///< not 0: every so many hours of the clock, at `minute`
  std::optional<int> weekday;  ///< 0 is Sunday
  bool lastOfMonth = false;
  char zone = 'U';   ///< U: UTC, B: Berlin, N: New York
  std::string text;  ///< the same as manifests say it
};

struct Follower {
  std::string group, name;
  Rule train;
  std::optional<Rule> update;
  uint64_t seed = 0;  ///< as recorded in status.schedules
};

/// One run: "train" or "update" of somebody at some time.
struct ScheduledRun {
  std::string who, what;
  Time when{};
  auto operator<=>(const ScheduledRun&) const = default;
  std::string toString() const { return formatTime(when) + " " + what + " " + who; }
};

struct YearSettings {
  uint64_t seed = 1;
  int followers = 40;
  int updated = 5;
  int days = 365;
  int restarts = 200;
};

/// What the simulation did, as facts for the oracle, and what came of it.
struct Year {
  Time began{}, ended{};
  std::vector<Follower> followers;
  struct Imported {
    Time when{};
    std::string group;
    bool items = false;  ///< new items, else new interactions
  };
  std::vector<Imported> imported;                ///< in the order of time
  std::vector<std::pair<Time, Time>> downtimes;  ///< from when to when nothing ran
  std::vector<ScheduledRun> runs;                ///< sorted
  int64_t settles = 0;
  size_t objects = 0, files = 0, jobs = 0;  ///< at the end
};

Year simulateYear(const YearSettings& settings);
/// The runs that the facts of a year should have led to, sorted.
std::vector<ScheduledRun> expectedRuns(const Year& year);

}  // namespace proffer::reconcile
