// One group's data while the program runs: its database, its dictionaries in memory, its newest snapshot.
//
// Any thread. `importing` is held for the whole of an import: one import of a group at a time, which is the
// only writer of the dictionaries. Lock order: importing, then the state's own mutex.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/timed_mutex.h"
#include "controller/data/snapshot.h"
#include "controller/store/group_store.h"

namespace proffer::data {

class GroupState {
 public:
  /// Opens the group's database (making it, if it is not there) and loads the dictionaries.
  static Result<std::shared_ptr<GroupState>> open(const std::filesystem::path& directory,
                                                  io::FileSystem& files);

  std::filesystem::path segmentPath(const std::string& file) const { return directory_ / "segments" / file; }
  std::filesystem::path segmentDirectory() const { return directory_ / "segments"; }
  store::GroupStore& store() { return *store_; }
  const GroupNames& names() const { return *names_; }

  Result<std::shared_ptr<const Snapshot>> snapshot();
  Result<int64_t> dataVersion() { return store_->dataVersion(); }

  /// Commits and makes the new names known. The holder of `importing` only.
  Result<int64_t> commit(const store::ImportCommit& commit);
  /// The segments of a dataset are no longer there.
  Result<void> dropDataset(const std::string& uid);
  /// Removes the files of doomed segments, then their rows. The holder of `importing` only.
  Result<void> collect();
  /// What a crash left: pending segments, and files that no row names. Only before anything else.
  Result<void> sweep();
  /// A live segment, mapped; shared by all who ask while one of them holds it.
  Result<std::shared_ptr<const SegmentFile>> segmentFile(const store::SegmentRow& row);

  TimedMutex importing;

 private:
  GroupState(std::filesystem::path directory, io::FileSystem& files)
      : directory_(std::move(directory)), files_(files) {}
  Result<std::shared_ptr<const Snapshot>> makeSnapshot(int64_t version);

  const std::filesystem::path directory_;
  io::FileSystem& files_;
  std::unique_ptr<store::GroupStore> store_;
  std::shared_ptr<GroupNames> names_ = std::make_shared<GroupNames>();

  std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::mutex openMutex_;
  std::map<int64_t, std::weak_ptr<const SegmentFile>> open_;
};

/// A snapshot without anything.
std::shared_ptr<const Snapshot> emptySnapshot();

/// Full segments first, then INCREMENTAL ones, each in the order of import: later ones win.
void sortForReading(std::vector<store::SegmentRow>& rows);

}  // namespace proffer::data
