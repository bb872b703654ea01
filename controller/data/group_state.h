// One group's data while the program runs: its database, its dictionaries in memory, its newest snapshot.
//
// Any thread. `importing` is held for the whole of an import: one import of a group at a time, which is the
// only writer of the dictionaries; a fold holds it as well. `folding` is held while rows move between
// segments and the log: nobody can be deleted meanwhile. Lock order: importing, folding, then the state's own
// mutex.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "base/timed_mutex.h"
#include "controller/data/deleted_users.h"
#include "controller/data/hidden_users.h"
#include "controller/data/live_group.h"
#include "controller/data/live_view.h"
#include "controller/data/log_segment.h"
#include "controller/data/snapshot.h"
#include "controller/store/group_store.h"

namespace proffer::data {

/// Where a dataset's streamed rows stand: in these up to `foldedUpTo`, but for what waits; then in the log.
struct LogPieces {
  std::vector<std::shared_ptr<const LogSegment>> segments;
  int64_t foldedUpTo = 0;
};

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

  /// Without what was streamed.
  Result<std::shared_ptr<const Snapshot>> importedSnapshot();
  /// The newest snapshot, and what was streamed since.
  Result<std::shared_ptr<const LiveView>> view();
  LiveGroup& live() { return *live_; }
  const LiveGroup& live() const { return *live_; }
  DeletedUsers& deleted() { return deleted_; }
  const DeletedUsers& deleted() const { return deleted_; }
  const std::shared_ptr<HiddenUsers>& hidden() const { return hidden_; }
  /// Makes sure that the dataset has a row, with this schema.
  Result<void> declare(const LiveDataset& dataset);
  Result<LogPieces> logPieces(const std::string& datasetUid);
  /// The error of a row of the log whose bytes are none that was ever written.
  Error unreadableRow(int64_t sequence) const;
  /// Of a user that was deleted: hides its rows in segments.
  void hide(const std::string& userId, int64_t segment);
  bool isKnownUser(const std::string& userId);

  /// The holder of `importing` and `folding` only. `moved` rows leave the log.
  Result<void> commitFold(const store::FoldCommit& commit, int64_t moved,
                          const std::vector<int64_t>& givenUp);
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
  std::mutex folding;
  /// Files may hold rows of deleted users.
  std::atomic<bool> eraseDue{false};

 private:
  GroupState(std::filesystem::path directory, io::FileSystem& files)
      : directory_(std::move(directory)), files_(files) {}
  enum class Content { kAll, kImported };
  Result<std::shared_ptr<const Snapshot>> makeSnapshot(int64_t version, Content content);
  Result<std::shared_ptr<const Snapshot>> snapshotLocked();
  Result<std::shared_ptr<const LogSegment>> logSegment(const store::SegmentRow& row);
  void adopt(const std::vector<store::NewNames>& names);

  const std::filesystem::path directory_;
  io::FileSystem& files_;
  std::unique_ptr<store::GroupStore> store_;
  std::shared_ptr<GroupNames> names_ = std::make_shared<GroupNames>();

  const std::shared_ptr<LiveGroup> live_ = std::make_shared<LiveGroup>();
  DeletedUsers deleted_;
  const std::shared_ptr<HiddenUsers> hidden_ = std::make_shared<HiddenUsers>();

  std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::mutex declaredMutex_;
  std::map<std::string, std::vector<SchemaField>> declared_;
  std::mutex openMutex_;
  std::map<int64_t, std::weak_ptr<const SegmentFile>> open_;
  std::map<int64_t, std::shared_ptr<const LogSegment>> logs_;  // live ones: their columns are checked once
};

/// A snapshot without anything.
std::shared_ptr<const Snapshot> emptySnapshot();

/// Full segments first, then INCREMENTAL ones, each in the order of import: later ones win.
void sortForReading(std::vector<store::SegmentRow>& rows);

}  // namespace proffer::data
