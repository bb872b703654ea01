#include "controller/reconcile/manager.h"

#include "controller/reconcile/compact_job.h"
#include "controller/reconcile/deletion_job.h"
#include "controller/reconcile/export_job.h"
#include "controller/reconcile/import_job.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/train_job.h"
#include "controller/reconcile/update_job.h"
#include "manifests/kind_table.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {

// Several objects are deleted together: their files are collected together.
constexpr Duration kCollectDelay = 500ms;
const std::vector<std::string> kArtifactDirectories{artifacts::kModelsDirectory,
                                                    artifacts::kCheckpointsDirectory};

}  // namespace

Manager::Manager(store::ControlStore& store, data::GroupDataStore& data, artifacts::ArtifactStore& artifacts,
                 Clock& clock, data::SourceRoots roots, Options options)
    : store_(store),
      data_(data),
      clock_(clock),
      roots_(std::move(roots)),
      options_(options),
      objects_(store.resources()),
      environment_{.store = store,
                   .objects = objects_,
                   .data = data,
                   .artifacts = artifacts,
                   .roots = roots_,
                   .clock = clock,
                   .sourcePoll = options.sourcePoll,
                   .checkpointEvery = options.checkpointEvery,
                   .program = options.program,
                   .collectSoon = [this] { collectSoon(); },
                   .recipeOf = options.recipeOf},
      controller_(store, objects_, clock, metrics_,
                  {.workers = options.reconcileWorkers, .seed = options.seed}),
      runner_(store.jobs(), clock, metrics_, {.workers = options.jobWorkers, .limits = options.limits},
              [this](const ResourceKey& owner) { controller_.wake(owner); }) {
  addReconcilers();
  runner_.add(makeImportExecutor(environment_));
  runner_.add(makeTrainExecutor(environment_));
  runner_.add(makeUpdateExecutor(environment_));
  runner_.add(makeCompactExecutor(environment_));
  runner_.add(makeExportExecutor(environment_));
  runner_.add(makeDeletionExecutor(environment_));
  hook_->manager = this;
  store_.routes().onReport([hook = hook_](const std::string& group, const std::string& name) {
    std::lock_guard guard(hook->mutex);
    if (hook->manager != nullptr) hook->manager->wakeRouted(group, name);
  });
}

Manager::~Manager() {
  stop();
  std::lock_guard guard(hook_->mutex);
  hook_->manager = nullptr;
}

void Manager::addReconcilers() {
  for (const KindTable& table : allKinds()) controller_.add(makeNotImplementedReconciler(table.kind));
  controller_.add(makeDatasetGroupReconciler(environment_));
  controller_.add(makeSchemaReconciler());
  controller_.add(makeFilterReconciler(environment_));
  controller_.add(makeDatasetReconciler(environment_));
  controller_.add(makeDatasetImportReconciler(environment_));
  controller_.add(makeRecommenderReconciler(environment_));
  controller_.add(makeSolutionReconciler(environment_));
  controller_.add(makeSolutionVersionReconciler(environment_));
  controller_.add(makeCampaignReconciler(environment_));
  controller_.add(makeEventTrackerReconciler(environment_));
  controller_.add(makeDatasetExportReconciler(environment_));
  controller_.add(makeDataDeletionReconciler(environment_));
}

// They share one name space: at most one of these exists.
void Manager::wakeRouted(const std::string& group, const std::string& name) {
  for (const auto* kind : {"Recommender", "Campaign", "Experiment"}) {
    const ResourceKey key{kind, group, name};
    if (objects_.get(key)) controller_.wake(key);
  }
}

Result<void> Manager::start() {
  if (!swept_) PROFFER_CHECK(data_.sweep());
  swept_ = true;
  PROFFER_TRY(const int removed, collect());
  if (removed > 0)
    logLine(LogLevel::kInfo, "collect", fmt::format("removed {} files that nothing needs", removed));
  PROFFER_CHECK(controller_.start());
  runner_.start();
  collector_ = std::thread([this] { collectLoop(); });
  return {};
}

void Manager::stop() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (!collector_.joinable()) return;
  collector_.join();
  runner_.stop();
  controller_.stop();
}

Result<void> Manager::settle(const std::function<bool()>& between) {
  if (!swept_) PROFFER_CHECK(data_.sweep());
  swept_ = true;
  bool worked = false;
  for (;;) {
    PROFFER_TRY(size_t steps, controller_.settle());
    PROFFER_TRY(const bool ran, runner_.runOne());
    worked = worked || ran;
    if (ran) continue;
    if (between && between()) ++steps;
    if (steps == 0) break;
  }
  {
    std::lock_guard guard(mutex_);
    if (!worked && !collectSoon_) return {};
    collectSoon_ = true;  // until it went well
  }
  PROFFER_TRY([[maybe_unused]] const int removed, strays_ ? collect() : collectDoomed());
  std::lock_guard guard(mutex_);
  collectSoon_ = strays_ = false;
  return {};
}

Result<std::optional<Time>> Manager::nextDue() {
  std::optional<Time> next = controller_.queue().nextDue();
  PROFFER_TRY(const auto jobs, store_.jobs().list(true));
  for (const store::Job& job : jobs) next = next ? std::min(*next, job.notBefore) : job.notBefore;
  return next;
}

Result<int> Manager::collect() {
  PROFFER_CHECK(store_.jobs().prune(options_.keepJobs));
  return store_.files().collect(kArtifactDirectories);
}

Result<int> Manager::collectDoomed() {
  PROFFER_CHECK(store_.jobs().prune(options_.keepJobs));
  return store_.files().collect({});
}

void Manager::collectSoon() {
  std::lock_guard guard(mutex_);
  collectSoon_ = true;
  changed_.notify_all();
}

void Manager::collectLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool soon = clock_.waitUntil(lock, changed_, clock_.now() + options_.collectEvery,
                                       [this] { return stopping_ || collectSoon_; });
    if (soon && !stopping_)
      clock_.waitUntil(lock, changed_, clock_.now() + kCollectDelay, [this] { return stopping_; });
    if (stopping_) return;
    collectSoon_ = false;
    lock.unlock();
    if (const auto collected = soon ? collectDoomed() : collect(); !collected)
      logLine(LogLevel::kError, "collect", "cannot remove old files: " + formatError(collected.error()));
    lock.lock();
  }
}

}  // namespace proffer::reconcile
