// When schedules are due: slots of cron in time zones, rates, and how they are moved.
#include <catch2/catch.hpp>
#include <random>

#include "controller/reconcile/schedule.h"
#include "manifests/schedule.h"

namespace schedule_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

Time at(const char* text) {
  const auto time = parseTime(text);
  REQUIRE(time);
  return *time;
}

std::string slotAfter(const std::string& schedule, const char* after) {
  const auto slot = nextSlot(schedule, at(after));
  if (!slot) return formatError(slot.error());
  return *slot ? formatTime(**slot) : "never";
}

}  // namespace

TEST_CASE("cron slots in time zones") {
  struct Row {
    const char* schedule;
    const char* after;
    const char* slot;
    const char* reason;
  };
  const Row rows[] = {
      {"cron(0 3 * * *)", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z", "strictly later"},
      {"cron(0 3 * * *)", "2026-01-01T02:59:59.5Z", "2026-01-01T03:00:00Z", "fractions are cut off"},
      {"cron(0 3 * * MON)", "2026-01-01T00:00:00Z", "2026-01-05T03:00:00Z", "names of days"},
      {"cron(0 3 * * 1)", "2026-01-01T00:00:00Z", "2026-01-05T03:00:00Z", "1 is Monday in Unix"},
      {"cron(0 3 * * 7)", "2026-01-01T00:00:00Z", "2026-01-04T03:00:00Z", "7 is Sunday in Unix"},
      {"cron(0 3 ? * 2 *)", "2026-01-01T00:00:00Z", "2026-01-05T03:00:00Z",
       "2 is Monday in the service's form"},
      {"cron(0 3 ? * 1 *)", "2026-01-01T00:00:00Z", "2026-01-04T03:00:00Z",
       "1 is Sunday in the service's form"},
      {"cron(0 3 13 * FRI)", "2026-01-03T00:00:00Z", "2026-01-09T03:00:00Z", "either day, as in Unix"},
      {"cron(0 3 L * ? *)", "2026-02-03T00:00:00Z", "2026-02-28T03:00:00Z", "the last day of the month"},
      {"cron(0 3 L * ? *)", "2028-02-03T00:00:00Z", "2028-02-29T03:00:00Z", "of a leap year, too"},
      {"cron(0 3 15W * ? *)", "2026-02-03T00:00:00Z", "2026-02-16T03:00:00Z", "Sunday the 15th: Monday"},
      {"cron(0 3 1W * ? *)", "2026-08-03T12:00:00Z", "2026-09-01T03:00:00Z", "Tuesday the 1st itself"},
      {"cron(0 3 1W * ? *)", "2026-07-31T00:00:00Z", "2026-08-03T03:00:00Z", "it never leaves the month"},
      {"cron(0 3 ? * 6#2 *)", "2026-01-01T00:00:00Z", "2026-01-09T03:00:00Z", "the second Friday"},
      {"cron(0 3 ? * FRIL *)", "2026-01-01T00:00:00Z", "2026-01-30T03:00:00Z", "the last Friday"},
      {"cron(0 3 ? * L *)", "2026-01-01T00:00:00Z", "2026-01-03T03:00:00Z", "L alone is Saturday"},
      {"cron(0 0 29 2 *)", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z", "leap years only"},
      {"cron(0 0 30 2 *)", "2026-01-01T00:00:00Z", "never", "no such day"},
      {"cron(0 0 1 1 ? 2027)", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", "one year"},
      {"cron(0 0 1 1 ? 2027)", "2027-06-01T00:00:00Z", "never", "which is over"},
      {"cron(0 0 1 1 ? 2027-2030 Europe/Berlin)", "2026-06-01T00:00:00Z", "2026-12-31T23:00:00Z",
       "year and zone"},
      {"cron(0 3 * * * Europe/Berlin)", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z", "winter"},
      {"cron(0 3 * * * Europe/Berlin)", "2026-07-01T00:00:00Z", "2026-07-01T01:00:00Z", "summer"},
      {"cron(30 2 * * * Europe/Berlin)", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z",
       "the clocks jump from 2:00 to 3:00: at the jump"},
      {"cron(30 2 * * * Europe/Berlin)", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z",
       "and the next day as always"},
      {"cron(15,45 2 * * * Europe/Berlin)", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z",
       "two slots in the gap"},
      {"cron(15,45 2 * * * Europe/Berlin)", "2026-03-29T01:00:00Z", "2026-03-30T00:15:00Z", "are one"},
      {"cron(30 2 * * * Europe/Berlin)", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z",
       "shown twice: the first time"},
      {"cron(30 2 * * * Europe/Berlin)", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z",
       "and not the second"},
      {"cron(30 2 * * * Europe/Berlin)", "2026-10-25T01:00:00Z", "2026-10-26T01:30:00Z",
       "not from in between, either"},
      {"cron(0 * * * * Europe/Berlin)", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z",
       "every hour of the clock, once"},
      {"cron(0 0 * * * America/Havana)", "2026-03-07T12:00:00Z", "2026-03-08T05:00:00Z",
       "midnight itself is jumped over"},
      {"cron(45 23 * * * Australia/Lord_Howe)", "2026-01-01T00:00:00Z", "2026-01-01T12:45:00Z", "half hours"},
      {"rate(2 hours)", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z", "from the last one"},
  };
  for (const Row& row : rows) {
    INFO(row.schedule << " after " << row.after << ": " << row.reason);
    CHECK(slotAfter(row.schedule, row.after) == row.slot);
  }
}

TEST_CASE("a time zone that does not exist is named, with what to do") {
  CHECK(slotAfter("cron(0 3 * * * Europe/Atlantis)", "2026-01-01T00:00:00Z").find("Europe/Atlantis") !=
        std::string::npos);
}

TEST_CASE("slots are those that a walk through all minutes finds") {
  std::mt19937_64 random(20260329);
  const char* const zones[] = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"};
  const auto pick = [&](int from, int to) {
    return from + static_cast<int>(random() % static_cast<uint64_t>(to - from + 1));
  };
  for (int i = 0; i < 60; ++i) {
    const std::string text =
        fmt::format("cron({} {} {} {} {} {})", pick(0, 59), pick(0, 23),
                    i % 3 == 0 ? "*" : fmt::format("{}-28", pick(1, 20)), i % 2 == 0 ? "*" : "3,10",
                    i % 5 == 0 ? "MON-FRI" : "*", zones[i % 4]);
    INFO(text);
    const Time from = at("2026-01-01T00:00:00Z") + std::chrono::minutes(pick(0, 500'000));
    const auto slot = nextSlot(text, from);
    REQUIRE(slot);
    if (!*slot) continue;
    const auto again = nextSlot(text, **slot - 1s);
    CHECK(**again == **slot);
    CHECK(**slot > from);
    for (int step = 0; step < 50; ++step) {  // no slot lies before it
      const auto between = from + (**slot - from) / 50 * step;
      CHECK(**nextSlot(text, between) == **slot);
    }
  }
}

TEST_CASE("a hundred objects with one schedule do not start together") {
  const Time base = at("2026-01-05T12:00:00Z");
  std::set<Time> weekly, monday;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Time run = **nextRun("rate(7 days)", base, seed);
    CHECK(std::chrono::abs(run - base - 24h * 7) <= 30min);
    weekly.insert(run);
    const Time cron = **nextRun("cron(0 3 * * MON)", base, seed);
    CHECK(cron >= at("2026-01-12T03:00:00Z"));
    CHECK(cron <= at("2026-01-12T03:10:00Z"));
    CHECK(**nextRun("cron(0 3 * * MON)", cron, seed) - cron == 24h * 7);  // by as much every week
    monday.insert(cron);
    const Time often = **nextRun("rate(1 minute)", base, seed);
    CHECK(std::chrono::abs(often - base - 60s) <= 3s);
  }
  CHECK(weekly.size() > 90);
  CHECK(monday.size() > 80);
  CHECK(**nextRun("rate(7 days)", base, 7) == **nextRun("rate(7 days)", base, 7));
  CHECK_FALSE(*nextRun("never", base, 1));
  CHECK(nextRun("weekly", base, 1).error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("the rhythm of a rate stays what it says") {
  Time time = at("2026-01-01T00:00:00Z");
  const Time began = time;
  for (int i = 0; i < 1000; ++i) time = **nextRun("rate(2 hours)", time, 42);
  CHECK(std::chrono::abs(time - began - 2000h) < 4h);
}

}  // namespace schedule_test
