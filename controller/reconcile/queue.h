// The work queue of the reconcilers: which keys to look at next.
//
// Any thread. What always holds:
//  1. A key is in work at most once at a time; added while it is in work, it comes again after done().
//  2. A key waits at most once: adding it again changes nothing, except that edits lift it before periodic
//  work.
//  3. Edits are handed out before periodic work (initial listing, delayed re-adds), each in the order of
//  arrival.
//  4. Handing a key out forgets its delayed re-add: the run decides anew when to look again.
// Time comes from the Clock; jitter from a seeded generator, so that a test sees the same delays every time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>

#include "base/clock.h"
#include "manifests/resource.h"

namespace proffer::reconcile {

enum class Priority { kEdit = 0, kPeriodic = 1 };

class Queue {
 public:
  static constexpr Duration kFirstBackoff = std::chrono::seconds(1);
  static constexpr Duration kLongestBackoff = std::chrono::minutes(5);

  Queue(Clock& clock, uint64_t seed) : clock_(clock), random_(seed) {}

  void add(const ResourceKey& key, Priority priority);
  /// Adds the key as periodic work (or as `priority` says) once `delay` has passed; of several such requests
  /// the earliest counts.
  void addAfter(const ResourceKey& key, Duration delay, Priority priority = Priority::kPeriodic);
  /// Adds the key after its next backoff: 1 s doubling to 200 s, times 1 to 1.5, so never longer than 5
  /// minutes. Returns when that is.
  Time addWithBackoff(const ResourceKey& key);
  /// The next backoff of this key is the first one again.
  void forget(const ResourceKey& key);

  /// The next key, waiting for one; nothing once the queue was shut down. Every key handed out must be given
  /// to done().
  std::optional<ResourceKey> next();
  /// The same without waiting: nothing if no key's time has come.
  std::optional<ResourceKey> tryNext();
  void done(const ResourceKey& key);

  void shutDown();
  /// Keys that could be handed out now, had one workers enough.
  size_t depth() const;
  /// When the next delayed key's time comes.
  std::optional<Time> nextDue() const;

 private:
  struct Delay {
    Time due;
    Priority priority;
  };

  void addLocked(const ResourceKey& key, Priority priority);
  void delayLocked(const ResourceKey& key, Time due, Priority priority);
  void undelayLocked(const ResourceKey& key);
  void promoteDueLocked();
  std::optional<ResourceKey> takeLocked();

  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::mt19937_64 random_;
  bool shutDown_ = false;
  using Place = std::pair<Priority, int64_t>;  // the number is that of the arrival
  std::map<Place, ResourceKey> line_;
  std::map<ResourceKey, Place> waiting_;  // where in the line
  int64_t arrivals_ = 0;
  std::map<ResourceKey, std::optional<Priority>> inWork_;  // and whether it was added meanwhile
  std::map<ResourceKey, Delay> delayed_;
  std::set<std::pair<Time, ResourceKey>> byDue_;
  std::map<ResourceKey, int> failures_;
};

}  // namespace proffer::reconcile
