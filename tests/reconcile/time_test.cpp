// What time and order do to objects: schedules and their status, the queue of trainings, retention, and data
// that is only partly there.
#include "controller/io/file_system.h"
#include "controller/reconcile/job_places.h"
#include "controller/store/resource_store.h"
#include "recipes/popularity.h"
#include "world.h"

namespace time_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

const ResourceKey kPopular{"Recommender", "movies", "popular"};
const ResourceKey kInteractions{"Dataset", "movies", "interactions"};

std::string recommender(const std::string& train) {
  return fmt::format(
      "{{apiVersion: proffer/v1, kind: Recommender, metadata: {{name: popular, group: movies}}, spec: "
      "{{useCase: "
      "most-popular, schedules: {{train: \"{}\"}}}}}}",
      train);
}

Json trainSchedule(const World& world) {
  return member(member(world.get(kPopular).status, "schedules"), "train");
}

// Popularity that fails while `broken`.
class Fragile final : public recipes::Recipe {
 public:
  explicit Fragile(const bool& broken) : broken_(broken) {}
  std::string_view family() const override { return "popularity"; }
  Result<std::unique_ptr<recipes::Model>> train(const recipes::TrainingInput& input,
                                                const recipes::TrainingConfiguration& configuration,
                                                Progress& progress, recipes::Checkpoints*) const override {
    if (broken_) return fail(ErrorCode::kInvalidInput, "the data cannot carry a model");
    return popularity_.train(input, configuration, progress);
  }
  Result<std::unique_ptr<recipes::Model>> open(const recipes::SectionReader& sections) const override {
    return popularity_.open(sections);
  }

 private:
  const bool& broken_;
  recipes::PopularityRecipe popularity_;
};

store::Job jobFor(const std::string& type, const std::string& name, int64_t memory = 0) {
  store::Job job;
  job.type = type;
  job.owner = {type == "import" ? "DatasetImport" : "SolutionVersion", "shop", name};
  job.ownerUid = "uid-" + name;
  job.input = {{"memory", memory}};
  return job;
}

}  // namespace

TEST_CASE("status says when a schedule ran last and runs next") {
  World world;
  world.write("watches.csv", World::watches(10, 8));
  world.apply(kStreaming);
  world.settle();
  const auto first = trainSchedule(world);
  CHECK(stringMember(first, "schedule") == "rate(7 days)");
  CHECK(stringMember(first, "last") == formatTime(world.clock.now()));
  const auto next = parseTime(stringMember(first, "next"));
  REQUIRE(next);
  CHECK(std::chrono::abs(*next - world.clock.now() - 7 * 24h) <= 30min);
  const int64_t seed = intMember(member(world.get(kPopular).status, "schedules"), "seed", -1);
  CHECK(seed >= 0);

  SECTION("a slot without new data is skipped, and that is seen") {
    world.advance(*next - world.clock.now());
    CHECK(stringMember(trainSchedule(world), "skipped") == formatTime(*next));
    CHECK(world.versions("movies").size() == 1);
  }
  SECTION("another schedule counts from the last training") {
    world.apply(recommender("cron(0 3 * * MON Europe/Berlin)"));
    world.settle();
    CHECK(trainSchedule(world)["schedule"] == "cron(0 3 * * MON Europe/Berlin)");
    CHECK(world.versions("movies").size() == 1);  // no reason to train
    CHECK(intMember(member(world.get(kPopular).status, "schedules"), "seed") == seed);
  }
  SECTION("never is never") {
    world.apply(recommender("never"));
    world.settle();
    world.write("watches.csv", World::watches(20, 8));
    world.advance(400 * 24h);
    CHECK(world.versions("movies").size() == 1);
    CHECK_FALSE(trainSchedule(world).contains("next"));
  }
  SECTION("a zone that does not exist any more is said") {
    Resource changed = world.get(kPopular);  // by way of a manifest it would be refused
    changed.spec["schedules"]["train"] = "cron(0 3 * * MON Europe/Atlantis)";
    REQUIRE(world.store->resources().update(changed));
    world.settle();
    CHECK(world.condition(kPopular, kDegraded).find("Europe/Atlantis") != std::string::npos);
  }
}

// TO-63: what the service's protocol made carries the annotation.
TEST_CASE("the first training waits an hour for one that is made by hand, if the solution says so") {
  World world;
  world.write("watches.csv", World::watches(10, 8));
  world.apply(kStreaming);
  const auto solution = [](const char* name) {
    return fmt::format(R"(
apiVersion: proffer/v1
kind: Solution
metadata: {{name: {}, group: movies, annotations: {{proffer/first-training: within 1h}}}}
spec: {{recipe: aws-popularity-count}}
)",
                       name);
  };
  const auto versionsOf = [&](const std::string& name) {
    size_t count = 0;
    for (const Resource& version : world.all("SolutionVersion"))
      count += stringMember(version.spec, "solution") == name ? 1 : 0;
    return count;
  };
  world.apply(solution("alone"));
  world.apply(solution("asked"));
  world.apply(R"(
apiVersion: proffer/v1
kind: SolutionVersion
metadata: {name: asked-0123abcd, group: movies}
spec: {solution: asked}
)");
  world.settle();
  CHECK(versionsOf("alone") == 0);
  CHECK(versionsOf("asked") == 1);
  world.advance(59min);
  CHECK(versionsOf("alone") == 0);
  world.advance(2min);
  CHECK(versionsOf("alone") == 1);
  CHECK(versionsOf("asked") == 1);
}

