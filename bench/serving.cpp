// How fast answers are made in process: popularity with 20,000 items, with and without the automatic filter,
// beside a raw copy of the top list (what no server can beat).
//
//   bench_serving [ITEMS] [USERS] [EVENTS PER USER]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/log.h"
#include "base/parallel.h"
#include "controller/serving/engine.h"
#include "controller/store/route_settings.h"
#include "controller/store/routes.h"
#include "recipes/recipe.h"
#include "tests/serving/fakes.h"

using namespace proffer;
using Stopwatch = std::chrono::steady_clock;

namespace {

constexpr const char* kUid = "bench";

struct Figures {
  double perSecond = 0;
  double p50 = 0;  // microseconds
  double p99 = 0;
};

// Calls ask(i) from `threads` threads, `calls` times each.
template <class Ask>
Figures measure(int threads, size_t calls, const Ask& ask) {
  std::vector<std::vector<double>> latencies(static_cast<size_t>(threads));
  const auto start = Stopwatch::now();
  std::vector<std::thread> workers;
  for (size_t t = 0; t < latencies.size(); ++t)
    workers.emplace_back([&, t] {
      latencies[t].reserve(calls);
      for (size_t i = 0; i < calls; ++i) {
        const auto begin = Stopwatch::now();
        ask(t * calls + i);
        latencies[t].push_back(std::chrono::duration<double, std::micro>(Stopwatch::now() - begin).count());
      }
    });
  for (std::thread& worker : workers) worker.join();
  const double seconds = std::chrono::duration<double>(Stopwatch::now() - start).count();
  std::vector<double> all;
  for (const auto& one : latencies) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  return {static_cast<double>(all.size()) / seconds, all[all.size() / 2], all[all.size() * 99 / 100]};
}

void print(const char* what, int threads, const Figures& figures) {
  std::printf("%-44s %7d %12.0f %9.2f %9.2f\n", what, threads, figures.perSecond, figures.p50, figures.p99);
}

size_t argument(int argc, char** argv, int at, size_t otherwise) {
  return argc > at ? static_cast<size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
}

void stopWith(const Error& error) {
  std::fprintf(stderr, "bench_serving: %s\n", formatError(error).c_str());
  std::exit(1);
}

std::string trained(artifacts::ArtifactStore& artifacts, const recipes::Interactions& interactions) {
  recipes::TrainingConfiguration configuration;
  configuration.recipe = "aws-popularity-count";
  Progress progress;
  const auto start = Stopwatch::now();
  auto model = (*recipes::recipeOfFamily("popularity"))->train({&interactions}, configuration, progress);
  if (!model) stopWith(model.error());
  std::printf("training on %lld events: %.3f s\n", static_cast<long long>(interactions.rowCount()),
              std::chrono::duration<double>(Stopwatch::now() - start).count());
  auto writer = artifacts.create(1, 1, kUid);
  if (!writer) stopWith(writer.error());
  (*model)->save(**writer);
  if (auto done = (*writer)->finish(); !done) stopWith(done.error());
  return (*writer)->row().path;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t items = argument(argc, argv, 1, 20'000), users = argument(argc, argv, 2, 20'000);
  const size_t perUser = argument(argc, argv, 3, 50);
  configureLog(LogLevel::kError, LogFormat::kText);
  SystemClock clock;
  auto opened = store::ControlStore::openInMemory(clock);
  if (!opened) stopWith(opened.error());
  store::ControlStore& store = **opened;
  artifacts::ArtifactStore artifacts(store, io::posixFileSystem());
  const auto interactions = std::make_shared<recipes::testing::MemoryInteractions>(
      recipes::testing::randomRows(1, users, items, perUser));
  serving::testing::FakeGroupData data;
  data.set(kUid, std::make_shared<serving::testing::FakeSnapshot>(1, interactions));
  store.routes().putGroup({"shop", kUid, 1, Json::object(), 0});
  RouteSettings settings;
  settings.family = "popularity";
  settings.recipe = "aws-popularity-count";
  const std::string artifact = trained(artifacts, *interactions);
  store.routes().put({"shop", "plain", kUid, "Recommender", "v1", artifact, toJson(settings), "", 0});
  settings.automaticFilter = {"Watch"};
  store.routes().put({"shop", "filtered", kUid, "Recommender", "v1", artifact, toJson(settings), "", 0});
  const auto engine = serving::Engine::create(store, data, artifacts, clock, "bench");
  if (auto started = engine->start(); !started) stopWith(started.error());

  const auto ask = [&](const char* name) {
    return [&engine, &interactions, name](size_t i) {
      serving::RecommendRequest request;
      request.group = "shop";
      request.name = name;
      request.userId =
          interactions->userId(static_cast<recipes::Index>(i * 7919 % interactions->userCount()));
      const auto answer = engine->recommend(request);
      if (!answer || answer->items.size() != 25) std::abort();
    };
  };
  serving::RecommendRequest first;
  first.group = "shop";
  first.name = "plain";
  first.userId = "anybody";
  const serving::Answer top = *engine->recommend(first);
  std::printf("%-44s %7s %12s %9s %9s\n", "25 items each", "threads", "answers/s", "p50 us", "p99 us");
  for (const int threads : {1, parallelism(), 8 * parallelism()}) {
    print("raw copy of the top list", threads, measure(threads, 200'000, [&](size_t) {
            const std::vector<serving::RecommendedItem> copy = top.items;
            if (copy.size() != 25) std::abort();
          }));
    print("popularity", threads, measure(threads, 200'000, ask("plain")));
    print("popularity, watched items filtered", threads, measure(threads, 200'000, ask("filtered")));
  }
  engine->stop();
  return 0;
}
