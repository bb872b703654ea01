#include "controller/reconcile/runner.h"

#include <algorithm>

#include "base/log.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {
constexpr Duration kClaimRound = 30s;
constexpr Duration kStoreTrouble = 1s;
}  // namespace

Duration retryDelay(int attempt) {
  const Duration delay = 1s * (int64_t{1} << std::clamp(attempt - 1, 0, 20));
  return std::min<Duration>(delay, 5min);
}

bool worthRetrying(ErrorCode code) {
  switch (code) {
    case ErrorCode::kConflict:
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimedOut:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return true;
    default:
      return false;
  }
}

Runner::Runner(store::Jobs& jobs, Clock& clock, Metrics& metrics, Options options,
               std::function<void(const ResourceKey&)> moved)
    : jobs_(jobs),
      clock_(clock),
      metrics_(metrics),
      options_(options),
      moved_(std::move(moved)),
      places_(options.limits) {}

Runner::~Runner() {
  stop();
}

void Runner::add(std::unique_ptr<Executor> executor) {
  const std::string type(executor->type());
  executors_[type] = std::move(executor);
}

void Runner::start() {
  stopping_ = false;
  for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { workLoop(); });
  threads_.emplace_back([this] { tickLoop(); });
}

void Runner::stop() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
    for (const Running& running : running_) running.progress->cancel();
    changed_.notify_all();
  }
  jobs_.interrupt();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Runner::workLoop() {
  while (!stopping_) {
    auto job = claim(clock_.now() + kClaimRound);
    if (!job) {
      logLine(LogLevel::kError, "jobs", "cannot claim a job: " + formatError(job.error()));
      std::unique_lock lock(mutex_);
      clock_.waitUntil(lock, changed_, clock_.now() + kStoreTrouble, [this] { return stopping_.load(); });
      continue;
    }
    if (*job) execute(**job);
  }
}

// A place is taken while the job is chosen, so that two workers cannot take the same one.
Result<std::optional<store::Job>> Runner::claim(Time deadline) {
  std::optional<int64_t> taken;
  auto job = jobs_.claim(deadline, [&](const std::vector<store::Job>& ready) {
    if (taken) places_.leave(*taken);
    const auto chosen = places_.choose(ready);
    taken = chosen ? std::optional(ready[*chosen].id) : std::nullopt;
    return chosen;
  });
  if (taken && (!job || !*job)) places_.leave(*taken);
  return job;
}

Result<bool> Runner::runOne() {
  recordLate();
  PROFFER_TRY(const auto job, claim(clock_.now()));
  if (!job) return false;
  execute(*job);
  return true;
}

void Runner::tickLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    clock_.waitUntil(lock, changed_, clock_.now() + options_.tick, [this] { return stopping_.load(); });
    for (const Running& running : running_) {
      jobs_.setProgress(running.id, running.progress->snapshot());
      if (jobs_.cancelRequested(running.id)) running.progress->cancel();
    }
    if (unrecorded_.empty()) continue;
    lock.unlock();
    recordLate();
    lock.lock();
  }
}

void Runner::execute(const store::Job& job) {
  Progress progress;
  {
    std::lock_guard guard(mutex_);
    running_.push_back({job.id, &progress});
    if (stopping_) progress.cancel();
  }
  const LogScope scope("job", fmt::format("{}-{}", job.type, job.id));
  const Time began = clock_.now();
  metrics_.jobStarted(job.type);
  moved_(job.owner);
  const Result<JobEnd> end = attempt(job, progress);
  {
    std::lock_guard guard(mutex_);
    std::erase_if(running_, [&](const Running& running) { return running.progress == &progress; });
  }
  jobs_.setProgress(job.id, progress.snapshot());
  const auto recorded = record(job, end);
  const std::string result = recorded.value_or("unrecorded");
  if (!recorded) {
    std::lock_guard guard(mutex_);
    unrecorded_.push_back({job, end, clock_.now() + kStoreTrouble});
  }
  places_.leave(job.id);
  jobs_.chooseAgain();
  metrics_.jobFinished(job.type, result, clock_.now() - began);
  logLine(end ? LogLevel::kInfo : LogLevel::kWarning, "jobs", end ? "done" : formatError(end.error()),
          {{"attempt", std::to_string(job.attempt)}, {"object", job.owner.toString()}, {"result", result}});
  moved_(job.owner);
}

void Runner::leavePlace(int64_t place) {
  places_.leave(place);
  jobs_.chooseAgain();
}

void Runner::recordLate() {
  std::vector<Unrecorded> due;
  {
    std::lock_guard guard(mutex_);
    for (auto& late : unrecorded_)
      if (late.next <= clock_.now()) due.push_back(std::move(late));
    std::erase_if(unrecorded_, [&](const Unrecorded& late) { return late.next <= clock_.now(); });
  }
  for (auto& late : due) {
    if (record(late.job, late.end)) {
      moved_(late.job.owner);
      continue;
    }
    std::lock_guard guard(mutex_);
    late.next = clock_.now() + kStoreTrouble;
    unrecorded_.push_back(std::move(late));
  }
}

Result<JobEnd> Runner::attempt(const store::Job& job, Progress& progress) {
  const auto executor = executors_.find(job.type);
  if (executor == executors_.end())
    return fail(ErrorCode::kNotImplemented, "jobs of type \"{}\" are not implemented", job.type);
  try {
    return executor->second->run(job, progress);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kLimitExceeded, "the machine has too little memory for this job");
  } catch (const std::exception& exception) {
    return fail(ErrorCode::kInternal, "the {} job threw: {}", job.type, exception.what());
  }
}

std::optional<std::string> Runner::record(const store::Job& job, const Result<JobEnd>& end) {
  Result<void> written;
  std::string result = "succeeded";
  if (end) {
    if (!end->recorded) written = jobs_.succeed(job.id, job.attempt, end->result);
  } else if (end.error().code == ErrorCode::kCancelled) {
    // Stopped with the server: the row stays as it is, and the next start queues the job again.
    if (stopping_ && !jobs_.cancelRequested(job.id)) return "interrupted";
    written = jobs_.markCancelled(job.id, job.attempt);
    result = "cancelled";
  } else {
    const bool again = worthRetrying(end.error().code) && job.attempt - job.interruptions < job.maxAttempts;
    written = jobs_.failed(job.id, job.attempt, end.error(),
                           again ? std::optional(retryDelay(job.attempt)) : std::nullopt);
    result = again ? "retried" : "failed";
  }
  // kConflict and kNotFound: somebody else has ended it, or it is gone.
  if (written || written.error().code == ErrorCode::kConflict || written.error().code == ErrorCode::kNotFound)
    return result;
  logLine(LogLevel::kError, "jobs", "cannot record the end of a job: " + formatError(written.error()),
          {{"object", job.owner.toString()}});
  return std::nullopt;
}

}  // namespace proffer::reconcile
