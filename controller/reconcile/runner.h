// Runs the store's jobs on a few workers of its own, off the reconcilers' threads.
//
// Any thread may ask for counts; start() and stop() belong to one. What always holds: a job's end is in the
// store before its owner's key is woken; a job that its owner cancelled ends as cancelled within a second; a
// job interrupted by stop() stays marked as running and is queued again when the store is opened next.
//
// How many jobs of which kind run at a time is bounded (job_places.h).
//
// Errors that somebody must fix first (wrong input, missing or forbidden files, what is not implemented) end
// a job; others are tried again after 1 s, 2 s, 4 s ... (at most 5 min) until the job's attempts are used up.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "controller/reconcile/job_places.h"
#include "controller/reconcile/metrics.h"
#include "controller/store/jobs.h"

namespace proffer::reconcile {

/// How an attempt succeeded.
struct JobEnd {
  Json result = Json::object();
  bool recorded = false;  ///< the executor has ended the job itself, in one transaction with what it made
};

/// Does the work of one type of jobs. Any number of jobs at the same time, each on its own thread.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual std::string_view type() const = 0;
  /// kCancelled if progress.cancelled() stopped it.
  virtual Result<JobEnd> run(const store::Job& job, Progress& progress) = 0;
};

/// The wait before the next attempt after `attempt` (from 1) failed.
Duration retryDelay(int attempt);
/// Whether another attempt could end differently although nobody changes anything.
bool worthRetrying(ErrorCode code);

class Runner {
 public:
  struct Options {
    int workers = 2;
    JobPlaces::Limits limits{};
    Duration tick = std::chrono::milliseconds(250);  ///< how often progress is written and cancelling noticed
  };
  Runner(store::Jobs& jobs, Clock& clock, Metrics& metrics, Options options,
         std::function<void(const ResourceKey&)> moved);

  ~Runner();

  void add(std::unique_ptr<Executor> executor);
  void start();
  void stop();
  /// Runs one job that is due now on the calling thread; false if there is none. For tests, instead of
  /// start().
  Result<bool> runOne();

  /// A training's place for work that is no job; 0 if none is free. Any thread.
  int64_t takePlace(int64_t memory) { return places_.takeFor(memory); }
  void leavePlace(int64_t place);

 private:
  struct Running {
    int64_t id;
    Progress* progress;
  };

  /// An end that the store could not take, as when the disk is full: the job would look as if it ran for
  /// ever.
  struct Unrecorded {
    store::Job job;
    Result<JobEnd> end;
    Time next;
  };

  void workLoop();
  void tickLoop();
  Result<std::optional<store::Job>> claim(Time deadline);
  void execute(const store::Job& job);
  Result<JobEnd> attempt(const store::Job& job, Progress& progress);
  /// How it ended; nothing if the store could not write it down.
  std::optional<std::string> record(const store::Job& job, const Result<JobEnd>& end);
  void recordLate();

  store::Jobs& jobs_;
  Clock& clock_;
  Metrics& metrics_;
  const Options options_;
  std::function<void(const ResourceKey&)> moved_;  ///< told the owner of a job that began or ended
  JobPlaces places_;
  std::map<std::string, std::unique_ptr<Executor>, std::less<>> executors_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Running> running_;
  std::vector<Unrecorded> unrecorded_;
  std::vector<std::thread> threads_;
};

}  // namespace proffer::reconcile
