#include "controller/serving/engine.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/parallel.h"
#include "base/text.h"
#include "controller/serving/answering.h"
#include "controller/serving/core_limit.h"
#include "controller/serving/loader.h"
#include "controller/serving/request_check.h"

namespace proffer::serving {
namespace {

// "recommender shop/x", as people call it.
std::string called(const store::Route& route) {
  return lower(route.kind) + " " + routeKey(route.group, route.name);
}

tl::unexpected<Error> unknownRoute(const ServedTable& table, const RecommendRequest& request) {
  std::vector<std::string> names;
  std::set<std::string> groups;
  for (const auto& [key, route] : table.routes) {
    groups.insert(route->wanted.group);
    if (route->wanted.group == request.group) names.push_back(route->wanted.name);
  }
  Error error = makeError(ErrorCode::kNotFound, "there is no recommender or campaign {} in group {}",
                          proffer::quoted(request.name), proffer::quoted(request.group));
  std::sort(names.begin(), names.end());
  if (!names.empty()) return fail(std::move(error).hinting(didYouMean(request.name, names)));
  const std::vector<std::string> others(groups.begin(), groups.end());
  return fail(std::move(error).hinting(didYouMean(request.group, others)));
}

tl::unexpected<Error> nothingToServe(const ServedRoute& route) {
  std::string why = route.wanted.message.empty() ? "there is no trained version" : route.wanted.message;
  if (!route.error.empty()) why = "its model could not be loaded: " + route.error;
  return fail(ErrorCode::kUnavailable, "{} cannot answer yet: {}", called(route.wanted), why);
}

class WatchingEngine final : public Engine {
 public:
  WatchingEngine(store::ControlStore& store, data::GroupDataStore& data, artifacts::ArtifactStore& artifacts,
                 Clock& clock, std::string replica)
      : store_(store),
        clock_(clock),
        loader_(store, data, artifacts, clock, std::move(replica), slot_),
        cores_(parallelism()) {}
  ~WatchingEngine() override { stop(); }

  Result<void> start() override {
    Loader::Pass pass;
    do {
      PROFFER_TRY(pass, loader_.refresh());
    } while (!pass.complete);
    ready_ = true;
    stopping_ = false;
    thread_ = std::thread([this, seen = pass.revision] { watch(seen); });
    return {};
  }

  void stop() override {
    if (!thread_.joinable()) return;
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    store_.routes().interrupt();
    thread_.join();
    ready_ = false;
  }

  bool ready() const override { return ready_; }

  Result<Answer> recommend(const RecommendRequest& request) override {
    const std::shared_ptr<const ServedTable> table = slot_.get();
    const auto found = table->routes.find(routeKey(request.group, request.name));
    if (found == table->routes.end()) return unknownRoute(*table, request);
    const ServedRoute& route = *found->second;
    if (route.settings.stopped)
      return fail(makeError(ErrorCode::kInvalidInput, "{} is stopped", called(route.wanted))
                      .hinting("set state: running in its spec"));
    if (!route.opened) return nothingToServe(route);
    PROFFER_TRY(const size_t limit, checkRequest(request, route.settings));
    const auto group = table->groups.find(route.wanted.groupUid);
    const Catalogue* catalogue = group == table->groups.end() ? nullptr : group->second->catalogue.get();
    const CoreLimit::Hold core(cores_);
    return answerRequest(route, catalogue, request, limit);
  }

  std::vector<ServedModel> served() const override {
    std::vector<ServedModel> models;
    for (const auto& [key, route] : slot_.get()->routes) {
      if (!route->opened) continue;
      models.push_back({route->wanted.group, route->wanted.name, route->wanted.kind, route->version,
                        route->settings.recipe, route->opened->loadedAt,
                        static_cast<int64_t>(route->opened->model->items().size())});
    }
    std::sort(models.begin(), models.end(), [](const ServedModel& a, const ServedModel& b) {
      return std::tie(a.group, a.name) < std::tie(b.group, b.name);
    });
    return models;
  }

 private:
  void watch(int64_t seen) {
    while (!stopping_) {
      const Time deadline = std::min(loader_.nextRetry(), clock_.now() + Loader::kRetry);
      const int64_t revision = store_.routes().waitForChange(seen, deadline);
      if (stopping_) return;
      if (revision <= seen &&
          clock_.now() < deadline) {  // interrupted by somebody else: the store is closing
        pause();
        continue;
      }
      const Result<Loader::Pass> pass = loader_.refresh();
      if (!pass) {
        logLine(LogLevel::kError, "serving", "cannot read the routes", {{"error", pass.error().message}});
        pause();
      } else if (pass->complete) {
        seen = pass->revision;
      }
    }
  }

  void pause() {
    std::unique_lock lock(mutex_);
    clock_.waitUntil(lock, stopped_, clock_.now() + kPause, [&] { return stopping_.load(); });
  }

  static constexpr Duration kPause = std::chrono::seconds(1);

  store::ControlStore& store_;
  Clock& clock_;
  TableSlot slot_;
  Loader loader_;
  CoreLimit cores_;
  std::atomic<bool> ready_{false};
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::atomic<bool> stopping_{false};  // set under mutex_
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Engine> Engine::create(store::ControlStore& store, data::GroupDataStore& data,
                                       artifacts::ArtifactStore& artifacts, Clock& clock,
                                       std::string replica) {
  return std::make_unique<WatchingEngine>(store, data, artifacts, clock, std::move(replica));
}

}  // namespace proffer::serving
