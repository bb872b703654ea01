#include "controller/serving/engine.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/parallel.h"
#include "base/text.h"
#include "controller/serving/answering.h"
#include "controller/serving/core_limit.h"
#include "controller/serving/filter_trial.h"
#include "controller/serving/live_items.h"
#include "controller/serving/loader.h"
#include "controller/serving/request_check.h"
#include "controller/serving/unserved.h"

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
        explorations_(data, clock),
        loader_(store, data, artifacts, clock, std::move(replica), slot_, explorations_),
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
    learning_ = std::thread([this] { learn(); });
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
    learning_.join();
    if (const auto saved = explorations_.save(); !saved)
      logLine(LogLevel::kWarning, "serving", "cannot save what was learned by exploring",
              {{"error", saved.error().message}});
    ready_ = false;
  }

  bool ready() const override { return ready_; }

  Result<Answer> recommend(const RecommendRequest& request) override {
    Result<Answer> answered = caughtUp<Answer>([&] { return answer(request); });
    const bool unknown =
        !answered && answered.error().code == ErrorCode::kNotFound && answered.error().field.empty();
    if (!unknown) return answered;
    return fail(whyUnserved(store_, request.group, request.name, std::move(answered).error()));
  }

  Result<FilterCheck> checkFilter(const std::string& group, const std::string& expression,
                                  const std::string& dialect) override {
    return caughtUp<FilterCheck>([&]() -> Result<FilterCheck> {
      PROFFER_TRY(const std::shared_ptr<const ServedGroup> served, groupNamed(group));
      return serving::checkFilter(*served, expression, dialect);
    });
  }

  Result<FilterOutcome> tryFilter(const FilterTrial& trial) override {
    return caughtUp<FilterOutcome>([&]() -> Result<FilterOutcome> {
      PROFFER_TRY(const std::shared_ptr<const ServedGroup> served, groupNamed(trial.group));
      const CoreLimit::Hold core(cores_);
      return serving::tryFilter(*served, trial, clock_.now());
    });
  }

  void keepExplorationIn(const std::filesystem::path& directory, io::FileSystem& files) override {
    explorations_.keepIn(directory, files);
  }
  ExplorationFigures exploration() const override { return explorations_.figures(); }

  std::vector<ServedModel> served() const override {
    std::vector<ServedModel> models;
    const std::shared_ptr<const ServedTable> table = slot_.get();  // may be swapped meanwhile
    for (const auto& [key, route] : table->routes) {
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
  Result<Answer> answer(const RecommendRequest& request) {
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
    const std::shared_ptr<const ServedGroup> served =
        group == table->groups.end() ? nullptr : upToDate(group->second);
    const CoreLimit::Hold core(cores_);
    return answerRequest(route, served.get(), request, limit, clock_.now());
  }

  Result<std::shared_ptr<const ServedGroup>> groupNamed(const std::string& name) const {
    std::vector<std::string> names;
    const std::shared_ptr<const ServedTable> table = slot_.get();
    for (const auto& [uid, group] : table->groups) {
      names.push_back(group->wanted.group);
      if (names.back() != name) continue;
      if (group->catalogue) return upToDate(group);
      return fail(ErrorCode::kUnavailable, "the data of group {} cannot be read: {}", name, group->error);
    }
    std::sort(names.begin(), names.end());
    Error error = makeError(ErrorCode::kNotFound, "there is no dataset group {}, or it has no datasets",
                            proffer::quoted(name));
    return fail(std::move(error).in("group").hinting(didYouMean(name, names)));
  }

  // Asks again if what was named is not known, but the table has moved since it was looked at: whoever has
  // just made a filter and heard that it is there must be able to use it.
  template <class Answered>
  Result<Answered> caughtUp(const std::function<Result<Answered>()>& ask) {
    const int64_t before = loader_.groupsRevision();
    Result<Answered> answered = ask();
    if (answered || answered.error().code != ErrorCode::kNotFound || !ready_) return answered;
    const int64_t revision = store_.routes().waitForChange(0, clock_.now());
    if (before >= revision) return answered;
    for (int i = 0; i < kCatchUpSteps && ready_ && loader_.groupsRevision() < revision; ++i)
      std::this_thread::sleep_for(kCatchUpStep);
    return ask();
  }

  void watch(int64_t seen) {
    for (Time refresh = clock_.now() + Loader::kRetry; !stopping_;) {
      const Time due = std::min(loader_.nextRetry(), refresh);
      const Time deadline = std::min(due, clock_.now() + kLook);
      const int64_t revision = store_.routes().waitForChange(seen, deadline);
      if (stopping_) return;
      if (revision <= seen &&
          clock_.now() < deadline) {  // interrupted by somebody else: the store is closing
        pause();
        continue;
      }
      if (revision <= seen && clock_.now() < due && !loader_.outdated()) continue;
      refresh = clock_.now() + Loader::kRetry;
      const Result<Loader::Pass> pass = loader_.refresh();
      if (!pass) {
        logLine(LogLevel::kError, "serving", "cannot read the routes", {{"error", pass.error().message}});
        pause();
      } else if (pass->complete) {
        seen = pass->revision;
      }
    }
  }

  void learn() {
    while (!stopping_) {
      explorations_.pass(*slot_.get());
      pause();
    }
  }

  void pause() {
    std::unique_lock lock(mutex_);
    clock_.waitUntil(lock, stopped_, clock_.now() + kPause, [&] { return stopping_.load(); });
  }

  static constexpr Duration kLook = std::chrono::seconds(2);  // for what was folded
  static constexpr Duration kPause = std::chrono::seconds(1);
  static constexpr int kCatchUpSteps = 500;
  static constexpr auto kCatchUpStep = std::chrono::milliseconds(2);

  store::ControlStore& store_;
  Clock& clock_;
  TableSlot slot_;
  Explorations explorations_;
  Loader loader_;
  CoreLimit cores_;
  std::atomic<bool> ready_{false};
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::atomic<bool> stopping_{false};  // set under mutex_
  std::thread thread_, learning_;
};

}  // namespace

std::unique_ptr<Engine> Engine::create(store::ControlStore& store, data::GroupDataStore& data,
                                       artifacts::ArtifactStore& artifacts, Clock& clock,
                                       std::string replica) {
  return std::make_unique<WatchingEngine>(store, data, artifacts, clock, std::move(replica));
}

}  // namespace proffer::serving
