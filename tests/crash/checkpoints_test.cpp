// The power fails at any change of the files while a training keeps checkpoints: the training goes on where
// it was, no step is taken twice but the one that was cut off, and no file stays behind.
#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "base/log.h"
#include "recipes/popularity.h"
#include "tests/crash/reference.h"

namespace checkpoints_test {

using namespace proffer;
using namespace proffer::crash;

namespace {

constexpr int kSteps = 6;  // of each of the two trainings

const char* const kMovies = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: movies}
spec: {domain: VIDEO_ON_DEMAND}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: movies}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}]}
---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: popular, group: movies}
spec: {useCase: most-popular}
)";

// Keeps what it has after each step, and stops with the power.
class Stepping final : public recipes::Recipe {
 public:
  explicit Stepping(const io::SimulatedFileSystem& files) : files_(files) {}
  std::string_view family() const override { return popularity_.family(); }
  Result<std::unique_ptr<recipes::Model>> train(const recipes::TrainingInput& input,
                                                const recipes::TrainingConfiguration& configuration,
                                                Progress& progress,
                                                recipes::Checkpoints* checkpoints) const override {
    int32_t step = 0;
    if (const auto latest = checkpoints->latest())
      if (const auto kept = latest->getArray<int32_t>("step")) step = kept->front();
    for (; step < kSteps; ++step) {
      if (files_.powerIsOff()) return fail(ErrorCode::kIo, "the power is off");
      ++steps;
      const std::array<int32_t, 1> next{step + 1};
      (void)checkpoints->save(
          [&](recipes::SectionWriter& out) { out.putArray<int32_t>("step", std::span(next)); });
    }
    return popularity_.train(input, configuration, progress);
  }
  Result<std::unique_ptr<recipes::Model>> open(const recipes::SectionReader& sections) const override {
    return popularity_.open(sections);
  }
  mutable int steps = 0;

 private:
  const io::SimulatedFileSystem& files_;
  recipes::PopularityRecipe popularity_;
};

struct Scene {
  Scene() {
    files.put("/sources/.keep", "");
    std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
    for (int user = 0; user < 40; ++user)
      for (int item = 0; item < 6 && item < user + 2; ++item)
        text += fmt::format("u{},i{},{},Watch\n", user, item, 1'600'000'000 + user * 100 + item);
    files.put("/sources/watches.csv", text, fromMicros(1'600'000'000'000'000));
    options.checkpointEvery = Duration(0);
    options.recipeOf = [this](std::string_view) { return Result<const recipes::Recipe*>(&recipe); };
  }

  void start() { server = std::make_unique<SimulatedServer>(files, clock, options); }
  Result<void> run() {
    PROFFER_CHECK(server->apply(kMovies));
    return server->converge();
  }

  SimulatedClock clock{kStart};
  io::SimulatedFileSystem files{clock};
  Stepping recipe{files};
  reconcile::Manager::Options options;
  std::unique_ptr<SimulatedServer> server;
};

}  // namespace

TEST_CASE("wherever the power fails, a training goes on from its checkpoint") {
  configureLog(LogLevel::kError, LogFormat::kText);
  std::vector<std::string> wanted;
  int64_t first = 0, last = 0;
  {
    Scene scene;
    scene.start();
    REQUIRE(scene.server->start());
    first = scene.files.changes();
    const auto ran = scene.run();
    if (!ran) FAIL(formatError(ran.error()));
    last = scene.files.changes();
    wanted = scene.server->fingerprint();
    CHECK(scene.server->orphans() == std::vector<std::string>{});
    CHECK(scene.recipe.steps == 2 * kSteps);
  }
  const uint64_t points = numberFrom("PROFFER_CRASH_POINTS", 45);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  int cut = 0;
  for (uint64_t point = 0; point < points; ++point) {
    const int64_t moment = first + static_cast<int64_t>((point * static_cast<uint64_t>(last - first) +
                                                         seed % static_cast<uint64_t>(last - first)) /
                                                        points);
    INFO("PROFFER_CRASH_SEED=" << seed << " PROFFER_CRASH_POINTS=" << points << ", cut after " << moment
                               << " of " << last << " changes");
    Scene scene;
    scene.files.cutPowerAfter(moment);
    scene.start();
    Result<void> ran = scene.server->start();
    if (ran) ran = scene.run();
    if (scene.files.powerIsOff()) {
      ++cut;
      scene.server.reset();
      scene.files.crash(static_cast<io::Survival>(point % 3), seed + point);
      scene.start();
      REQUIRE(scene.server->start());
      ran = scene.run();
    }
    if (!ran) FAIL(formatError(ran.error()));
    CHECK(difference(scene.server->fingerprint(), wanted) == "");
    CHECK(scene.server->orphans() == std::vector<std::string>{});
    CHECK(scene.recipe.steps <= 2 * kSteps + 1);
  }
  CHECK(cut > 0);
  WARN(cut << " power cuts in " << points << " runs; seed " << seed);
}

}  // namespace checkpoints_test
