// The loop: watches the store, queues the keys that a change concerns, and runs their reconcilers on a few
// workers.
//
// A change to an object queues its own key (unless only its status changed, which only its reconciler
// writes), the keys of those that name it in their spec, of its owners, and of whoever else asked for it
// (Reconciler::wokenBy). The initial listing and delayed runs are periodic work and go behind edits. After a
// run the controller stores what changed of the status, with observedGeneration and, after an error, the time
// of the next try; a write that lost a race is done again without a word.
//
// add() before start(); the rest from any thread. Either start() runs it on threads of its own, or settle()
// on the calling one (tests that drive a simulated clock).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "controller/reconcile/circuit_breaker.h"
#include "controller/reconcile/metrics.h"
#include "controller/reconcile/objects.h"
#include "controller/reconcile/queue.h"
#include "controller/reconcile/reconciler.h"
#include "controller/store/control_store.h"

namespace proffer::reconcile {

class Controller {
 public:
  struct Options {
    int workers = 3;
    uint64_t seed = 1;  ///< of the backoffs' jitter
  };
  Controller(store::ControlStore& store, Objects& objects, Clock& clock, Metrics& metrics, Options options);
  ~Controller();

  void add(std::unique_ptr<Reconciler> reconciler);

  /// Reads all objects, queues them, and goes on on threads.
  Result<void> start();
  void stop();

  /// For one thread and no other: takes in what changed and reconciles until nothing is due now. Returns the
  /// number of runs. `limit` bounds them: two reconcilers that undo each other must not hang a test.
  Result<size_t> settle(size_t limit = 1'000'000);

  void wake(const ResourceKey& key, Priority priority = Priority::kEdit) { queue_.add(key, priority); }
  void wakeAfter(const ResourceKey& key, Duration delay) { queue_.addAfter(key, delay); }
  MetricsSnapshot metrics() const;
  const Queue& queue() const { return queue_; }

 private:
  void onEvent(const Event& event);
  void wakeOthers(const Event& event);
  void watchLoop();
  void workLoop();
  void runOne(const ResourceKey& key);
  Outcome runGuarded(Reconciler& reconciler, Run& run);
  Outcome converge(Reconciler& reconciler, Run& run);
  Outcome finalize(Reconciler& reconciler, Run& run);
  std::string conclude(Run& run, const Resource& before, const Outcome& outcome);
  bool putOff(const ResourceKey& key);

  store::ControlStore& store_;
  Objects& objects_;
  Clock& clock_;
  Metrics& metrics_;
  const Options options_;
  Queue queue_;
  CircuitBreaker breaker_;
  std::map<std::string, std::unique_ptr<Reconciler>, std::less<>> reconcilers_;
  std::atomic<bool> stopping_{false};
  bool loaded_ = false;  // only settle()
  std::vector<std::thread> threads_;
};

}  // namespace proffer::reconcile
