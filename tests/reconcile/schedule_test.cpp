// When schedules are due.
#include "controller/reconcile/schedule.h"

#include <catch2/catch.hpp>

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

TEST_CASE("rate schedules are due at fixed distances") {
  const Time start = *parseTime("2026-01-01T00:00:00Z");
  struct Row {
    std::string schedule;
    Duration now;
    std::string next, nextAfter, reason;
  };
  for (const Row& row : std::vector<Row>{
           {"rate(7 days)", 0h, "2026-01-08T00:00:00Z", "2026-01-08T00:00:00Z", "the first slot lies ahead"},
           {"rate(2 hours)", 5h, "2026-01-01T02:00:00Z", "2026-01-01T06:00:00Z",
            "missed slots are not made up for"},
           {"rate(1 day)", 24h, "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z",
            "a slot that is now is not after now"},
       }) {
    INFO(row.reason);
    CHECK(formatTime(*nextDue(row.schedule, start)) == row.next);
    CHECK(formatTime(*nextDueAfter(row.schedule, start, start + row.now)) == row.nextAfter);
  }
}

TEST_CASE("schedules that cannot be followed say so") {
  const auto cron = nextDue("cron(0 3 * * *)", fromMicros(0));
  REQUIRE_FALSE(cron);
  CHECK(cron.error().code == ErrorCode::kNotImplemented);
  CHECK(cron.error().message.find("rate(") != std::string::npos);
  CHECK(nextDue("weekly", fromMicros(0)).error().code == ErrorCode::kInvalidInput);
}
