// One piece of work on the resources inside a group of writes: stages in memory and writes the rows.
//
// Lives while its work runs, under the database's writer.
#pragma once

#include "controller/store/sqlite_resource_store.h"

namespace proffer::store {

class SqliteResourceTransaction final : public ResourceTransaction {
 public:
  SqliteResourceTransaction(SqliteResourceStore& store, Connection& connection);

  ResourcePointer find(const ResourceKey& key) const override;
  std::vector<ResourcePointer> list(const ListOptions& options) const override;
  Result<ResourcePointer> create(Resource resource) override;
  Result<ResourcePointer> update(const Resource& resource) override;
  Result<ResourcePointer> updateStatus(const Resource& resource) override;
  Result<void> remove(const ResourceKey& key, std::optional<int64_t> ifVersion) override;
  Result<void> queue(Resource resource) override;
  Result<void> unqueue(const ResourceKey& key) override;
  ResourcePointer queued(const ResourceKey& key) const override;
  std::vector<ResourcePointer> allQueued() const override;
  ResourcePointer blocker(const ResourceKey& key) const override;
  int64_t resourceVersion() const override;
  void discard() override { discarded_ = true; }

  bool discarded() const { return discarded_; }
  /// Writes the store's counter, if anything changed: the last step of success.
  Result<void> finish();
  /// Takes back what was staged: the work failed or is discarded.
  void undo();
  std::vector<ResourceWrite> takeWrites() { return std::move(writes_); }
  std::vector<ResourceWrite> takeQueued() { return std::move(queuedWrites_); }

 private:
  Result<ResourcePointer> current(const Resource& wanted) const;
  std::string newArn(const Resource& resource) const;
  Result<ResourcePointer> write(Resource resource);
  Result<void> drop(const ResourceKey& key);
  Result<void> releaseOwners(const Resource& gone);
  Result<void> createUnblocked(const Resource& gone);

  SqliteResourceStore& store_;
  Connection& connection_;
  const int64_t startVersion_;
  std::vector<ResourceWrite> writes_;
  std::vector<ResourceWrite> queuedWrites_;
  bool discarded_ = false;
};

}  // namespace proffer::store
