// The loop itself, with reconcilers made for the test, over the real store in memory.
#include "controller/reconcile/controller.h"

#include <catch2/catch.hpp>

#include "base/log.h"
#include "controller/reconcile/conditions.h"
#include "controller/store/journal.h"
#include "manifests/kind_table.h"

namespace controller_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

class Scripted final : public Reconciler {
 public:
  Scripted(std::string kind, std::function<Outcome(Run&)> script)
      : kind_(std::move(kind)), script_(std::move(script)) {}
  std::string_view kind() const override { return kind_; }
  bool needsCleanUp() const override { return false; }
  Result<bool> cleanUp(Run&, std::optional<Duration>&) override { return true; }
  Outcome reconcile(Run& run) override { return script_(run); }

 private:
  const std::string kind_;
  std::function<Outcome(Run&)> script_;
};

struct Bench {
  Bench() {
    configureLog(LogLevel::kError, LogFormat::kText);
    auto opened = store::ControlStore::openInMemory(clock);
    REQUIRE(opened);
    store = std::move(*opened);
    objects = std::make_unique<Objects>(store->resources());
    controller = std::make_unique<Controller>(*store, *objects, clock, metrics, Controller::Options{});
  }
  void script(const std::string& kind, std::function<Outcome(Run&)> what) {
    controller->add(std::make_unique<Scripted>(kind, std::move(what)));
  }
  Resource make(const std::string& kind, const std::string& name, Json spec = Json::object()) {
    Resource resource;
    resource.kind = kind;
    resource.metadata.name = name;
    resource.spec = std::move(spec);
    for (const Error& error : normalize(resource)) FAIL(formatError(error));
    auto created = store->resources().create(resource);
    if (!created) FAIL(formatError(created.error()));
    return *created;
  }
  size_t settle() {
    const auto runs = controller->settle(10'000);
    if (!runs) FAIL(formatError(runs.error()));
    return *runs;
  }
  Resource get(const Resource& resource) { return *store->resources().get(resource.key()); }

  SimulatedClock clock{fromMicros(1'700'000'000'000'000)};
  std::unique_ptr<store::ControlStore> store;
  Metrics metrics;
  std::unique_ptr<Objects> objects;
  std::unique_ptr<Controller> controller;
};

}  // namespace

TEST_CASE("writing status wakes nobody by itself, an edit does") {
  Bench bench;
  int runs = 0;
  bench.script("DatasetGroup", [&](Run& run) {
    run.object.status["runs"] = ++runs;
    return Outcome::done();
  });
  Resource group = bench.make("DatasetGroup", "shop");
  CHECK(bench.settle() == 1);
  CHECK(bench.settle() == 0);
  group = bench.get(group);
  CHECK(intMember(group.status, "runs") == 1);
  CHECK(intMember(group.status, "observedGeneration") == 1);
  group.metadata.labels["team"] = "a";
  REQUIRE(bench.store->resources().update(group));
  CHECK(bench.settle() == 1);
}

TEST_CASE("the four outcomes") {
  Bench bench;
  Outcome next = Outcome::done();
  int runs = 0;
  bench.script("DatasetGroup", [&](Run&) { return ++runs, next; });
  const Resource group = bench.make("DatasetGroup", "shop");

  SECTION("done: not again") {
    bench.settle();
    bench.clock.advance(24h);
    CHECK(bench.settle() == 0);
  }
  SECTION("again: after that long") {
    next = Outcome::again(1min);
    bench.settle();
    bench.clock.advance(59s);
    CHECK(bench.settle() == 0);
    bench.clock.advance(1s);
    CHECK(bench.settle() == 1);
  }
  SECTION("error: with backoff, the next try in status, over when it succeeds") {
    next = Outcome::error(makeError(ErrorCode::kIo, "the disk is full"));
    bench.settle();
    CHECK(findCondition(bench.get(group), kReady)->message == "the disk is full");
    const auto retry = parseTime(stringMember(bench.get(group).status, "nextRetryTime"));
    REQUIRE(retry);
    CHECK(*retry > bench.clock.now());
    CHECK(*retry <= bench.clock.now() + 1500ms);
    for (int i = 0; i < 10; ++i) {
      bench.clock.advance(5min);
      CHECK(bench.settle() == 1);
    }
    CHECK(bench.controller->metrics().controllers["DatasetGroup"].errors == 11);
    next = Outcome::done();
    bench.clock.advance(5min);
    CHECK(bench.settle() == 1);
    CHECK_FALSE(bench.get(group).status.contains("nextRetryTime"));
  }
  SECTION("error: a new spec starts the backoff anew") {
    next = Outcome::error(makeError(ErrorCode::kIo, "the disk is full"));
    for (int i = 0; i < 10; ++i) {
      bench.settle();
      bench.clock.advance(5min);
    }
    bench.settle();
    Resource edited = bench.get(group);
    edited.spec["quotas"] = "aws";
    REQUIRE(bench.store->resources().update(edited));
    bench.settle();
    CHECK(*parseTime(stringMember(bench.get(group).status, "nextRetryTime")) <= bench.clock.now() + 1500ms);
  }
  SECTION("terminal: not again") {
    next = Outcome::terminal(makeError(ErrorCode::kInvalidInput, "nonsense"));
    bench.settle();
    bench.clock.advance(24h);
    CHECK(bench.settle() == 0);
    CHECK(findCondition(bench.get(group), kReady)->reason == "InvalidInput");
    CHECK(bench.controller->metrics().controllers["DatasetGroup"].terminalErrors == 1);
  }
}

TEST_CASE("an exception is an error of that object and nothing else") {
  Bench bench;
  bench.script("DatasetGroup", [&](Run& run) -> Outcome {
    if (run.key.name == "bad") throw std::runtime_error("boom");
    return Outcome::done();
  });
  const Resource bad = bench.make("DatasetGroup", "bad");
  bench.make("DatasetGroup", "good");
  CHECK(bench.settle() == 2);
  const auto metrics = bench.controller->metrics().controllers["DatasetGroup"];
  CHECK(metrics.panics == 1);
  CHECK(metrics.total.at("error") == 1);
  CHECK(metrics.total.at("success") == 1);
  CHECK(metrics.activeWorkers == 0);
  CHECK(metrics.time.count == 2);
  CHECK(findCondition(bench.get(bad), kReady)->message.find("boom") != std::string::npos);
}

TEST_CASE("a write that lost a race is done again without a word") {
  Bench bench;
  int runs = 0;
  bench.script("DatasetGroup", [&](Run& run) {
    if (++runs == 1) {
      Resource other = run.object;
      other.metadata.labels["by"] = "somebody else";
      REQUIRE(bench.store->resources().update(other));
    }
    Report().ready("Fine", "").write(run.object, run.now);
    return Outcome::done();
  });
  const Resource group = bench.make("DatasetGroup", "shop");
  bench.settle();
  CHECK(runs >= 2);
  CHECK(isReady(bench.get(group)));
  const auto metrics = bench.controller->metrics().controllers["DatasetGroup"];
  CHECK(metrics.errors == 0);
  CHECK(metrics.total.at("conflict") == 1);
}

TEST_CASE("a change wakes those who name it, and owners of what changed") {
  Bench bench;
  std::vector<std::string> woken;
  for (const auto* kind : {"DatasetGroup", "Schema", "Dataset", "DatasetImport"})
    bench.script(kind, [&](Run& run) { return woken.push_back(run.key.toString()), Outcome::done(); });
  bench.make("DatasetGroup", "shop");
  const Json fields = Json::parse(
      R"([{"name":"USER_ID","type":"string"},{"name":"ITEM_ID","type":"string"},{"name":"TIMESTAMP","type":"long"}])");
  Resource schema = bench.make("Schema", "views", {{"fields", fields}});
  Resource dataset;
  dataset.kind = "Dataset";
  dataset.metadata.name = "interactions";
  dataset.metadata.group = "shop";
  dataset.spec = {{"type", "INTERACTIONS"}, {"schema", "views"}};
  REQUIRE(normalize(dataset).empty());
  dataset = *bench.store->resources().create(dataset);
  bench.settle();
  woken.clear();
  schema = bench.get(schema);
  schema.metadata.labels["x"] = "y";
  REQUIRE(bench.store->resources().update(schema));
  bench.settle();
  CHECK(std::count(woken.begin(), woken.end(), "Dataset/shop/interactions") == 1);

  woken.clear();
  Resource import;
  import.kind = "DatasetImport";
  import.metadata.name = "run";
  import.metadata.group = "shop";
  import.metadata.ownerReferences = {{ "Dataset", "interactions", dataset.metadata.uid }};
  import.spec = {{ "dataset", "interactions" }};
  REQUIRE(normalize(import).empty());
  REQUIRE(bench.store->resources().create(import));
  bench.settle();
  CHECK(std::count(woken.begin(), woken.end(), "Dataset/shop/interactions") == 1);
  CHECK(std::count(woken.begin(), woken.end(), "DatasetImport/shop/run") == 1);
}

TEST_CASE("an object that keeps the controller busy is slowed and says so") {
  Bench bench;
  int runs = 0;
  bench.script("DatasetGroup", [&](Run& run) {
    ++runs;
    bench.controller->wake(run.key);  // as if somebody changed it all the time
    return Outcome::done();
  });
  const Resource group = bench.make("DatasetGroup", "hot");
  bench.settle();
  CHECK(runs == static_cast<int>(CircuitBreaker::kBurst));
  CHECK(bench.controller->metrics().controllers["DatasetGroup"].throttled >= 1);
  const auto entries = bench.store->journal().read({.kind = "DatasetGroup", .group = "", .name = "hot"});
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().reason == "Throttled");
  bench.clock.advance(CircuitBreaker::kSlowed);
  bench.settle();
  CHECK(runs == static_cast<int>(CircuitBreaker::kBurst) + 1);
}

TEST_CASE("on threads: every object converges while others are edited") {
  configureLog(LogLevel::kError, LogFormat::kText);
  SystemClock clock;
  auto store = store::ControlStore::openInMemory(clock);
  REQUIRE(store);
  Objects objects((*store)->resources());
  Metrics metrics;
  Controller controller(**store, objects, clock, metrics, {.workers = 3, .seed = 1});
  controller.add(std::make_unique<Scripted>("DatasetGroup", [](Run& run) {
    run.object.status["seen"] = run.object.metadata.generation;
    Report().ready("Fine", "").write(run.object, run.now);
    return Outcome::done();
  }));
  const auto make = [&](int number) {
    Resource group;
    group.kind = "DatasetGroup";
    group.metadata.name = fmt::format("g{}", number);
    REQUIRE(normalize(group).empty());
    REQUIRE((*store)->resources().create(group));
  };
  for (int i = 0; i < 20; ++i) make(i);
  REQUIRE(controller.start());
  std::thread editor([&] {
    for (int i = 0; i < 60; ++i) {
      auto group = (*store)->resources().get({"DatasetGroup", "", fmt::format("g{}", i % 20)});
      group->spec["quotas"] = i % 2 == 0 ? "aws" : "generous";
      group->metadata.resourceVersion = 0;
      (void)(*store)->resources().update(*group);
    }
  });
  for (int i = 20; i < 60; ++i) make(i);
  editor.join();
  const auto settled = [&] {
    const auto list = (*store)->resources().list({});
    return std::all_of(list->items.begin(), list->items.end(), [](const Resource& group) {
      return isReady(group) && intMember(group.status, "seen") == group.metadata.generation;
    });
  };
  for (int i = 0; i < 2000 && !settled(); ++i) std::this_thread::sleep_for(5ms);
  CHECK(settled());
  controller.stop();
}

}  // namespace controller_test
