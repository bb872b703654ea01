// Test doubles of what serving stands on: routes in memory, and snapshots made of rows.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/data/group_data.h"
#include "tests/recipes/memory_views.h"

namespace proffer::serving::testing {

class FakeSnapshot final : public data::Snapshot {
 public:
  FakeSnapshot(int64_t version, std::shared_ptr<const recipes::testing::MemoryInteractions> interactions,
               std::shared_ptr<const recipes::testing::MemoryTable> items = nullptr,
               std::shared_ptr<const recipes::testing::MemoryTable> users = nullptr,
               std::string itemsFingerprint = "")
      : version_(version),
        interactions_(std::move(interactions)),
        items_(std::move(items)),
        users_(std::move(users)),
        itemsFingerprint_(std::move(itemsFingerprint)) {}

  int64_t dataVersion() const override { return version_; }
  const recipes::Interactions& interactions() const override { return *interactions_; }
  const recipes::MetadataTable* items() const override { return items_.get(); }
  const recipes::MetadataTable* users() const override { return users_.get(); }
  recipes::Index findUser(std::string_view id) const override { return interactions_->user(std::string(id)); }
  recipes::Index findItem(std::string_view id) const override { return interactions_->item(std::string(id)); }
  std::string interactionsFingerprint() const override { return std::to_string(version_); }
  std::string itemsFingerprint() const override { return itemsFingerprint_; }

 private:
  int64_t version_;
  std::shared_ptr<const recipes::testing::MemoryInteractions> interactions_;
  std::shared_ptr<const recipes::testing::MemoryTable> items_, users_;
  std::string itemsFingerprint_;
};

/// Hands out the snapshots it was given; everything else is not used by serving.
class FakeGroupData final : public data::GroupDataStore {
 public:
  void set(const std::string& groupUid, std::shared_ptr<const data::Snapshot> snapshot) {
    std::lock_guard guard(mutex_);
    snapshots_[groupUid] = std::move(snapshot);
  }
  void breakDown(bool broken) {
    std::lock_guard guard(mutex_);
    broken_ = broken;
  }
  int calls() const {
    std::lock_guard guard(mutex_);
    return calls_;
  }

  Result<std::shared_ptr<const data::Snapshot>> snapshot(const std::string& groupUid) override {
    std::lock_guard guard(mutex_);
    ++calls_;
    if (broken_) return fail(ErrorCode::kIo, "the disk is gone");
    const auto found = snapshots_.find(groupUid);
    if (found == snapshots_.end()) return fail(ErrorCode::kNotFound, "no data of {}", groupUid);
    return found->second;
  }
  Result<int64_t> dataVersion(const std::string& groupUid) override {
    PROFFER_TRY(const auto found, snapshot(groupUid));
    return found->dataVersion();
  }
  Result<data::SourceCheck> checkSources(const std::string&, const data::DatasetDefinition&,
                                         const data::SourceRoots&) override {
    return notUsed();
  }
  Result<void> importDataset(const std::string&, const data::DatasetDefinition&, const data::SourceRoots&,
                             int64_t, int, Progress&, data::ImportReport&) override {
    return notUsed();
  }
  Result<data::CompactionReport> compactDataset(const std::string&, const std::string&,
                                                std::optional<Duration>, int64_t, int, Progress&) override {
    return notUsed();
  }
  Result<data::DatasetFigures> figures(const std::string&, const std::string&) override { return notUsed(); }
  Result<void> dropDataset(const std::string&, const std::string&) override { return notUsed(); }
  Result<std::optional<data::GroupCopy>> copyTo(const std::string&, const std::filesystem::path&) override {
    return notUsed();
  }
  Result<void> dropGroup(const std::string&) override { return notUsed(); }
  Result<void> sweep() override { return notUsed(); }

 private:
  static tl::unexpected<Error> notUsed() {
    return fail(ErrorCode::kNotImplemented, "not part of this double");
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const data::Snapshot>> snapshots_;
  int calls_ = 0;
  bool broken_ = false;
};

}  // namespace proffer::serving::testing
