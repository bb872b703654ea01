#include "controller/reconcile/queue.h"

#include <algorithm>
#include <cmath>

namespace proffer::reconcile {

using namespace std::chrono_literals;

void Queue::add(const ResourceKey& key, Priority priority) {
  std::lock_guard guard(mutex_);
  addLocked(key, priority);
}

void Queue::addLocked(const ResourceKey& key, Priority priority) {
  if (const auto running = inWork_.find(key); running != inWork_.end()) {
    running->second = std::min(running->second.value_or(priority), priority);
    return;
  }
  const Place place{priority, ++arrivals_};
  const auto [entry, isNew] = waiting_.try_emplace(key, place);
  if (!isNew) {
    if (entry->second.first <= priority) return;
    line_.erase(entry->second);
    entry->second = place;
  }
  line_.emplace(place, key);
  changed_.notify_one();
}

void Queue::addAfter(const ResourceKey& key, Duration delay, Priority priority) {
  std::lock_guard guard(mutex_);
  if (delay <= Duration::zero()) return addLocked(key, priority);
  delayLocked(key, clock_.now() + delay, priority);
}

void Queue::delayLocked(const ResourceKey& key, Time due, Priority priority) {
  if (const auto known = delayed_.find(key); known != delayed_.end()) {
    if (known->second.due <= due) {
      known->second.priority = std::min(known->second.priority, priority);
      return;
    }
    undelayLocked(key);
  }
  delayed_[key] = {due, priority};
  byDue_.emplace(due, key);
  changed_.notify_all();  // whoever waits for a later time looks again
}

void Queue::undelayLocked(const ResourceKey& key) {
  const auto known = delayed_.find(key);
  if (known == delayed_.end()) return;
  byDue_.erase({known->second.due, key});
  delayed_.erase(known);
}

Time Queue::addWithBackoff(const ResourceKey& key) {
  std::lock_guard guard(mutex_);
  const int failures = failures_[key]++;
  constexpr double kCap = 200;
  const double seconds = std::min(kCap, std::ldexp(1.0, std::min(failures, 20)));
  const double jitter = 1 + 0.5 * std::uniform_real_distribution<double>(0, 1)(random_);
  const Time due =
      clock_.now() + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds * jitter));
  delayLocked(key, due, Priority::kPeriodic);
  return due;
}

void Queue::forget(const ResourceKey& key) {
  std::lock_guard guard(mutex_);
  failures_.erase(key);
}

void Queue::promoteDueLocked() {
  const Time now = clock_.now();
  while (!byDue_.empty() && byDue_.begin()->first <= now) {
    const ResourceKey key = byDue_.begin()->second;
    const Priority priority = delayed_.at(key).priority;
    undelayLocked(key);
    addLocked(key, priority);
  }
}

std::optional<ResourceKey> Queue::takeLocked() {
  promoteDueLocked();
  if (line_.empty()) return std::nullopt;
  ResourceKey key = std::move(line_.begin()->second);
  line_.erase(line_.begin());
  waiting_.erase(key);
  undelayLocked(key);
  inWork_.emplace(key, std::nullopt);
  return key;
}

std::optional<ResourceKey> Queue::tryNext() {
  std::lock_guard guard(mutex_);
  if (shutDown_) return std::nullopt;
  return takeLocked();
}

std::optional<ResourceKey> Queue::next() {
  std::unique_lock lock(mutex_);
  while (!shutDown_) {
    if (auto key = takeLocked()) return key;
    const Time now = clock_.now();
    const Time due = byDue_.empty() ? now + 1h : std::min(byDue_.begin()->first, now + 1h);
    clock_.waitUntil(lock, changed_, due, [&] {
      return shutDown_ || !waiting_.empty() || (!byDue_.empty() && byDue_.begin()->first < due);
    });
  }
  return std::nullopt;
}

void Queue::done(const ResourceKey& key) {
  std::lock_guard guard(mutex_);
  const auto running = inWork_.find(key);
  if (running == inWork_.end()) return;
  const auto again = running->second;
  inWork_.erase(running);
  if (again) addLocked(key, *again);
}

void Queue::shutDown() {
  std::lock_guard guard(mutex_);
  shutDown_ = true;
  changed_.notify_all();
}

size_t Queue::depth() const {
  std::lock_guard guard(mutex_);
  return waiting_.size();
}

std::optional<Time> Queue::nextDue() const {
  std::lock_guard guard(mutex_);
  if (byDue_.empty()) return std::nullopt;
  return byDue_.begin()->first;
}

}  // namespace proffer::reconcile
