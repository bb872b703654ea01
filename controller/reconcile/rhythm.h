// The schedules that an object follows: when each ran last, was skipped last, and is due next.
//
// A Rhythm belongs to one run of a reconciler. What it knows stands in status.schedules, for people and for
// the next run:
//   seed    a hash of the object's name from when it first followed a schedule: what its runs are moved by
//   train, update   {schedule, last, skipped, next}; `next` is computed anew every time, from the later one
//   of
//                   last and skipped, so a status that was lost or is behind does no harm
// A slot that came while nothing ran (or while the object could not be trained) is due at once when somebody
// looks again, and several such slots are one run.
#pragma once

#include <optional>
#include <string>

#include "controller/reconcile/reconciler.h"

namespace proffer::reconcile {

class Rhythm {
 public:
  explicit Rhythm(Run& run);

  struct Slot {
    std::optional<Time> next;  ///< nothing: it never runs again
    bool due = false;
    std::string problem;  ///< why the schedule is not followed; empty: it is
  };
  /// The slot after the run that began at `last`.
  Slot look(const std::string& name, const std::string& schedule, Time last);
  /// The slot that is due passes without a run, for want of new data (TO-64).
  Slot skip(const std::string& name, const std::string& schedule, Time last);
  /// There is no such schedule (any more).
  void forget(const std::string& name);

 private:
  Slot write(const std::string& name, const std::string& schedule, Time last, std::optional<Time> skipped);

  Run& run_;
};

/// The earlier of two times of which either may be missing.
std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b);

}  // namespace proffer::reconcile
