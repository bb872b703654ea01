// Calls of several threads, done together: whoever finds a place does what waits, its own call among the
// rest, while later ones gather for the next turn. Nobody waits for company: with less to do than there are
// places every call is done at once, alone.
//
// Any thread. Calls are taken in the order they came.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

namespace proffer::recipes {

template <class Call>
class AskedTogether {
 public:
  /// At most `places` threads work at a time, each on at most `most` calls.
  AskedTogether(size_t places, size_t most) : places_(places), most_(most) {}

  /// Returns when `call` is done. `work(span of Call*)` does calls, maybe others' too; it must not throw.
  template <class Work>
  void ask(Call& call, const Work& work) {
    Waiting mine{&call, false};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    while (!mine.done) {
      if (working_ < places_ && !waiting_.empty())
        takeTurn(lock, work);
      else
        changed_.wait(lock);
    }
  }

 private:
  struct Waiting {
    Call* call = nullptr;
    bool done = false;
  };

  template <class Work>
  void takeTurn(std::unique_lock<std::mutex>& lock, const Work& work) {
    const auto end = waiting_.begin() + static_cast<ptrdiff_t>(std::min(most_, waiting_.size()));
    const std::vector<Waiting*> taken(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    ++working_;
    lock.unlock();
    std::vector<Call*> calls;
    for (const Waiting* one : taken) calls.push_back(one->call);
    work(std::span<Call* const>(calls));
    lock.lock();
    --working_;
    for (Waiting* one : taken) one->done = true;  // which then may be gone as soon as the lock is
    changed_.notify_all();
  }

  const size_t places_, most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting*> waiting_;
  size_t working_ = 0;
};

}  // namespace proffer::recipes
