// A group's streamed data in memory: what is in the log and not in the segments yet, by user and by id.
//
// Any thread. Rows are published in the order of their sequence numbers, after they are durable and before
// whoever put them hears of it. Events of a session that nobody has been identified in wait under the
// session's id; the first event that names a user takes them along (E15). A row is kept as long as somebody
// reads with a snapshot that does not have it (pin).
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/container/node_hash_set.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/hash.h"
#include "controller/data/known_rows.h"
#include "controller/data/live_data.h"

namespace proffer::data {

/// An event of an interactions dataset that is not folded yet.
struct TailEvent {
  int64_t sequence = 0;
  int64_t settled = 0;  ///< sequence of the event that told whose it is: it is folded together with that one
  int64_t time = 0;
  std::string item;
  const std::string* type = nullptr;           ///< null: none; lives as long as the group
  float value = 0;                             ///< NaN: none
  std::shared_ptr<const LiveColumns> columns;  ///< those of the schema that are not null; null: none
};

/// A version of an item or user that is not folded yet.
struct TailRow {
  int64_t sequence = 0;
  std::shared_ptr<const LiveRow> row;
};

class LiveGroup {
 public:
  /// What the newest snapshot has.
  int64_t foldedUpTo() const { return foldedUpTo_.load(std::memory_order_acquire); }
  int64_t last() const { return last_.load(std::memory_order_acquire); }
  /// Counted up by every put of items.
  int64_t rowsVersion() const { return rowsVersion_.load(std::memory_order_acquire); }
  /// Whether there are no events at all that are not folded.
  bool quiet() const { return events_.load(std::memory_order_acquire) == 0; }

  // What the log has, in order. `user` empty: waits under `session`. `forgotten`: what waited up to there is
  // not taken along, for the user was deleted then.
  void publish(TailEvent event, const std::string& session, const std::string& user, int64_t forgotten);
  /// An event that is forgotten, of a user who was deleted: it takes along what waited all the same.
  void publishForgotten(int64_t sequence, const std::string& session, const std::string& user);
  void publish(DatasetType type, TailRow row);
  /// An event of another dataset: only that it is there.
  void publishOther(int64_t sequence);
  const std::string* typeNamed(const std::string& name);

  /// The events of a user, or of a session that waits, that a snapshot up to `foldedUpTo` has not.
  void eventsOf(std::string_view user, int64_t foldedUpTo, std::vector<TailEvent>& to) const;
  /// Whose a waiting event has turned out to be; empty: nobody's yet, or it is folded.
  std::string ownerOf(int64_t sequence) const;
  std::shared_ptr<const LiveRow> row(DatasetType type, std::string_view id, int64_t foldedUpTo) const;
  /// The newest version of each row after `sequence`, in order.
  std::vector<TailRow> rowsAfter(DatasetType type, int64_t sequence) const;

  /// `moved` rows are in segments now, up to `upTo`.
  void folded(int64_t upTo, int64_t moved);
  /// Sessions' events up to a sequence number that nobody claimed are no longer waited for.
  void giveUp(const std::vector<int64_t>& sequences);
  void forgetUser(std::string_view user, int64_t upTo);
  void forgetDataset(DatasetType type);
  /// Keeps what a snapshot up to `foldedUpTo` has not, until unpin().
  void pin(int64_t foldedUpTo);
  void unpin(int64_t foldedUpTo);
  /// `given`: the highest number that was ever given, to a row or to a deletion.
  void startAt(int64_t foldedUpTo, int64_t last, int64_t given);

  /// Event ids of what is not folded. Under the writer of the group only.
  bool addId(const Hash128& id);
  void removeId(const Hash128& id);

  /// What the log has.
  KnownRows& known() { return known_; }

  /// Sequence numbers, given under the writer of the group only.
  int64_t nextSequence() { return ++given_; }
  int64_t given() const { return given_; }
  void countDuplicates(int64_t count) { duplicates_.fetch_add(count, std::memory_order_relaxed); }
  /// An item was put that no snapshot knows: filters see it once it is folded, so that should be soon.
  void noteNewItem() { newItem_.store(true, std::memory_order_release); }
  bool hasNewItem() const { return newItem_.load(std::memory_order_acquire); }
  /// Segments were rewritten without deleted users: older ones are to be let go.
  void countErasure() { erasures_.fetch_add(1, std::memory_order_release); }
  int64_t erasures() const { return erasures_.load(std::memory_order_acquire); }
  int64_t duplicates() const { return duplicates_.load(std::memory_order_relaxed); }

  int64_t tail() const { return tail_.load(std::memory_order_relaxed); }
  int64_t waiting() const;

 private:
  struct Rows {
    absl::flat_hash_map<std::string, TailRow> byId;
    std::map<int64_t, std::string> bySequence;
  };
  using Events = std::vector<TailEvent>;
  void trim();
  int64_t needed() const;  // rows up to this one are not

  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<std::string, Events> users_;
  absl::flat_hash_map<std::string, Events> sessions_;
  absl::flat_hash_map<int64_t, std::pair<int64_t, std::string>> owners_;  // of what waited: since when, whose
  std::map<DatasetType, Rows> rows_;
  absl::node_hash_set<std::string> types_;
  std::multiset<int64_t> pins_;
  int64_t trimmedTo_ = 0;
  int64_t waiting_ = 0;
  std::atomic<int64_t> events_{0};  // in users_ and sessions_
  std::atomic<int64_t> tail_{0};    // of all datasets, not folded
  std::atomic<int64_t> foldedUpTo_{0}, last_{0}, rowsVersion_{0};
  std::atomic<int64_t> given_{0}, duplicates_{0}, erasures_{0};
  std::atomic<bool> newItem_{false};
  KnownRows known_;
  std::mutex idsMutex_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> ids_;
};

}  // namespace proffer::data
