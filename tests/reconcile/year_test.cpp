// A year of schedules against an independent oracle.
#include "year.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

namespace year_test {

using namespace proffer;
using namespace proffer::reconcile;

TEST_CASE("a simulated year runs what an independent oracle says, one for one") {
  YearSettings settings;
  if (const char* seed = std::getenv("PROFFER_YEAR_SEED")) settings.seed = std::strtoull(seed, nullptr, 10);
  if (const char* days = std::getenv("PROFFER_YEAR_DAYS")) settings.days = std::atoi(days);
  if (settings.days < 300) settings.restarts = std::max(10, settings.restarts * settings.days / 365);
  INFO("seed " << settings.seed);
  const Year year = simulateYear(settings);
  const auto expected = expectedRuns(year);
  CHECK(year.downtimes.size() >= static_cast<size_t>(settings.days < 300 ? 1 : settings.restarts));
  CHECK(expected.size() > 100);

  std::map<std::string, std::string> differences;  // the first one of everybody
  const auto note = [&](const ScheduledRun& run, const char* what) {
    differences.try_emplace(run.who, what + run.toString());
  };
  size_t a = 0, b = 0;
  std::vector<ScheduledRun> byTime = year.runs, wanted = expected;
  const auto earlier = [](const ScheduledRun& x, const ScheduledRun& y) {
    return std::tie(x.when, x.who, x.what) < std::tie(y.when, y.who, y.what);
  };
  std::sort(byTime.begin(), byTime.end(), earlier);
  std::sort(wanted.begin(), wanted.end(), earlier);
  while (a < byTime.size() || b < wanted.size()) {
    if (a < byTime.size() && b < wanted.size() && byTime[a] == wanted[b]) {
      ++a, ++b;
    } else if (b == wanted.size() || (a < byTime.size() && earlier(byTime[a], wanted[b]))) {
      note(byTime[a++], "ran, but should not have: ");
    } else {
      note(wanted[b++], "should have run: ");
    }
  }
  for (const auto& [who, difference] : differences) UNSCOPED_INFO(difference);
  CHECK(differences.empty());
  CHECK(year.runs.size() == expected.size());

  // Nothing grows for ever: what is kept is bounded by counts.
  CHECK(year.files <= year.followers.size() * 5);
  CHECK(year.objects <= 8 + 2 * 8 * 7 + year.followers.size() * 5);
}

}  // namespace year_test
