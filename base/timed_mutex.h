// A mutex that one can wait for a while for, as std::timed_mutex; made of a mutex and a condition variable
// because the thread sanitizer of g++ 12 does not see how std::timed_mutex is locked on the steady clock
// (pthread_mutex_clocklock) and reports its unlocking.
//
// Any thread. Not recursive; unlocked by the thread that locked it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace proffer {

class TimedMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    freed_.wait(guard, [&] { return !taken_; });
    taken_ = true;
  }
  bool try_lock() {
    std::lock_guard guard(mutex_);
    return !std::exchange(taken_, true);
  }
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> longest) {
    std::unique_lock guard(mutex_);
    if (!freed_.wait_for(guard, longest, [&] { return !taken_; })) return false;
    return taken_ = true;
  }
  void unlock() {
    {
      std::lock_guard guard(mutex_);
      taken_ = false;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool taken_ = false;
};

}  // namespace proffer
