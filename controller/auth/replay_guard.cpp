#include "controller/auth/replay_guard.h"

namespace proffer::auth {
namespace {

constexpr Duration kSameSecond = std::chrono::seconds(2);
constexpr int kTimes = 16;

}  // namespace

void ReplayGuard::expire(Time now) {
  while (!due_.empty() && due_.top().until < now) {
    const auto found = seen_.find(due_.top().signature);
    if (found != seen_.end() && found->second.serial == due_.top().serial) seen_.erase(found);
    due_.pop();
  }
}

ReplayGuard::Verdict ReplayGuard::note(std::string_view signature, Time now, Time validUntil) {
  const Hash128 key = hash128(signature);
  std::lock_guard guard(mutex_);
  expire(now);
  if (const auto found = seen_.find(key); found != seen_.end()) {
    Seen& seen = found->second;
    if (seen.times >= kTimes || now - seen.first > kSameSecond) return Verdict::kReplay;
    ++seen.times;
    return Verdict::kNew;
  }
  // What was forgotten still waits in the queue for its time.
  if (due_.size() >= capacity_) return Verdict::kFull;
  seen_.emplace(key, Seen{now, 1, ++serial_});
  due_.push({validUntil, key, serial_});
  return Verdict::kNew;
}

void ReplayGuard::forget(std::string_view signature) {
  std::lock_guard guard(mutex_);
  seen_.erase(hash128(signature));
}

size_t ReplayGuard::size() const {
  std::lock_guard guard(mutex_);
  return seen_.size();
}

}  // namespace proffer::auth
