// How long a simulated year of schedules takes: 40 recommenders, 5 of them updated between trainings, 200
// restarts, on files in memory. Prints figures; whether the runs are the right ones is said, not asserted.
#include <fmt/format.h>

#include <chrono>

#include "tests/reconcile/year.h"

using namespace proffer;
using namespace proffer::reconcile;

int main() {
  const auto began = std::chrono::steady_clock::now();
  const Year year = simulateYear({});
  const auto simulated = std::chrono::steady_clock::now();
  const auto expected = expectedRuns(year);
  const auto ended = std::chrono::steady_clock::now();
  int64_t updates = 0;
  for (const ScheduledRun& run : year.runs) updates += run.what == "update" ? 1 : 0;
  fmt::print("{} recommenders, {} imports, {} restarts: {} trainings, {} updates, {} settles\n",
             year.followers.size(), year.imported.size(), year.downtimes.size(),
             static_cast<int64_t>(year.runs.size()) - updates, updates, year.settles);
  fmt::print("a year in {:.1f} s; the oracle needs {:.2f} s and {}\n",
             std::chrono::duration<double>(simulated - began).count(),
             std::chrono::duration<double>(ended - simulated).count(),
             year.runs == expected ? "agrees" : "does NOT agree");
}
