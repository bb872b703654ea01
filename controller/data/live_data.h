// Data that comes a piece at a time: streamed events, and single items, users and actions that are put.
//
// LiveData: any thread. What a put returns success for is durable, and in every answer that is asked for
// afterwards. A put is all or nothing, and one that is repeated changes nothing. A group's streamed data is a
// log: each event and each version of a row has a sequence number, from 1, which is never given twice.
// Folding moves the log into segments in the background, without changing any answer; what was put stays
// tellable from what was imported, and can be read in the order of its sequence as long as its dataset is
// there. All values are plain.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/progress.h"
#include "manifests/specs.h"

namespace proffer::data {

class LiveView;
class Snapshot;

/// Further columns by their names (upper case, as in the schema); nothing is null. A column that is not named
/// is null.
using LiveColumns = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// The dataset that is put into, as it is declared now. The schema of the newest put or import counts, so
/// that data can come before any import.
struct LiveDataset {
  std::string name;
  std::string uid;
  DatasetType type = DatasetType::kInteractions;
  std::vector<SchemaField> fields;
};

/// An event, or an action interaction. It was held against the schema before; what stands in it is kept as it
/// stands.
struct LiveEvent {
  std::string sessionId;  ///< required
  std::string userId;     ///< empty: not known yet (E14)
  std::string itemId;     ///< required; of an action interaction the action
  std::string eventType;
  int64_t time = 0;  ///< epoch seconds
  std::string
      eventId;  ///< as the client gave it; empty: none. A later event with a known id counts for nothing
  std::optional<double> value;
  std::string recommendationId;
  std::vector<std::string> impression;  ///< explicit; as it is stored when it is read
  /// What the answer of `recommendationId` showed: stored as the impression where there is no explicit one.
  /// It is not part of what makes two events the same.
  std::vector<std::string> shown = {};
  /// Beside those above: EVENT_ATTRIBUTION_SOURCE and the schema's own.
  LiveColumns columns;
};

/// An item, user or action. It replaces the one of the same id, all columns of it (E19).
struct LiveRow {
  std::string id;
  LiveColumns columns;  ///< without the id
};

struct PutResult {
  int64_t stored = 0;
  int64_t duplicates = 0;  ///< were there already, or have an event id that was
};

/// A piece of the log, as it was put. `sequence` is where the next piece goes on: of the last one that was
/// looked at. `more`: there may be others after it.
struct EventBatch {
  struct Stored {
    int64_t sequence = 0;
    LiveEvent event;
    std::string owner;  ///< whose it is now: the user; the session as long as nobody is known (E16)
  };
  std::vector<Stored> events;
  int64_t sequence = 0;
  bool more = false;
};
struct RowBatch {
  struct Stored {
    int64_t sequence = 0;
    LiveRow row;
  };
  std::vector<Stored> rows;  ///< every version
  int64_t sequence = 0;
  bool more = false;
};

/// How long after a deletion the users' rows are out of all files at the latest, unless a file is damaged or
/// the disk is full.
inline constexpr Duration kErasedWithin = std::chrono::hours(24);

struct LiveFigures {
  int64_t duplicates = 0;    ///< left out since this process began
  int64_t tail = 0;          ///< not folded yet
  int64_t waiting = 0;       ///< of these, events of sessions without a user
  int64_t foldedUpTo = 0;    ///< sequence
  int64_t lastSequence = 0;  ///< 0: nothing was ever put
  int64_t deletedUsers = 0;  ///< that are being kept out
  bool eraseDue = false;     ///< files may hold rows of theirs
};

struct UserDeletion {
  int64_t users = 0;  ///< of those named, of which there was anything
};

class LiveData {
 public:
  virtual ~LiveData() = default;

  /// Interactions and action interactions. kInvalidInput, with the field events[i].NAME: no session, no item,
  /// a time out of range. The disk's errors as they are; nothing was taken then.
  virtual Result<PutResult> putEvents(const std::string& groupUid, const LiveDataset& dataset,
                                      std::span<const LiveEvent> events) = 0;
  /// Items, users and actions. Of several rows with one id the last one counts. kInvalidInput with the field
  /// rows[i].id.
  virtual Result<PutResult> putRows(const std::string& groupUid, const LiveDataset& dataset,
                                    std::span<const LiveRow> rows) = 0;

  /// Reads what was put into a dataset after a sequence number, folded or not, in order; without deleted
  /// users. At most `limit` (and a few MB) at once; nothing is held between calls.
  virtual Result<EventBatch> readEvents(const std::string& groupUid, const std::string& datasetUid,
                                        int64_t after, size_t limit) = 0;
  virtual Result<RowBatch> readRows(const std::string& groupUid, const std::string& datasetUid, int64_t after,
                                    size_t limit) = 0;
  /// What was imported only, as a snapshot of its own (for exports of BULK); GroupDataStore::snapshot() has
  /// both, what was put as far as it is folded.
  virtual Result<std::shared_ptr<const Snapshot>> imported(const std::string& groupUid) = 0;

  /// Forgets users: whatever is known of them leaves every reader at once, imports to come included; what
  /// they do later counts again. Durable when it returns; the files are rewritten later.
  virtual Result<UserDeletion> deleteUsers(const std::string& groupUid,
                                           std::span<const std::string> userIds) = 0;

  /// Moves what was put until now into segments; GroupDataStore::snapshot() has it afterwards. Waits for a
  /// running import of the group. Trainings and exports call it first. kCancelled.
  virtual Result<void> fold(const std::string& groupUid, Progress& progress) = 0;
  /// Rewrites the files that hold rows of deleted users, without them; cheap if none does. Folds first. Waits
  /// for a running import of the group. kCancelled; kCorrupt if a file is damaged.
  virtual Result<void> erase(const std::string& groupUid, Progress& progress) {
    (void)progress;
    return fail(ErrorCode::kNotImplemented, "the data of {} cannot be erased", groupUid);
  }
  /// From now on folds by itself, on a thread of its own: what was put every few minutes, and sooner where
  /// there is much. And erases within the hour what deletions hid.
  virtual void keepFolding() {}
  /// The newest snapshot with what was streamed since, for answers.
  virtual Result<std::shared_ptr<const LiveView>> view(const std::string& groupUid) {
    return fail(ErrorCode::kNotImplemented, "the data of {} cannot be answered from", groupUid);
  }
  virtual Result<LiveFigures> figures(const std::string& groupUid) = 0;
};

}  // namespace proffer::data
