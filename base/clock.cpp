#include "base/clock.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace proffer {

using namespace std::chrono_literals;

Time SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

bool SystemClock::waitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                            Time deadline, const std::function<bool()>& ready) {
  return changed.wait_until(lock, deadline, ready);
}

Time SimulatedClock::now() const {
  std::lock_guard guard(mutex_);
  return now_;
}

void SimulatedClock::advance(Duration by) {
  std::lock_guard guard(mutex_);
  now_ += by;
  for (auto* waiter : waiting_) waiter->notify_all();
}

// A waiter checks the time while it is registered but advance() does not hold the waiter's own mutex, so a
// wake-up could fall between check and wait: the bounded real wait closes that gap.
bool SimulatedClock::waitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                               Time deadline, const std::function<bool()>& ready) {
  {
    std::lock_guard guard(mutex_);
    waiting_.push_back(&changed);
  }
  while (!ready() && now() < deadline) changed.wait_for(lock, 5ms);
  {
    std::lock_guard guard(mutex_);
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &changed));
  }
  return ready();
}

std::string formatTime(Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", absl::FromUnixMicros(toMicros(time)), absl::UTCTimeZone());
}

std::optional<Time> parseTime(std::string_view text) {
  absl::Time parsed;
  if (!absl::ParseTime(absl::RFC3339_full, absl::string_view(text.data(), text.size()), &parsed, nullptr) ||
      parsed == absl::InfinitePast() || parsed == absl::InfiniteFuture())  // it reads these words, too
    return std::nullopt;
  return fromMicros(absl::ToUnixMicros(parsed));
}

namespace {
struct Unit {
  std::string_view name;
  int64_t micros;
};
constexpr std::array kUnits{Unit{"w", 7 * 86400'000'000LL}, Unit{"d", 86400'000'000LL},
                            Unit{"h", 3600'000'000LL},      Unit{"m", 60'000'000LL},
                            Unit{"s", 1'000'000LL},         Unit{"ms", 1'000LL}};
}  // namespace

std::optional<Duration> parseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  while (!text.empty()) {
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const size_t length = std::min(text.find_first_of("0123456789"), text.size());
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& u) { return u.name == text.substr(0, length); });
    int64_t part = 0;
    if (unit == kUnits.end() || __builtin_mul_overflow(number, unit->micros, &part) ||
        __builtin_add_overflow(total, part, &total))
      return std::nullopt;
    text.remove_prefix(length);
  }
  return Duration(total);
}

std::string formatDuration(Duration duration) {
  int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string out;
  for (const auto& unit : kUnits) {
    if (unit.name == "w" || rest < unit.micros) continue;
    out += fmt::format("{}{}", rest / unit.micros, unit.name);
    rest %= unit.micros;
  }
  return out;
}

std::string formatAge(Duration age) {
  const int64_t seconds = std::max<int64_t>(0, age.count() / 1'000'000);
  if (seconds < 120) return fmt::format("{}s", seconds);
  const int64_t minutes = seconds / 60;
  if (minutes < 10 && seconds % 60 != 0) return fmt::format("{}m{}s", minutes, seconds % 60);
  if (minutes < 180) return fmt::format("{}m", minutes);
  const int64_t hours = minutes / 60;
  if (hours < 8 && minutes % 60 != 0) return fmt::format("{}h{}m", hours, minutes % 60);
  if (hours < 48) return fmt::format("{}h", hours);
  const int64_t days = hours / 24;
  if (days < 8 && hours % 24 != 0) return fmt::format("{}d{}h", days, hours % 24);
  return fmt::format("{}d", days);
}

}  // namespace proffer
