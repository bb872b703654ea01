// ResourceStore over control.db: rows on disk, the same rows and the newest changes in memory.
//
// Any thread. mutex_ guards what readers see (committed rows, change log, version); what a group of writes
// stages is guarded by the database's writer. Memory is published after the commit, in commit order.
#pragma once

#include <condition_variable>
#include <mutex>

#include "controller/store/change_log.h"
#include "controller/store/database.h"
#include "controller/store/resource_map.h"
#include "controller/store/resource_store.h"

namespace proffer::store {

class SqliteResourceStore final : public ResourceStore {
 public:
  SqliteResourceStore(Database& database, Clock& clock);
  /// Reads and checks every row. Before anything else is called.
  Result<void> load();

  Result<Resource> get(const ResourceKey& key) override;
  Result<ResourceList> list(const ListOptions& options) override;
  Result<Resource> create(Resource resource) override;
  Result<Resource> update(const Resource& resource) override;
  Result<Resource> updateStatus(const Resource& resource) override;
  Result<void> remove(const ResourceKey& key, std::optional<int64_t> ifVersion) override;
  Result<int64_t> transact(const std::function<Result<void>(ResourceTransaction&)>& work) override;
  std::vector<ResourcePointer> ownedBy(const Resource& owner) override;
  Result<ChangeBatch> watch(int64_t since, const ListOptions& options, Time deadline) override;
  Result<ChangeBatch> watchInternal(int64_t since, Time deadline) override;
  void interruptWatches() override;
  int64_t currentVersion() override;

 private:
  friend class SqliteResourceTransaction;
  Result<void> loadRows(Connection& connection);
  Result<void> loadQueued(Connection& connection);
  Result<ChangeBatch> waitForChanges(int64_t since, const ListOptions& options, Time deadline, bool counted);
  void publish(const std::vector<ResourceWrite>& writes, const std::vector<ResourceWrite>& queued);
  Result<Resource> single(const std::function<Result<ResourcePointer>(ResourceTransaction&)>& work);

  Database& database_;
  Clock& clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  ResourceMap rows_;
  int64_t version_ = 0;
  ChangeLog log_{0, kRememberedChanges};
  size_t waiting_ = 0;
  bool interrupted_ = false;

  // Only under the database's writer.
  ResourceMap queued_;
  int64_t stagedVersion_ = 0;
  int stagedPieces_ = 0;  ///< pieces of the running group that succeeded and are not published yet
};

}  // namespace proffer::store
