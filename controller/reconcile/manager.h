// Everything that drives the actual state to the declared state, as one thing to start and stop: the
// controller with all reconcilers, the runner with its executors, and the collector of files nobody needs.
//
// start(), settle() and stop() belong to one thread; metrics() to any. The stores, the clock and the roots
// outlive it. After stop() it cannot be started again, as the store's jobs are interrupted for good.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "controller/reconcile/controller.h"
#include "controller/reconcile/environment.h"
#include "controller/reconcile/measuring.h"
#include "controller/reconcile/runner.h"

namespace proffer::reconcile {

class Manager {
 public:
  struct Options {
    int reconcileWorkers = 8;  ///< they mostly wait for the disk: together they share its flushes
    int jobWorkers = 2;
    JobPlaces::Limits limits{};  ///< of the jobs that run at a time
    Duration sourcePoll = std::chrono::seconds(10);
    Duration collectEvery = std::chrono::minutes(5);
    size_t keepJobs = 1000;  ///< finished jobs kept; their ends stand in their owners' status
    uint64_t seed = 1;
    Duration checkpointEvery = std::chrono::minutes(1);  ///< a training keeps what it has at most so often
    std::string program = {};  ///< its version: checkpoints of another one are not taken up
    std::function<Result<const recipes::Recipe*>(std::string_view)> recipeOf = recipes::recipeOfFamily;
  };
  Manager(store::ControlStore& store, data::GroupDataStore& data, artifacts::ArtifactStore& artifacts,
          Clock& clock, data::SourceRoots roots, Options options);
  Manager(store::ControlStore& store, data::GroupDataStore& data, artifacts::ArtifactStore& artifacts,
          Clock& clock, data::SourceRoots roots)
      : Manager(store, data, artifacts, clock, std::move(roots), Options{}) {}
  ~Manager();

  /// Sweeps what a crash left behind, queues every object, and goes on on threads of its own.
  Result<void> start();
  /// Stops; jobs in work are interrupted and begin again when the store is opened next.
  void stop();

  /// Instead of start(): reconciles and runs jobs on the calling thread until nothing is due now. For tests
  /// with a simulated clock. `between` runs whenever the reconcilers have settled (a test plays serving
  /// there) and says whether it did anything.
  Result<void> settle(const std::function<bool()>& between = {});

  /// When something is due next that settle() would do; for tests that jump from one to the next.
  Result<std::optional<Time>> nextDue();

  /// Removes doomed files, and strays that no row names, now. The collector does it by itself: soon after
  /// something was doomed, and now and then for strays, which only an end in the middle of things leaves.
  Result<int> collect();
  MetricsSnapshot metrics() const { return controller_.metrics(); }
  /// Queues a key, as a user who does not want to wait for the next look at a dataset's sources.
  void wake(const ResourceKey& key) { controller_.wake(key); }
  /// What is measured on request. Any thread; lives as long as this.
  Measuring& measuring() { return measuring_; }

 private:
  void addReconcilers();
  void wakeRouted(const std::string& group, const std::string& name);
  Result<int> collectDoomed();
  void collectLoop();
  void collectSoon();

  store::ControlStore& store_;
  data::GroupDataStore& data_;
  Clock& clock_;
  const data::SourceRoots roots_;
  const Options options_;
  Metrics metrics_;
  Objects objects_;
  Environment environment_;
  Controller controller_;
  Runner runner_;
  Measuring measuring_{environment_,
                       {[this](int64_t memory) { return runner_.takePlace(memory); },
                        [this](int64_t place) { runner_.leavePlace(place); }}};

  // The store keeps its callbacks for ever: they hold this, and find nobody once the manager is gone.
  struct Hook {
    std::mutex mutex;
    Manager* manager = nullptr;
  };
  const std::shared_ptr<Hook> hook_ = std::make_shared<Hook>();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool collectSoon_ = true;
  bool strays_ = true;  // what an end before this one left is still to be looked for (settle)
  bool swept_ = false;
  std::thread collector_;
};

}  // namespace proffer::reconcile
