// How long 2,000 resources take to converge from empty, and a no-op apply of them. Prints figures; asserts
// nothing.
//
// 1,000 schemas and 1,000 datasets that use them (five types in each of 200 custom groups), over a store on
// disk, on the controller's own threads.
#include <fmt/format.h>

#include <filesystem>

#include "base/ids.h"
#include "base/log.h"
#include "controller/io/file_system.h"
#include "controller/reconcile/manager.h"
#include "controller/store/admission.h"
#include "controller/store/resource_store.h"
#include "manifests/reader.h"

using namespace proffer;

namespace {

struct Type {
  const char* name;
  const char* fields;
};
constexpr Type kTypes[] = {
    {"INTERACTIONS",
     "[{name: USER_ID, type: string}, {name: ITEM_ID, type: string}, {name: TIMESTAMP, type: long}]"},
    {"ITEMS", "[{name: ITEM_ID, type: string}, {name: GENRE, type: string, categorical: true}]"},
    {"USERS", "[{name: USER_ID, type: string}, {name: SEGMENT, type: string, categorical: true}]"},
    {"ACTIONS", "[{name: ACTION_ID, type: string}, {name: KIND, type: string, categorical: true}]"},
    {"ACTION_INTERACTIONS",
     "[{name: USER_ID, type: string}, {name: ACTION_ID, type: string}, {name: EVENT_TYPE, type: string}, "
     "{name: TIMESTAMP, type: long}]"},
};

std::string manifests(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const Type& type = kTypes[i % 5];
    if (i % 5 == 0)
      text +=
          fmt::format("---\napiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {{name: g{}}}\n", i / 5);
    text += fmt::format(
        "---\napiVersion: proffer/v1\nkind: Schema\nmetadata: {{name: s{}}}\nspec:\n  type: {}\n  fields: "
        "{}\n",
        i, type.name, type.fields);
    text += fmt::format(
        "---\napiVersion: proffer/v1\nkind: Dataset\nmetadata: {{name: d{}, group: g{}}}\nspec: {{type: {}, "
        "schema: s{}}}\n",
        i, i / 5, type.name, i);
  }
  return text;
}

double seconds(Time from, Time to) {
  return std::chrono::duration<double>(to - from).count();
}

size_t notReady(store::ControlStore& store, std::string& example) {
  size_t count = 0;
  const auto list = store.resources().list({});
  for (const Resource& resource : list->items) {
    if (isReady(resource)) continue;
    const auto ready = findCondition(resource, kReady);
    example = resource.key().toString() + ": " + (ready ? ready->message : "not looked at");
    ++count;
  }
  return count;
}

int run(int count) {
  configureLog(LogLevel::kWarning, LogFormat::kText);
  const auto directory = std::filesystem::temp_directory_path() / ("proffer-converge-" + newHex(8));
  std::filesystem::create_directories(directory);
  SystemClock clock;
  auto& files = io::posixFileSystem();
  auto store = store::ControlStore::open(directory, clock);
  if (!store) return fmt::print(stderr, "{}\n", formatError(store.error())), 1;
  const auto data = data::openGroupDataStore(directory, clock, files);
  artifacts::ArtifactStore artifacts(**store, files);
  auto roots = data::SourceRoots::of({{"default", directory}}, files);
  {
    reconcile::Manager manager(**store, *data, artifacts, clock, std::move(*roots));
    if (const auto started = manager.start(); !started)
      return fmt::print(stderr, "{}\n", formatError(started.error())), 1;

    const Time begin = clock.now();
    const ManifestSet set = readManifests({{"bench.yaml", manifests(count)}});
    for (const Error& error : set.errors) return fmt::print(stderr, "{}\n", formatError(error)), 1;
    std::vector<Resource> resources;
    for (const auto& manifest : set.manifests) resources.push_back(manifest.resource);
    const Time readAt = clock.now();
    if (const auto applied = store::applySet(**store, resources, {.manager = "set/bench"}); !applied)
      return fmt::print(stderr, "{}\n", formatError(applied.error())), 1;
    const Time appliedAt = clock.now();
    std::string example;
    size_t left = resources.size();
    while ((left = notReady(**store, example)) > 0 && clock.now() < appliedAt + std::chrono::minutes(2))
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const Time readyAt = clock.now();
    fmt::print("resources                 {:>10}\n", resources.size());
    fmt::print("reading the manifests     {:>10.3f} s\n", seconds(begin, readAt));
    fmt::print("applying from empty       {:>10.3f} s\n", seconds(readAt, appliedAt));
    fmt::print("converging after that     {:>10.3f} s\n", seconds(appliedAt, readyAt));
    fmt::print("from empty to all Ready   {:>10.3f} s{}\n", seconds(begin, readyAt),
               left > 0 ? fmt::format(" ({} not: {})", left, example) : "");
    const Time again = clock.now();
    const auto noop = store::applySet(**store, resources, {.manager = "set/bench", .prune = true});
    size_t changed = 0;
    if (noop)
      for (const auto& outcome : noop->outcomes) changed += outcome.action != store::ApplyAction::kUnchanged;
    fmt::print("no-op apply of them       {:>10.3f} s ({} changed)\n", seconds(again, clock.now()), changed);
    int64_t runs = 0;
    for (const auto& [kind, metrics] : manager.metrics().controllers) runs += metrics.time.count;
    fmt::print("reconciles                {:>10}\n", runs);
    manager.stop();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc > 1 ? std::stoi(argv[1]) : 1000);
}
