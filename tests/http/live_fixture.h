// A store of live data that remembers what it was given, and a group with every type of dataset to put into.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "controller/data/live_data.h"
#include "controller/store/control_store.h"

namespace proffer::http {

class FakeLive final : public data::LiveData {
 public:
  Result<data::PutResult> putEvents(const std::string&, const data::LiveDataset& dataset,
                                    std::span<const data::LiveEvent> given) override {
    std::lock_guard guard(mutex_);
    if (trouble_) return fail(*trouble_);
    lastDataset_ = dataset.name;
    for (const data::LiveEvent& event : given) events_.push_back(event);
    return data::PutResult{static_cast<int64_t>(given.size()), 0};
  }
  Result<data::PutResult> putRows(const std::string&, const data::LiveDataset& dataset,
                                  std::span<const data::LiveRow> given) override {
    std::lock_guard guard(mutex_);
    if (trouble_) return fail(*trouble_);
    lastDataset_ = dataset.name;
    for (const data::LiveRow& row : given) rows_.push_back(row);
    return data::PutResult{static_cast<int64_t>(given.size()), 0};
  }
  Result<data::EventBatch> readEvents(const std::string&, const std::string&, int64_t, size_t) override {
    return data::EventBatch{};
  }
  Result<data::RowBatch> readRows(const std::string&, const std::string&, int64_t, size_t) override {
    return data::RowBatch{};
  }
  Result<std::shared_ptr<const data::Snapshot>> imported(const std::string&) override {
    return fail(ErrorCode::kNotImplemented, "not part of this test");
  }
  Result<data::UserDeletion> deleteUsers(const std::string&, std::span<const std::string>) override {
    return data::UserDeletion{};
  }
  Result<void> fold(const std::string&, Progress&) override { return {}; }
  Result<data::LiveFigures> figures(const std::string&) override { return data::LiveFigures{}; }

  std::vector<data::LiveEvent> events() const {
    std::lock_guard guard(mutex_);
    return events_;
  }
  std::vector<data::LiveRow> rows() const {
    std::lock_guard guard(mutex_);
    return rows_;
  }
  std::string lastDataset() const {
    std::lock_guard guard(mutex_);
    return lastDataset_;
  }
  void forget() {
    std::lock_guard guard(mutex_);
    events_.clear();
    rows_.clear();
  }
  void failWith(std::optional<Error> trouble) {
    std::lock_guard guard(mutex_);
    trouble_ = std::move(trouble);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<data::LiveEvent> events_;
  std::vector<data::LiveRow> rows_;
  std::string lastDataset_;
  std::optional<Error> trouble_;
};

/// A custom group `movies` with datasets of all types and a tracker, and a group `empty` with a tracker
/// alone.
extern const char* const kLiveManifests;
/// Applies manifests as a user would.
void applyManifests(store::ControlStore& store, const std::string& yaml);
/// The tracking id of an EventTracker or of a dataset.
std::string trackingIdOf(store::ControlStore& store, const ResourceKey& key);

}  // namespace proffer::http
