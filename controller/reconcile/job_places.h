// The bounds on jobs under way: trainings and updates are few at a time, as each uses all cores, and together
// hold so much memory at most. Imports and the rest are bounded by the number of workers alone.
//
// Any thread. Trainings begin in the order in which they were queued: none overtakes one that does not fit
// yet, so a large one is not put off for ever. One that is larger than all the memory begins when no other
// runs.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/store/jobs.h"

namespace proffer::reconcile {

class JobPlaces {
 public:
  struct Limits {
    int trainings = 1;   ///< trainings and updates at a time
    int64_t memory = 0;  ///< bytes that they need together; 0: half of the machine's
  };
  explicit JobPlaces(Limits limits);

  /// Which of these begins now; takes its place.
  std::optional<size_t> choose(const std::vector<store::Job>& ready);
  void leave(int64_t job);
  /// A training's place for what is no job: its number, to be left with leave(); 0 if none is free now.
  int64_t takeFor(int64_t memory);
  static bool isTraining(const store::Job& job);

 private:
  bool fits(int64_t memory) const;

  Limits limits_;
  std::mutex mutex_;
  std::map<int64_t, int64_t> taken_;  // training -> its memory
  int64_t last_ = 0;                  // number of what is no job; jobs are above zero
};

/// The member of a job's input that says how many bytes it needs.
inline constexpr std::string_view kJobMemory = "memory";

/// What a queued training waits for: "waits for SolutionVersion/shop/top-1, which is trained before it".
Result<std::string> waitsFor(store::Jobs& jobs, const store::Job& job);

}  // namespace proffer::reconcile
