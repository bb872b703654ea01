// Jobs: long work that outlives a reconcile and a restart.
//
// Any thread. States: queued -> running -> succeeded | failed | cancelled; a failed attempt with attempts
// left goes back to queued with a time before which it is not claimed. A job found running when the store is
// opened was cut off by a crash and is queued again (a new attempt, which does not count towards maxAttempts;
// from the second time on it waits, up to five minutes, so that a job that kills the server leaves it time to
// answer, and after kMaxInterruptions it has failed). Progress is kept in memory and written with the end of
// an attempt; it never changes a resource's version.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "manifests/resource.h"

namespace proffer::store {

enum class JobState { kQueued, kRunning, kSucceeded, kFailed, kCancelled };
std::string_view jobStateName(JobState state);

constexpr int kMaxInterruptions = 20;

struct Job {
  int64_t id = 0;
  std::string type;   ///< "import", "train": which executor runs it
  ResourceKey owner;  ///< the run's resource (a DatasetImport, a SolutionVersion)
  std::string ownerUid;
  std::string groupUid;
  Json input;  ///< what the executor needs, fixed at creation
  JobState state = JobState::kQueued;
  int attempt = 0;  ///< of the current or last run, from 1
  int maxAttempts = 5;
  int interruptions = 0;  ///< attempts that a crash cut off
  bool cancelRequested = false;
  Progress::Snapshot progress;
  Json result;                 ///< of the executor, when succeeded
  std::optional<Error> error;  ///< of the last failed attempt
  Time created{};
  Time notBefore{};  ///< of the next attempt
  std::optional<Time> started;
  std::optional<Time> finished;
};

class Jobs {
 public:
  virtual ~Jobs() = default;
  /// At most one unfinished job per owner uid and type: that one is returned if it exists.
  virtual Result<Job> enqueue(Job job) = 0;
  /// Which of the queued jobs whose time has come, oldest first, is to begin; nothing: none of them may now.
  using Choice = std::function<std::optional<size_t>(const std::vector<Job>& ready)>;
  /// Takes the oldest queued job whose time has come (or the one that `choose` says; it is called while
  /// nobody else claims, and may be called again for the same claim) and marks it running with the next
  /// attempt; waits for one until `deadline`. Nothing: timed out, or interrupted.
  virtual Result<std::optional<Job>> claim(Time deadline, const Choice& choose = {}) = 0;
  /// Who waits in claim() chooses anew: there is room for what could not begin before.
  virtual void chooseAgain() = 0;
  virtual void setProgress(int64_t id, const Progress::Snapshot& progress) = 0;
  virtual bool cancelRequested(int64_t id) = 0;
  /// The three ends of an attempt. Saying the same end again is fine; kConflict if the attempt is no longer
  /// the running one, kNotFound if there is no such job.
  virtual Result<void> succeed(int64_t id, int attempt, Json result) = 0;
  /// `retryAfter`: try again then, if attempts are left; absent: final.
  virtual Result<void> failed(int64_t id, int attempt, const Error& error,
                              std::optional<Duration> retryAfter) = 0;
  virtual Result<void> markCancelled(int64_t id, int attempt) = 0;
  /// Asks a job to stop: a queued one is cancelled at once, a running one when its executor notices.
  virtual Result<void> requestCancel(const std::string& ownerUid) = 0;
  virtual Result<std::optional<Job>> latest(const std::string& ownerUid, std::string_view type) = 0;
  virtual Result<std::vector<Job>> list(bool unfinishedOnly) = 0;
  /// Finished jobs beyond the newest `keep` are removed.
  virtual Result<void> prune(size_t keep) = 0;
  virtual void interrupt() = 0;
};

}  // namespace proffer::store
