// The power fails at any change of the files; the server is started again, and that is all that is done. It
// comes to the same specs, conditions, segments, models and answers as one that never stopped, without a file
// that nothing needs.
//
// PROFFER_CRASH_POINTS says how many moments are tried (spread over the whole story), PROFFER_CRASH_SEED
// repeats a run.
#include <catch2/catch.hpp>
#include <random>

#include "base/log.h"
#include "tests/crash/reference.h"

namespace crash_test {

using namespace proffer;
using namespace proffer::crash;
using io::Survival;

namespace {

class CrashingRun {
 public:
  CrashingRun(Survival survival, uint64_t seed) : survival_(survival), random_(seed), files_(clock_) {
    files_.put("/sources/.keep", "");
  }

  /// The power fails after `cut` changes; half of the time again soon after the restart.
  void run(int64_t cut) {
    files_.cutPowerAfter(cut);
    restartUntilItRuns();
    for (size_t i = 0; i < story().size(); ++i) {
      const Step& step = story()[i];
      INFO("step " << step.name);
      step.outside(files_);
      while (!done(step)) restartUntilItRuns();
      REQUIRE(difference(server_->fingerprint(), reference().after[i]) == "");
      REQUIRE(server_->orphans() == std::vector<std::string>{});
    }
    server_->stop();
  }
  int crashes() const { return crashes_; }

 private:
  bool done(const Step& step) {
    const auto result = step.act ? step.act(*server_) : Result<void>();
    if (files_.powerIsOff()) return false;
    if (!result) FAIL(formatError(result.error()));
    const auto converged = server_->converge();
    if (files_.powerIsOff()) return false;
    if (!converged) FAIL(formatError(converged.error()));
    return true;
  }

  void restartUntilItRuns() {
    for (;;) {
      if (server_ || files_.powerIsOff()) {
        server_.reset();
        files_.crash(survival_, random_());
        ++crashes_;
        if (crashes_ < 5 && random_() % 2 == 0) files_.cutPowerAfter(static_cast<int64_t>(random_() % 60));
      }
      server_ = std::make_unique<SimulatedServer>(files_, clock_);
      const auto started = server_->start();
      if (files_.powerIsOff()) continue;
      if (!started) FAIL("it does not start: " << formatError(started.error()));
      return;
    }
  }

  const Survival survival_;
  std::mt19937_64 random_;
  SimulatedClock clock_{kStart};
  io::SimulatedFileSystem files_;
  std::unique_ptr<SimulatedServer> server_;
  int crashes_ = 0;
};

}  // namespace

TEST_CASE("wherever the power fails, a restart leads to where an undisturbed server gets") {
  configureLog(std::getenv("PROFFER_CRASH_LOG") ? LogLevel::kInfo : LogLevel::kError, LogFormat::kText);
  const uint64_t points = numberFrom("PROFFER_CRASH_POINTS", 45);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  const int64_t changes = reference().changes;
  CHECK(changes > 300);
  int crashes = 0;
  const uint64_t first = numberFrom("PROFFER_CRASH_FIRST", 0);
  for (uint64_t point = first; point < points; ++point) {
    const int64_t cut = static_cast<int64_t>(
        (point * static_cast<uint64_t>(changes) + seed % static_cast<uint64_t>(changes)) / points);
    const auto survival = static_cast<Survival>(point % 3);
    INFO("PROFFER_CRASH_SEED=" << seed << " PROFFER_CRASH_POINTS=" << points << " PROFFER_CRASH_FIRST="
                               << point << ": survival " << static_cast<int>(survival) << ", cut after "
                               << cut << " of " << changes << " changes");
    CrashingRun run(survival, seed + point);
    run.run(cut);
    crashes += run.crashes();
  }
  WARN(points << " runs, " << crashes << " power cuts, in " << changes << " changes of files; seed " << seed);
}

}  // namespace crash_test
