#include "base/clock.h"

#include <catch2/catch.hpp>
#include <thread>

namespace clock_test {

using namespace proffer;
using namespace std::chrono_literals;

TEST_CASE("durations are read and written as in manifests") {
  struct Row {
    const char* reason;
    const char* text;
    std::optional<Duration> expected;
    const char* printed;
  };
  const Row rows[] = {
      {"seconds", "90s", Duration(90s), "1m30s"},
      {"several units", "1h30m", Duration(90min), "1h30m"},
      {"days stay days", "730d", Duration(730 * 24h), "730d"},
      {"weeks are read, not written", "2w", Duration(14 * 24h), "14d"},
      {"milliseconds are not minutes", "250ms", Duration(250ms), "250ms"},
      {"nothing is zero", "0s", Duration(0), "0s"},
      {"a unit is needed", "30", std::nullopt, ""},
      {"a number is needed", "d", std::nullopt, ""},
      {"no negative times", "-3d", std::nullopt, ""},
      {"no fractions", "1.5h", std::nullopt, ""},
      {"an unknown unit", "3y", std::nullopt, ""},
      {"too long for a clock", "99999999999999d", std::nullopt, ""},
      {"empty", "", std::nullopt, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.reason, row.text);
    const auto parsed = parseDuration(row.text);
    CHECK(parsed == row.expected);
    if (parsed) CHECK(formatDuration(*parsed) == row.printed);
  }
}

TEST_CASE("times are RFC 3339 in UTC and read back") {
  const Time time = fromMicros(1'795'334'400'250'000);
  CHECK(formatTime(time) == "2026-11-22T08:00:00.25Z");
  CHECK(parseTime(formatTime(time)) == time);
  CHECK(parseTime("2026-11-22T08:00:00Z") == fromMicros(1'795'334'400'000'000));
  CHECK(parseTime("2026-11-22T09:00:00+01:00") == fromMicros(1'795'334'400'000'000));
  // Beyond what 64 bits of nanoseconds hold.
  CHECK(formatTime(fromMicros(253'402'300'799'000'000)) == "9999-12-31T23:59:59Z");
  CHECK(parseTime("9999-12-31T23:59:59Z") == fromMicros(253'402'300'799'000'000));
  CHECK_FALSE(parseTime("yesterday"));
  CHECK_FALSE(parseTime("infinite-future"));
}

TEST_CASE("ages are short") {
  const std::pair<Duration, const char*> rows[] = {
      {5s, "5s"},          {119s, "119s"}, {125s, "2m5s"}, {10min, "10m"}, {179min, "179m"},
      {4h + 5min, "4h5m"}, {30h, "30h"},   {73h, "3d1h"},  {240h, "10d"},  {-3s, "0s"}};
  for (const auto& [age, expected] : rows) CHECK(formatAge(age) == expected);
}

TEST_CASE("a simulated clock passes months at once") {
  SimulatedClock clock(fromMicros(0));
  std::mutex mutex;
  std::condition_variable changed;
  const Time deadline = clock.now() + Duration(90 * 24h);
  bool woke = true;
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    woke = clock.waitUntil(lock, changed, deadline, [] { return false; });
  });
  clock.advance(Duration(91 * 24h));
  waiter.join();
  CHECK_FALSE(woke);
  CHECK(clock.now() > deadline);
}

}  // namespace clock_test
