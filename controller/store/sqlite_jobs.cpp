#include "controller/store/sqlite_jobs.h"

#include <algorithm>

#include "controller/store/job_row.h"

namespace proffer::store {

namespace {

bool finished(JobState state) {
  return state != JobState::kQueued && state != JobState::kRunning;
}

constexpr std::string_view kUnfinished = "state IN (0, 1)";

}  // namespace

// ---- Rows
// ---------------------------------------------------------------------------------------------------------

Result<std::vector<Job>> SqliteJobs::select(Connection& connection, std::string_view where,
                                            int64_t argument) {
  PROFFER_TRY(
      Statement row,
      connection.query(fmt::format("SELECT {} FROM job WHERE {} ORDER BY id", kJobColumns, where), argument));
  std::vector<Job> jobs;
  for (;;) {
    PROFFER_TRY(const bool found, row.step());
    if (!found) return jobs;
    PROFFER_TRY(Job job, jobFromRow(row, database_.path()));
    jobs.push_back(std::move(job));
  }
}

Result<std::optional<Job>> SqliteJobs::find(Connection& connection, int64_t id) {
  PROFFER_TRY(auto jobs, select(connection, "id = ?", id));
  if (jobs.empty()) return std::nullopt;
  return std::move(jobs.front());
}

Result<void> SqliteJobs::save(Connection& connection, const Job& job) {
  const std::string body = dumpJson(jobBody(job));
  return connection.run(
      "UPDATE job SET state = ?, attempt = ?, not_before = ?, body = ?, checksum = ? WHERE id = ?",
      static_cast<int64_t>(job.state), job.attempt, job.notBefore, body, jobChecksum(job, body), job.id);
}

Result<void> SqliteJobs::recover() {
  const Time now = clock_.now();
  return database_.write([&](Connection& connection) -> Result<void> {
    PROFFER_TRY(auto all, select(connection, "id > ?", 0));  // all, so that each row's checksum is looked at
    for (Job& job : all) {
      if (job.state != JobState::kRunning) continue;
      ++job.interruptions;
      job.state = JobState::kQueued;
      job.notBefore = now;
      if (job.interruptions > 1)
        job.notBefore += std::min<Duration>(std::chrono::minutes(5),
                                            std::chrono::seconds(1 << std::min(job.interruptions, 10)));
      if (job.interruptions >= kMaxInterruptions) {
        job.error =
            makeError(ErrorCode::kLimitExceeded, "the server ended {} times while this job ran",
                      job.interruptions)
                .hinting("the log of the kernel says whether memory ran out; mend the cause, then delete " +
                         job.owner.toString() + " to have it tried again");
        finish(job, JobState::kFailed);
      }
      if (job.cancelRequested) finish(job, JobState::kCancelled);
      PROFFER_CHECK(save(connection, job));
    }
    return {};
  });
}

void SqliteJobs::finish(Job& job, JobState state) {
  job.state = state;
  job.finished = clock_.now();
}

void SqliteJobs::wake() {
  {
    std::lock_guard guard(mutex_);
    ++changes_;
  }
  changed_.notify_all();
}

void SqliteJobs::interrupt() {
  {
    std::lock_guard guard(mutex_);
    interrupted_ = true;
  }
  changed_.notify_all();
}

// ---- Queue
// --------------------------------------------------------------------------------------------------------

Result<Job> SqliteJobs::enqueue(Job job) {
  const auto work = [&](Connection& connection) -> Result<void> {
    PROFFER_TRY(const int64_t same,
                connection.number("SELECT id FROM job WHERE owner_uid = ? AND type = ? AND state IN (0, 1)",
                                  job.ownerUid, job.type));
    if (same != 0) {
      PROFFER_TRY(auto existing, find(connection, same));
      job = std::move(*existing);
      return {};
    }
    job.state = JobState::kQueued;
    job.attempt = 0;
    job.created = clock_.now();
    job.notBefore = std::max(job.notBefore, job.created);
    PROFFER_CHECK(
        connection.run("INSERT INTO job(type, owner_uid, state, attempt, not_before, body, checksum) "
                       "VALUES(?, ?, 0, 0, 0, '', 0)",
                       job.type, job.ownerUid));
    job.id = connection.lastInsertId();  // the checksum covers it
    return save(connection, job);
  };
  PROFFER_CHECK(database_.write(work));
  wake();
  addProgress(job);
  return job;
}

Result<std::optional<Time>> SqliteJobs::earliestQueued(Time after) {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(Statement row,
              reader->query("SELECT min(not_before) FROM job WHERE state = 0 AND not_before > ?", after));
  PROFFER_TRY(const bool found, row.step());
  if (!found || row.isNull(0)) return std::nullopt;
  return row.time(0);
}

Result<std::optional<Job>> SqliteJobs::claimReady(Connection& connection, const Choice& choose) {
  const Time now = clock_.now();
  std::optional<Job> job;
  if (choose) {
    PROFFER_TRY(auto ready, select(connection, "state = 0 AND not_before <= ?", toMicros(now)));
    if (const auto chosen = choose(ready)) job = std::move(ready[*chosen]);
  } else {
    PROFFER_TRY(
        const int64_t id,
        connection.number("SELECT id FROM job WHERE state = 0 AND not_before <= ? ORDER BY id LIMIT 1", now));
    PROFFER_TRY(job, find(connection, id));
  }
  if (!job) return std::nullopt;
  job->state = JobState::kRunning;
  ++job->attempt;
  job->started = now;
  job->progress = {};
  PROFFER_CHECK(save(connection, *job));
  return job;
}

Result<std::optional<Job>> SqliteJobs::claim(Time deadline, const Choice& choose) {
  for (;;) {
    int64_t seen = 0;
    {
      std::lock_guard guard(mutex_);
      if (interrupted_) return std::nullopt;
      seen = changes_;
    }
    // Asking a reader first keeps idle workers from taking the writer.
    PROFFER_TRY(auto earliest, earliestQueued());
    if (earliest && *earliest <= clock_.now()) {
      std::optional<Job> claimed;
      const auto work = [&](Connection& connection) -> Result<void> {
        PROFFER_TRY(claimed, claimReady(connection, choose));
        return {};
      };
      PROFFER_CHECK(database_.write(work));
      if (claimed) return claimed;
      if (!choose) continue;  // another worker was faster
      // None of those that are ready may begin: the end of another one, or a later one, changes that.
      PROFFER_TRY(earliest, earliestQueued(clock_.now()));
    }
    std::unique_lock lock(mutex_);
    const Time until = earliest ? std::min(*earliest, deadline) : deadline;
    const bool moved =
        clock_.waitUntil(lock, changed_, until, [&] { return interrupted_ || changes_ != seen; });
    if (interrupted_ || (!moved && until >= deadline)) return std::nullopt;
  }
}

// ---- Running jobs
// -------------------------------------------------------------------------------------------------

void SqliteJobs::setProgress(int64_t id, const Progress::Snapshot& progress) {
  std::lock_guard guard(mutex_);
  progress_[id] = progress;
}

void SqliteJobs::addProgress(Job& job) {
  std::lock_guard guard(mutex_);
  const auto found = progress_.find(job.id);
  if (found != progress_.end()) job.progress = found->second;
}

bool SqliteJobs::cancelRequested(int64_t id) {
  std::lock_guard guard(mutex_);
  return cancelled_.count(id) != 0;
}

void SqliteJobs::noteEnd(int64_t id) {
  {
    std::lock_guard guard(mutex_);
    progress_.erase(id);
    cancelled_.erase(id);
    ++changes_;
  }
  changed_.notify_all();
}

Result<bool> SqliteJobs::runs(Connection& connection, int64_t id, int attempt) {
  PROFFER_TRY(
      const int64_t found,
      connection.number("SELECT id FROM job WHERE id = ? AND state = 1 AND attempt = ?", id, attempt));
  return found != 0;
}

Result<bool> SqliteJobs::unfinished(Connection& connection, int64_t id) {
  PROFFER_TRY(const int64_t found,
              connection.number("SELECT id FROM job WHERE id = ? AND state IN (0, 1)", id));
  return found != 0;
}

/// The job whose attempt ends. `already`: it has ended so before.
Result<Job> SqliteJobs::ending(Connection& connection, int64_t id, int attempt, JobState end, bool& already) {
  PROFFER_TRY(auto job, find(connection, id));
  if (!job) return fail(ErrorCode::kNotFound, "job {} does not exist", id);
  // failed() may have led to another attempt, or to the cancel that was asked for.
  const bool followed = end == JobState::kFailed && job->error.has_value() &&
                        (job->state == JobState::kQueued || job->state == JobState::kCancelled);
  already = job->attempt == attempt && (job->state == end || followed);
  if (already) return std::move(*job);
  if (job->state != JobState::kRunning || job->attempt != attempt)
    return fail(ErrorCode::kConflict,
                "attempt {} of job {} is no longer the running one (it is {}, attempt {})", attempt, id,
                jobStateName(job->state), job->attempt);
  addProgress(*job);
  return std::move(*job);
}

Result<void> SqliteJobs::succeedIn(Connection& connection, int64_t id, int attempt, const Json& result) {
  bool already = false;
  PROFFER_TRY(Job job, ending(connection, id, attempt, JobState::kSucceeded, already));
  if (already) return {};
  finish(job, JobState::kSucceeded);
  job.result = result;
  job.error.reset();
  return save(connection, job);
}

Result<void> SqliteJobs::succeed(int64_t id, int attempt, Json result) {
  PROFFER_CHECK(
      database_.write([&](Connection& connection) { return succeedIn(connection, id, attempt, result); }));
  noteEnd(id);
  return {};
}

Result<void> SqliteJobs::failed(int64_t id, int attempt, const Error& error,
                                std::optional<Duration> retryAfter) {
  const auto work = [&](Connection& connection) -> Result<void> {
    bool already = false;
    PROFFER_TRY(Job job, ending(connection, id, attempt, JobState::kFailed, already));
    if (already) return {};
    job.error = error;
    if (job.cancelRequested) {
      finish(job, JobState::kCancelled);
    } else if (retryAfter && job.attempt - job.interruptions < job.maxAttempts) {
      job.state = JobState::kQueued;
      job.notBefore = clock_.now() + *retryAfter;
    } else {
      finish(job, JobState::kFailed);
    }
    return save(connection, job);
  };
  PROFFER_CHECK(database_.write(work));
  noteEnd(id);
  return {};
}

Result<void> SqliteJobs::markCancelled(int64_t id, int attempt) {
  const auto work = [&](Connection& connection) -> Result<void> {
    bool already = false;
    PROFFER_TRY(Job job, ending(connection, id, attempt, JobState::kCancelled, already));
    if (already) return {};
    finish(job, JobState::kCancelled);
    return save(connection, job);
  };
  PROFFER_CHECK(database_.write(work));
  noteEnd(id);
  return {};
}

Result<void> SqliteJobs::requestCancel(const std::string& ownerUid) {
  std::vector<int64_t> running;
  const auto work = [&](Connection& connection) -> Result<void> {
    running.clear();
    PROFFER_TRY(auto jobs, select(connection, fmt::format("{} AND id > ?", kUnfinished), 0));
    for (Job& job : jobs) {
      if (job.ownerUid != ownerUid) continue;
      if (job.state == JobState::kRunning) running.push_back(job.id);
      if (job.cancelRequested) continue;
      job.cancelRequested = true;
      if (job.state == JobState::kQueued) finish(job, JobState::kCancelled);
      PROFFER_CHECK(save(connection, job));
    }
    return {};
  };
  PROFFER_CHECK(database_.write(work));
  {
    std::lock_guard guard(mutex_);
    cancelled_.insert(running.begin(), running.end());
  }
  wake();
  return {};
}

// ---- Reading
// ------------------------------------------------------------------------------------------------------

Result<std::optional<Job>> SqliteJobs::latest(const std::string& ownerUid, std::string_view type) {
  std::optional<Job> job;
  {
    PROFFER_TRY(Reader reader, database_.reader());
    PROFFER_TRY(Statement row,
                reader->query(fmt::format("SELECT {} FROM job WHERE owner_uid = ? AND type = ? "
                                          "ORDER BY id DESC LIMIT 1",
                                          kJobColumns),
                              ownerUid, type));
    PROFFER_TRY(const bool found, row.step());
    if (!found) return std::nullopt;
    PROFFER_TRY(job, jobFromRow(row, database_.path()));
  }
  if (!finished(job->state)) addProgress(*job);
  return job;
}

Result<std::vector<Job>> SqliteJobs::list(bool unfinishedOnly) {
  std::vector<Job> jobs;
  {
    PROFFER_TRY(Reader reader, database_.reader());
    PROFFER_TRY(
        jobs, select(reader.connection(),
                     unfinishedOnly ? fmt::format("{} AND id > ?", kUnfinished) : std::string("id > ?"), 0));
  }
  for (Job& job : jobs)
    if (!finished(job.state)) addProgress(job);
  return jobs;
}

Result<void> SqliteJobs::prune(size_t keep) {
  return database_.write([&](Connection& connection) {
    return connection.run(
        "DELETE FROM job WHERE state NOT IN (0, 1) AND id <= (SELECT id FROM job WHERE "
        "state NOT IN (0, 1) ORDER BY id DESC LIMIT 1 OFFSET ?)",
        static_cast<int64_t>(keep));
  });
}

}  // namespace proffer::store
