// Measuring on request, over real stores: what can be named, what takes whose place, what is stored
// (nothing).
#include <thread>

#include "controller/reconcile/measuring.h"
#include "world.h"

namespace measuring_test {

using namespace proffer;
using namespace proffer::reconcile;

namespace {

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
---
apiVersion: proffer/v1
kind: Solution
metadata: {name: taste, group: movies}
spec: {recipe: aws-popularity-count, eventType: Watch}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {name: home, group: movies}
spec: {solution: taste}
)";

MeasuringRequest asking(const std::string& name, std::vector<std::string> against = {}) {
  MeasuringRequest request;
  request.group = "movies";
  request.name = name;
  request.against = std::move(against);
  request.options.protocol = recipes::Protocol::kLeaveLast;
  request.options.resamples = 50;
  return request;
}

}  // namespace

TEST_CASE("solutions, recommenders, campaigns, versions, recipes and use cases are measured") {
  World world;
  world.write("watches.csv", World::watches(60, 12));
  world.apply(kMovies);
  world.settle();
  const size_t jobs = world.jobCount();
  Measuring& measuring = world.manager->measuring();
  for (const auto* name : {"taste", "home", "popular", "taste-1"}) {
    INFO(name);
    const auto plan = measuring.plan(asking(name, {"aws-popularity-count", "most-popular", "popular-1"}));
    REQUIRE(plan);
    REQUIRE(plan->contenders.size() == 4);
    CHECK(plan->contenders[0].name == (name == std::string("home") ? "taste" : name));
    Progress progress;
    const auto comparison = measuring.run(*plan, progress, {});
    REQUIRE(comparison);
    REQUIRE(!comparison->tasks.empty());
    CHECK(comparison->tasks[0].methods.size() == 4 + 6);
    CHECK(comparison->tasks.back().cases == 60);
  }
  world.settle();
  CHECK(world.jobCount() == jobs);

  const auto diagnosis = [&](const std::string& group) {
    Progress progress;
    return measuring.diagnose(group, progress);
  };
  REQUIRE(diagnosis("movies"));
  CHECK(diagnosis("movies")->users == 60);
  CHECK(!diagnosis("movies")->useCases.empty());
  CHECK(diagnosis("films").error().code == ErrorCode::kNotFound);
}

TEST_CASE("what cannot be measured is refused with what is there instead") {
  World world;
  world.write("watches.csv", World::watches(20, 8));
  world.apply(kMovies);
  world.settle();
  Measuring& measuring = world.manager->measuring();
  struct {
    const char* name;
    std::vector<std::string> against;
    const char* field;
    const char* hint;
  } const table[] = {{"tast", {}, "", "did you mean \"taste\"?"},
                     {"taste", {"aws-popularity-cont"}, "against", "did you mean \"aws-popularity-count\"?"}};
  for (const auto& row : table) {
    const auto plan = measuring.plan(asking(row.name, row.against));
    REQUIRE_FALSE(plan);
    CHECK(plan.error().code == ErrorCode::kNotFound);
    CHECK(plan.error().field == row.field);
    CHECK(plan.error().hint == row.hint);
  }
}

TEST_CASE("a measurement waits for a place among the trainings and can be cancelled meanwhile") {
  JobPlaces places({.trainings = 1, .memory = 1000});
  const int64_t first = places.takeFor(10);
  CHECK(first < 0);
  CHECK(places.takeFor(10) == 0);
  store::Job job;
  job.id = 7;
  job.type = "train";
  CHECK_FALSE(places.choose({job}));
  places.leave(first);
  CHECK(places.choose({job}) == std::optional<size_t>(0));
  CHECK(places.takeFor(10) == 0);
  places.leave(7);
  CHECK(places.takeFor(5000) < 0);

  World world;
  world.write("watches.csv", World::watches(20, 8));
  world.apply(kMovies);
  world.settle();
  const Measuring::Plan plan = *world.manager->measuring().plan(asking("taste"));
  Objects objects(world.store->resources());
  REQUIRE(objects.load());
  const auto roots = data::SourceRoots::of({{"default", world.directory}}, io::posixFileSystem());
  REQUIRE(roots);
  const Environment environment{.store = *world.store,
                                .objects = objects,
                                .data = *world.data,
                                .artifacts = *world.artifacts,
                                .roots = *roots,
                                .clock = world.clock};
  std::atomic<bool> free = false;
  std::atomic<int> left = 0;
  Measuring waiting(environment, {[&](int64_t) { return free ? 1 : 0; }, [&](int64_t) { ++left; }});
  Progress progress;
  std::thread canceller([&] {
    while (progress.snapshot().phase.empty()) std::this_thread::yield();
    progress.cancel();
  });
  const auto cancelled = waiting.run(plan, progress, {});
  canceller.join();
  REQUIRE_FALSE(cancelled);
  CHECK(cancelled.error().code == ErrorCode::kCancelled);
  CHECK(left == 0);
  free = true;
  Progress again;
  CHECK(waiting.run(plan, again, {}));
  CHECK(left == 1);
}

}  // namespace measuring_test
