// The whole controller on its own threads and the real clock: for the thread sanitizer, and to see that
// nothing waits for a clock that a test would have to move.
#include "world.h"

namespace threads_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

// Loads what the routes name, as serving does, on a thread of its own.
class Serving {
 public:
  explicit Serving(store::ControlStore& store, Clock& clock)
      : store_(store), thread_([this, &clock] { loop(clock); }) {}
  ~Serving() {
    stop_ = true;
    thread_.join();
  }

 private:
  void loop(Clock& clock) {
    int64_t seen = 0;
    while (!stop_) {
      store_.routes().waitForChange(seen, clock.now() + 20ms);
      const auto table = store_.routes().read();
      if (!table) continue;
      seen = table->revision;
      for (const auto& route : table->routes)
        if (!route.artifact.empty())
          (void)store_.routes().reportLoaded("test", route.group, route.name,
                                             {route.revision, route.version, ""});
    }
  }

  store::ControlStore& store_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 3000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

}  // namespace

TEST_CASE("on threads: from manifests to Ready, changed data, and away again") {
  World world;  // for its files only
  world.manager.reset();
  world.data.reset();
  SystemClock clock;
  const auto directory = world.directory / "threads";
  std::filesystem::create_directories(directory);
  auto store = store::ControlStore::open(directory, clock);
  REQUIRE(store);
  const auto data = data::openGroupDataStore(directory, clock, io::posixFileSystem());
  artifacts::ArtifactStore artifacts(**store, io::posixFileSystem());
  auto roots = data::SourceRoots::of({{"default", world.directory / "sources"}}, io::posixFileSystem());
  REQUIRE(roots);
  Manager manager(**store, *data, artifacts, clock, *roots, {.sourcePoll = 50ms, .collectEvery = 1s});
  const Serving serving(**store, clock);
  REQUIRE(manager.start());

  world.write("watches.csv", World::watches(30, 8));
  std::vector<Resource> resources;
  const ManifestSet set = readManifests({{"test.yaml", kStreaming}});
  for (const Manifest& manifest : set.manifests) resources.push_back(manifest.resource);
  REQUIRE(store::applySet(**store, resources, {}));
  const auto ready = [&](const char* kind, const char* name) {
    const auto object = (*store)->resources().get({kind, "movies", name});
    return object && isReady(*object);
  };
  CHECK(eventually([&] { return ready("Recommender", "popular"); }));

  world.write("watches.csv", World::watches(40, 8));
  CHECK(eventually([&] {
    const auto dataset = (*store)->resources().get({"Dataset", "movies", "interactions"});
    return dataset && intMember(member(dataset->status, "data"), "users") == 40;
  }));
  REQUIRE(store::deleteResource(**store, {"DatasetGroup", "", "movies"}, {}));
  CHECK(eventually([&] {
    const auto list = (*store)->resources().list({});
    return list->items.empty();
  }));
  CHECK(eventually([&] {
    const auto files = (*store)->files().list();
    return files->empty();
  }));
  CHECK(manager.metrics().controllers["Recommender"].panics == 0);
  manager.stop();
}

}  // namespace threads_test
