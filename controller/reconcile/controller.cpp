#include "controller/reconcile/controller.h"

#include "base/ids.h"
#include "controller/reconcile/conditions.h"
#include "controller/store/journal.h"
#include "manifests/kind_table.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {

// How long a watch waits before it looks whether the controller should stop.
constexpr Duration kWatchRound = 250ms;
// The time before the watch is tried again after the store refused it.
constexpr Duration kWatchRetry = 1s;

bool ownHandsChanged(const Resource& before, const Resource& after) {
  const Metadata &a = before.metadata, &b = after.metadata;
  return a.uid != b.uid || a.generation != b.generation || a.deletionTimestamp != b.deletionTimestamp ||
         a.finalizers != b.finalizers || a.labels != b.labels || a.annotations != b.annotations ||
         a.ownerReferences != b.ownerReferences;
}

bool hasFinalizer(const Resource& object) {
  const auto& finalizers = object.metadata.finalizers;
  return std::find(finalizers.begin(), finalizers.end(), kCleanUpFinalizer) != finalizers.end();
}

ResourceKey ownerKey(const OwnerReference& owner, const std::string& group) {
  const KindTable* table = findKind(owner.kind);
  return {owner.kind, table == nullptr || table->grouped ? group : "", owner.name};
}

}  // namespace

Outcome outcomeOf(Error error) {
  switch (error.code) {
    case ErrorCode::kConflict:
      return Outcome::again(0s);
    case ErrorCode::kInvalidInput:
    case ErrorCode::kNotImplemented:
    case ErrorCode::kForbidden:
      return Outcome::terminal(std::move(error));
    default:
      return Outcome::error(std::move(error));
  }
}

Controller::Controller(store::ControlStore& store, Objects& objects, Clock& clock, Metrics& metrics,
                       Options options)
    : store_(store),
      objects_(objects),
      clock_(clock),
      metrics_(metrics),
      options_(options),
      queue_(clock, options.seed) {
  objects_.onEvent([this](const Event& event) { onEvent(event); });
}

Controller::~Controller() {
  stop();
}

void Controller::add(std::unique_ptr<Reconciler> reconciler) {
  const std::string kind(reconciler->kind());
  reconcilers_[kind] = std::move(reconciler);
}

Result<void> Controller::start() {
  stopping_ = false;
  PROFFER_CHECK(objects_.load());
  threads_.emplace_back([this] { watchLoop(); });
  for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { workLoop(); });
  return {};
}

