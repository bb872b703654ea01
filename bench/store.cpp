// What the control store costs: small writes by one and by many threads, applying a large set, and doing it
// again.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "controller/store/admission.h"
#include "controller/store/journal.h"

using namespace proffer;
using namespace proffer::store;

namespace {

double secondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void orDie(bool good, const char* what) {
  if (good) return;
  fmt::print(stderr, "{} failed\n", what);
  std::exit(1);
}

/// 1,000 schemas and 1,000 datasets, as the acceptance case has them.
std::vector<Resource> largeSet() {
  std::vector<Resource> set;
  for (int i = 0; i < 1000; ++i) {
    Resource schema;
    schema.kind = "Schema";
    schema.metadata.name = fmt::format("schema-{}", i);
    schema.spec = {{"fields", Json::array({{{"name", "USER_ID"}, {"type", "string"}},
                                           {{"name", "ITEM_ID"}, {"type", "string"}},
                                           {{"name", "TIMESTAMP"}, {"type", "long"}}})}};
    Resource dataset;
    dataset.kind = "Dataset";
    dataset.metadata.name = "interactions";
    dataset.metadata.group = fmt::format("group-{}", i);
    dataset.spec = {{"type", "INTERACTIONS"}, {"schema", schema.metadata.name}};
    for (Resource* resource : {&schema, &dataset}) {
      orDie(normalize(*resource).empty(), "normalizing");
      set.push_back(*resource);
    }
  }
  return set;
}

void benchStatusWrites(ResourceStore& store, const std::vector<Resource>& set, int threads) {
  constexpr size_t kWrites = 8000;
  std::atomic<size_t> next{0};
  const double seconds = secondsOf([&] {
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&] {
        for (size_t i = next++; i < kWrites; i = next++) {
          Resource one = set[i % set.size()];
          one.status = {{"observedGeneration", 1}, {"threads", threads}, {"i", i}};
          orDie(store.updateStatus(one).has_value(), "writing a status");
        }
      });
    for (auto& worker : workers) worker.join();
  });
  fmt::print("{:>10.0f} status writes/s, {} thread{}\n", kWrites / seconds, threads, threads == 1 ? "" : "s");
}

}  // namespace

int main() {
  std::string directory = (std::filesystem::temp_directory_path() / "proffer-bench-XXXXXX").string();
  orDie(mkdtemp(directory.data()) != nullptr, "creating a directory");
  {
    SystemClock clock;
    auto opened = ControlStore::open(directory, clock);
    orDie(opened.has_value(), "opening the store");
    ControlStore& store = **opened;
    const auto set = largeSet();
    const auto apply = [&] { orDie(applySet(store, set, {}).has_value(), "applying"); };
    fmt::print("{:>10.1f} ms to apply {} new objects\n", 1e3 * secondsOf(apply), set.size());
    fmt::print("{:>10.1f} ms to apply them again, unchanged\n", 1e3 * secondsOf(apply));
    fmt::print("{:>10.1f} ms to list them\n",
               1e3 * secondsOf([&] { orDie(store.resources().list({}).has_value(), "listing"); }));
    for (const int threads : {1, 2, 8}) benchStatusWrites(store.resources(), set, threads);
    const double journal = secondsOf([&] {
      for (int i = 0; i < 2000; ++i)
        orDie(store.journal()
                  .record(set[static_cast<size_t>(i)].key(), JournalLevel::kNormal, "Ready", "usable")
                  .has_value(),
              "recording");
    });
    fmt::print("{:>10.0f} journal entries/s, 1 thread\n", 2000 / journal);
    const auto group = [&] {
      DeleteOptions options;
      std::vector<ResourceKey> keys;
      for (const auto& resource : set) keys.push_back(resource.key());
      orDie(deleteResources(store, keys, options).has_value(), "deleting");
    };
    fmt::print("{:>10.1f} ms to mark them all deleted\n", 1e3 * secondsOf(group));
    opened->reset();
    fmt::print(
        "{:>10.1f} ms to open the store again\n",
        1e3 * secondsOf([&] { orDie(ControlStore::open(directory, clock).has_value(), "reopening"); }));
  }
  std::filesystem::remove_all(directory);
}