TEST_CASE("a broken users file does not hold up the training") {
  World world;
  world.write("watches.csv", World::watches(10, 8));
  world.write("users.csv", "NOTHING\n1\n");
  world.apply(std::string(kStreaming) + R"(
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: users, group: movies}
spec: {type: USERS, sources: [{csv: users.csv}]}
)");
  world.settle();
  CHECK(world.condition(kPopular, kReady) == "True Serving: answers requests");
  CHECK(world.condition(kPopular, kDegraded)
            .starts_with("True PartialData: trained without Dataset/movies/users: "));
  world.write("users.csv", "USER_ID,SUBSCRIPTION_MODEL\nu1,free\n");
  world.advance(10s);
  CHECK(world.condition(kPopular, kDegraded) == "none");
  CHECK(world.versions("movies") == std::vector<std::string>{"popular-1", "popular-2"});
}

TEST_CASE("a training that failed is made again by its schedule, and at once for new data") {
  World world;
  bool broken = true;
  const Fragile fragile(broken);
  Manager::Options options;
  options.recipeOf = [&](std::string_view) { return Result<const recipes::Recipe*>(&fragile); };
  world.restart(options);
  world.write("watches.csv", World::watches(10, 8));
  world.apply(kStreaming);
  world.settle();
  CHECK(world.condition(kPopular, kReady).starts_with("False TrainingFailed: the data cannot carry a model"));
  for (int i = 0; i < 10; ++i) world.advance(1h);
  CHECK(world.versions("movies").size() == 1);

  for (int users = 20; users < 30; ++users) {  // news every minute do not make a training every minute
    world.write("watches.csv", World::watches(users, 8));
    world.advance(1min);
  }
  CHECK(world.versions("movies").size() == 2);
  world.advance(20min);
  CHECK(world.versions("movies").size() == 3);
  broken = false;
  world.advance(8 * 24h);
  CHECK(world.condition(kPopular, kReady) == "True Serving: answers requests");
}

TEST_CASE("trainings begin in order, few at a time, within the memory") {
  JobPlaces places({.trainings = 2, .memory = 100});
  std::vector<store::Job> ready{jobFor("train", "a", 60), jobFor("train", "b", 60), jobFor("train", "c", 10),
                                jobFor("import", "i")};
  for (size_t i = 0; i < ready.size(); ++i) ready[i].id = static_cast<int64_t>(i) + 1;
  CHECK(places.choose(ready) == 0U);
  ready.erase(ready.begin());
  CHECK(places.choose(ready) == 2U);  // b does not fit, c does not overtake it, the import may
  ready.pop_back();
  CHECK_FALSE(places.choose(ready));
  places.leave(1);
  CHECK(places.choose(ready) == 0U);
  ready.erase(ready.begin());
  CHECK(places.choose(ready) == 0U);
  JobPlaces small({.trainings = 2, .memory = 10});
  CHECK(small.choose({jobFor("train", "a", 1000)}) == 0U);  // larger than everything: alone
}

TEST_CASE("a queued training says which one it waits for") {
  SimulatedClock clock(fromMicros(1'700'000'000'000'000));
  auto store = store::ControlStore::openInMemory(clock);
  REQUIRE(store);
  store::Jobs& jobs = (*store)->jobs();
  const auto first = jobs.enqueue(jobFor("train", "top-1"));
  REQUIRE(jobs.enqueue(jobFor("import", "views-1")));
  const auto second = jobs.enqueue(jobFor("update", "top-2"));
  const auto third = jobs.enqueue(jobFor("train", "top-3"));
  CHECK(*waitsFor(jobs, *first) == "waits for a free place");
  CHECK(*waitsFor(jobs, *second) == "waits for SolutionVersion/shop/top-1, which is trained before it");
  CHECK(*waitsFor(jobs, *third) == "waits for SolutionVersion/shop/top-2, which is updated before it");
}

TEST_CASE("interactions older than retain go by themselves, without a training") {
  World world;
  const int64_t now = toMicros(world.clock.now()) / 1'000'000;
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  for (int day = 0; day < 200; ++day)
    text += fmt::format("u{},i{},{},Watch\n", day % 10, day % 5, now - day * 86400LL);
  world.write("watches.csv", text);
  std::string manifests = kStreaming;
  manifests.replace(manifests.find("type: INTERACTIONS"), 18, "type: INTERACTIONS, retain: 90d");
  world.apply(manifests);
  world.settle();
  const auto rows = [&] { return intMember(member(world.get(kInteractions).status, "data"), "rows"); };
  CHECK(rows() == 91);
  world.advance(12h);
  CHECK(rows() == 91);  // not for every hour
  for (int day = 0; day < 10; ++day) world.advance(24h);
  CHECK(rows() < 91 - 8);
  CHECK(rows() > 91 - 12);
  CHECK(world.versions("movies").size() == 1);
  CHECK(world.condition(kInteractions, kDegraded) == "none");
}

}  // namespace time_test
