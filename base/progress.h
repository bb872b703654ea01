// How long work tells what it has done and learns that it should stop.
//
// One Progress belongs to one job. The working threads call report() and cancelled(); others call cancel()
// and snapshot(). All are safe from any thread and cheap enough for inner loops (every few thousand rows).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace proffer {

class Progress {
 public:
  struct Snapshot {
    int64_t done = 0;   ///< units of work done in this phase
    int64_t total = 0;  ///< 0 if unknown
    std::string unit;   ///< "rows", "bytes", "users", "epochs"
    std::string phase;  ///< "reading", "sorting", "training", "measuring"
  };

  void begin(std::string phase, std::string unit, int64_t total) {
    std::lock_guard guard(mutex_);
    phase_ = std::move(phase);
    unit_ = std::move(unit);
    done_ = 0;
    total_ = total;
  }
  void add(int64_t units) { done_.fetch_add(units, std::memory_order_relaxed); }
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  Snapshot snapshot() const {
    std::lock_guard guard(mutex_);
    return {done_.load(std::memory_order_relaxed), total_.load(std::memory_order_relaxed), unit_, phase_};
  }

 private:
  mutable std::mutex mutex_;
  std::string phase_;
  std::string unit_;
  std::atomic<int64_t> done_{0};
  std::atomic<int64_t> total_{0};
  std::atomic<bool> cancelled_{false};
};

}  // namespace proffer
