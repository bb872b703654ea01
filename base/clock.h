// Time. Everything in Proffer that needs to know or to wait for the time asks one Clock; tests drive a
// simulated one through months in milliseconds.
//
// Clocks are safe to use from any thread. Time is UTC, in microseconds since 1970. waitUntil never waits for
// real time on a SimulatedClock: it returns when advance() passes the deadline, or when notified.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proffer {

using Duration = std::chrono::microseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;

inline int64_t toMicros(Time time) {
  return time.time_since_epoch().count();
}
inline Time fromMicros(int64_t micros) {
  return Time(Duration(micros));
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  /// Waits on `changed` (with `lock` held on entry and exit) until `ready()` or until now() >= deadline.
  /// Returns ready(). Whoever changes what ready() reads notifies `changed` under the same mutex.
  virtual bool waitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, Time deadline,
                         const std::function<bool()>& ready) = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  bool waitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, Time deadline,
                 const std::function<bool()>& ready) override;
};

class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(Time start) : now_(start) {}
  Time now() const override;
  /// Moves the clock and wakes every waiter, whose deadline may have passed.
  void advance(Duration by);
  bool waitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, Time deadline,
                 const std::function<bool()>& ready) override;

 private:
  mutable std::mutex mutex_;
  Time now_;
  std::vector<std::condition_variable*> waiting_;
};

/// "2026-11-22T08:15:00Z"; with a fraction only if there is one.
std::string formatTime(Time time);
/// Reads what formatTime writes (fraction optional).
std::optional<Time> parseTime(std::string_view text);

/// As people write them in manifests: "90s", "30m", "2h", "30d", "1w", "1h30m", "250ms".
std::optional<Duration> parseDuration(std::string_view text);
/// The shortest exact form that parseDuration reads: "730d", "2h", "1h30m"; weeks are never used.
std::string formatDuration(Duration duration);
/// As kubectl shows ages: "5s", "3m", "2h", "4d", one unit (two below ten of the larger: "2m5s").
std::string formatAge(Duration age);

}  // namespace proffer
