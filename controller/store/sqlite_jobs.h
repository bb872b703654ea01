// The Jobs over control.db. Any thread.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "controller/store/database.h"
#include "controller/store/jobs.h"

namespace proffer::store {

class SqliteJobs final : public Jobs {
 public:
  SqliteJobs(Database& database, Clock& clock) : database_(database), clock_(clock) {}
  /// Checks all rows and queues again what was running. Before anything else is called.
  Result<void> recover();

  Result<Job> enqueue(Job job) override;
  Result<std::optional<Job>> claim(Time deadline, const Choice& choose) override;
  void chooseAgain() override { wake(); }
  void setProgress(int64_t id, const Progress::Snapshot& progress) override;
  bool cancelRequested(int64_t id) override;
  Result<void> succeed(int64_t id, int attempt, Json result) override;
  Result<void> failed(int64_t id, int attempt, const Error& error,
                      std::optional<Duration> retryAfter) override;
  Result<void> markCancelled(int64_t id, int attempt) override;
  Result<void> requestCancel(const std::string& ownerUid) override;
  Result<std::optional<Job>> latest(const std::string& ownerUid, std::string_view type) override;
  Result<std::vector<Job>> list(bool unfinishedOnly) override;
  Result<void> prune(size_t keep) override;
  void interrupt() override;

  /// succeed() as a part of another piece of work; call noteEnd() once that is committed.
  Result<void> succeedIn(Connection& connection, int64_t id, int attempt, const Json& result);
  void noteEnd(int64_t id);
  /// Whether this attempt of the job runs now, as the connection sees it.
  Result<bool> runs(Connection& connection, int64_t id, int attempt);
  /// Whether the job is queued or runs, as the connection sees it.
  Result<bool> unfinished(Connection& connection, int64_t id);

 private:
  Result<std::vector<Job>> select(Connection& connection, std::string_view where, int64_t argument);
  Result<std::optional<Job>> find(Connection& connection, int64_t id);
  Result<void> save(Connection& connection, const Job& job);
  Result<Job> ending(Connection& connection, int64_t id, int attempt, JobState end, bool& already);
  Result<std::optional<Job>> claimReady(Connection& connection, const Choice& choose);
  Result<std::optional<Time>> earliestQueued(Time after = Time::min());
  void finish(Job& job, JobState state);
  void addProgress(Job& job);
  void wake();

  Database& database_;
  Clock& clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t changes_ = 0;  ///< moves whenever a job may have become claimable
  bool interrupted_ = false;
  std::map<int64_t, Progress::Snapshot> progress_;
  std::set<int64_t> cancelled_;
};

}  // namespace proffer::store
