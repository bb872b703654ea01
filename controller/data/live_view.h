// A group's data as answers see it: a snapshot, and what was streamed since.
//
// Any thread. What is put is seen at once, through the same view. A view keeps what its snapshot lacks in
// memory, so let go of it for a newer one when it is outdated().
#pragma once

#include <memory>

#include "controller/data/group_data.h"
#include "controller/data/live_group.h"

namespace proffer::data {

class LiveView {
 public:
  LiveView(std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<LiveGroup> live, int64_t foldedUpTo)
      : snapshot_(std::move(snapshot)),
        live_(std::move(live)),
        foldedUpTo_(foldedUpTo),
        erasures_(live_->erasures()) {}
  ~LiveView() { live_->unpin(foldedUpTo_); }
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  /// Whether there are no events but those of the snapshot; cheap.
  bool quiet() const { return live_->quiet(); }
  /// In the order in which they came.
  void eventsOf(std::string_view user, std::vector<TailEvent>& to) const {
    live_->eventsOf(user, foldedUpTo_, to);
  }
  /// Counted up by every put of items; cheap.
  int64_t rowsVersion() const { return live_->rowsVersion(); }
  /// The newest version of each row after a sequence number and after the snapshot, in order.
  std::vector<TailRow> rowsAfter(DatasetType type, int64_t sequence) const {
    return live_->rowsAfter(type, std::max(sequence, foldedUpTo_));
  }
  /// Null: the snapshot's is the newest.
  std::shared_ptr<const LiveRow> row(DatasetType type, std::string_view id) const {
    return live_->row(type, id, foldedUpTo_);
  }
  /// Whether there is a snapshot that has more of the log, or is without what was erased.
  bool outdated() const { return live_->foldedUpTo() > foldedUpTo_ || live_->erasures() != erasures_; }

 private:
  const std::shared_ptr<const Snapshot> snapshot_;
  const std::shared_ptr<LiveGroup> live_;
  const int64_t foldedUpTo_;
  const int64_t erasures_;
};

}  // namespace proffer::data