void Controller::stop() {
  stopping_ = true;
  queue_.shutDown();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Controller::watchLoop() {
  while (!stopping_) {
    const auto followed = objects_.follow(clock_.now() + kWatchRound);
    if (followed || stopping_) continue;
    if (followed.error().code == ErrorCode::kUnavailable) return;  // the store is shutting down
    if (followed.error().code != ErrorCode::kGone)
      logLine(LogLevel::kError, "reconcile", "cannot watch the store: " + formatError(followed.error()));
    if (const auto loaded = objects_.load(); !loaded) {
      std::mutex mutex;
      std::condition_variable never;
      std::unique_lock lock(mutex);
      clock_.waitUntil(lock, never, clock_.now() + kWatchRetry, [this] { return stopping_.load(); });
    }
  }
}

void Controller::workLoop() {
  while (const auto key = queue_.next()) {
    runOne(*key);
    queue_.done(*key);
  }
}

Result<size_t> Controller::settle(size_t limit) {
  if (!loaded_) PROFFER_CHECK(objects_.load());
  loaded_ = true;
  for (size_t runs = 0;;) {
    auto followed = objects_.follow(clock_.now());
    if (!followed && followed.error().code == ErrorCode::kGone) {
      PROFFER_CHECK(objects_.load());
      continue;
    }
    if (!followed) return fail(std::move(followed).error());
    const auto key = queue_.tryNext();
    if (!key && *followed > 0) continue;
    if (!key) return runs;
    runOne(*key);
    queue_.done(*key);
    if (++runs >= limit)
      return fail(ErrorCode::kInternal, "{} runs and no end; the last one was {}", runs, key->toString());
  }
}

MetricsSnapshot Controller::metrics() const {
  MetricsSnapshot snapshot = metrics_.snapshot();
  snapshot.queueDepth = static_cast<int64_t>(queue_.depth());
  snapshot.maxConcurrentReconciles = options_.workers;
  snapshot.objects = static_cast<int64_t>(objects_.size());
  return snapshot;
}

void Controller::onEvent(const Event& event) {
  const ResourceKey key = event.any().key();
  if (!event.after) {
    queue_.forget(key);
    breaker_.forget(key);
  } else if (!event.before || ownHandsChanged(*event.before, *event.after)) {
    const bool newSpec =
        event.before && event.before->metadata.generation != event.after->metadata.generation;
    if (newSpec) {
      queue_.forget(key);
      breaker_.forget(key);
    }
    queue_.add(key, event.initial ? Priority::kPeriodic : Priority::kEdit);
  }
  if (!(event.initial && event.after)) wakeOthers(event);
}

void Controller::wakeOthers(const Event& event) {
  const ResourceKey key = event.any().key();
  const auto reconciler = reconcilers_.find(key.kind);
  if (reconciler == reconcilers_.end() || reconciler->second->concernsOthers(event))
    for (const auto& referrer : objects_.referrers(key)) queue_.add(referrer, Priority::kEdit);
  for (const auto& owner : event.any().metadata.ownerReferences)
    queue_.add(ownerKey(owner, key.group), Priority::kEdit);
  for (const auto& [kind, other] : reconcilers_) {
    for (const Waking& waking : other->wokenBy(event)) {
      if (waking.delay > Duration::zero())
        queue_.addAfter(waking.key, waking.delay, Priority::kEdit);
      else
        queue_.add(waking.key, Priority::kEdit);
    }
  }
}

bool Controller::putOff(const ResourceKey& key) {
  const auto answer = breaker_.ask(key, clock_.now());
  if (answer.verdict == CircuitBreaker::Verdict::kRun) return false;
  metrics_.throttled(key.kind);
  if (answer.verdict == CircuitBreaker::Verdict::kOpened) {
    const std::string message =
        fmt::format("reconciled more than {} times in a short while: slowed to once every {}",
                    static_cast<int>(CircuitBreaker::kBurst), formatDuration(CircuitBreaker::kSlowed));
    logLine(LogLevel::kWarning, "reconcile", message, {{"object", key.toString()}});
    (void)store_.journal().record(key, store::JournalLevel::kWarning, "Throttled", message);
  }
  queue_.addAfter(key, answer.wait);
  return true;
}

void Controller::runOne(const ResourceKey& key) {
  const Handle handle = objects_.get(key);
  const auto reconciler = reconcilers_.find(key.kind);
  if (!handle || reconciler == reconcilers_.end()) {
    queue_.forget(key);
    return;
  }
  if (putOff(key)) return;
  Run run{key, newHex(8), *handle, clock_.now()};
  const LogScope scope("reconcileID", run.id);
  metrics_.started(key.kind);
  const Outcome outcome = runGuarded(*reconciler->second, run);
  const std::string result = conclude(run, *handle, outcome);
  const Duration took = clock_.now() - run.now;
  metrics_.finished(key.kind, result, took);
  run.log(LogLevel::kDebug, result);
}

Outcome Controller::runGuarded(Reconciler& reconciler, Run& run) {
  try {
    return run.object.deleting() ? finalize(reconciler, run) : converge(reconciler, run);
  } catch (const std::exception& exception) {
    metrics_.panicked(run.key.kind);
    return Outcome::error(
        makeError(ErrorCode::kInternal, "the {} reconciler threw: {}", run.key.kind, exception.what()));
  }
}

Outcome Controller::converge(Reconciler& reconciler, Run& run) {
  if (reconciler.needsCleanUp() && !hasFinalizer(run.object)) {
    run.object.metadata.finalizers.emplace_back(kCleanUpFinalizer);
    auto updated = objects_.update(run.object);
    if (!updated) return outcomeOf(std::move(updated).error());
    run.object = **updated;
  }
  return reconciler.reconcile(run);
}

Outcome Controller::finalize(Reconciler& reconciler, Run& run) {
  if (!hasFinalizer(run.object)) return Outcome::done();
  std::optional<Duration> retry;
  const auto clean = reconciler.cleanUp(run, retry);
  if (!clean)
    return clean.error().code == ErrorCode::kConflict ? Outcome::again(0s) : Outcome::error(clean.error());
  if (!*clean) return retry ? Outcome::again(*retry) : Outcome::done();
  Resource released = run.object;
  std::erase(released.metadata.finalizers, kCleanUpFinalizer);
  const auto updated = objects_.update(released);
  if (!updated && updated.error().code != ErrorCode::kNotFound) return outcomeOf(updated.error());
  run.object.kind.clear();  // gone: there is no status to write
  return Outcome::done();
}

// Stores the status if it changed, decides when the key comes again, and names the result for the metrics.
std::string Controller::conclude(Run& run, const Resource& before, const Outcome& outcome) {
  const bool gone = run.object.kind.empty();
  if (outcome.failed()) {
    metrics_.failed(run.key.kind, outcome.kind() == Outcome::Kind::kTerminal);
    describeFailure(run.object, outcome.error(), outcome.kind() == Outcome::Kind::kError, run.now);
    run.log(LogLevel::kWarning, formatError(outcome.error()));
  }
  Json& status = run.object.status;
  if (outcome.kind() == Outcome::Kind::kError) {
    status["nextRetryTime"] = formatTime(queue_.addWithBackoff(run.key));
  } else {
    queue_.forget(run.key);
    if (status.is_object()) status.erase("nextRetryTime");
  }
  if (outcome.kind() == Outcome::Kind::kAgain) {
    if (outcome.delay() <= Duration::zero())
      (void)objects_.refresh(run.key);  // it lost a race: look at what is now
    queue_.addAfter(run.key, outcome.delay());
  }
  if (gone) return "success";
  status["observedGeneration"] = before.metadata.generation;
  if (status != before.status) {
    const auto written = objects_.updateStatus(run.object);
    if (!written && written.error().code == ErrorCode::kConflict) {
      (void)objects_.refresh(run.key);
      queue_.add(run.key, Priority::kEdit);
      return "conflict";
    }
    if (!written && written.error().code != ErrorCode::kNotFound) {
      run.log(LogLevel::kError, "cannot write the status: " + formatError(written.error()));
      queue_.addWithBackoff(run.key);
      return "error";
    }
  }
  if (outcome.failed()) return "error";
  return outcome.kind() == Outcome::Kind::kAgain ? "requeue_after" : "success";
}

}  // namespace proffer::reconcile
