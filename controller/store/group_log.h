// The log of a group's streamed data in its database: what was put and is not folded into segments yet, and
// for a while what was folded, so that what is sent again is known.
//
// Any thread. A row's sequence number is given by the one who appends, under the group's commit, and so is
// known what was there before: the log itself takes what it is given. A row counts until it is folded: those
// after the mark `foldedUpTo`, and those that wait. Rows that are put together are stored as one
// (log_batch.h), but for those that wait: each of them has a row of its own.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "controller/store/database.h"
#include "controller/store/log_batch.h"

namespace proffer::store {

struct LogRow : LogEntry {
  std::string dataset;  ///< uid
};

/// A user that was deleted: what stands in the log up to `sequence`, and in segments up to `segment`, is
/// hidden.
struct DeletedUserRow {
  std::string hash;  ///< hex, salted
  int64_t sequence = 0;
  int64_t segment = 0;
};

struct LogMarks {
  int64_t foldedUpTo = 0;
  int64_t last = 0;  ///< the greatest sequence number that was ever given
  int64_t salt = 0;  ///< 0: none was needed yet
};

class GroupLog {
 public:
  explicit GroupLog(Database& database) : database_(database) {}

  class Writer {
   public:
    explicit Writer(Connection& connection) : connection_(connection) {}
    /// In the order of their sequence numbers, which nothing has yet.
    Result<void> add(std::string_view dataset, std::span<const LogEntry> entries);
    Result<void> remember(const DeletedUserRow& row);
    Result<void> setMark(std::string_view key, int64_t value);
    /// The greatest number that a segment ever had.
    Result<int64_t> lastSegment();

   private:
    Result<void> addOne(std::string_view dataset, const LogEntry& entry);
    Result<void> addBatch(std::string_view dataset, std::span<const LogEntry> entries, std::string_view rows);

    Connection& connection_;
  };
  /// Runs `work` in a piece of a group commit; see Database::write().
  Result<void> append(const std::function<Result<void>(Writer&)>& work,
                      const std::function<void(bool committed)>& after);

  Result<LogMarks> marks();
  /// Rows after `after` in order, at most `limit` of them and a few MB; of one dataset if `dataset` is not
  /// empty. kCorrupt for a row whose checksum differs.
  Result<std::vector<LogRow>> read(int64_t after, size_t limit, std::string_view dataset = {});
  /// All waiting rows up to `upTo`, in order.
  Result<std::vector<LogRow>> waiting(int64_t upTo);
  /// The sequence numbers of all waiting rows.
  Result<std::vector<int64_t>> waitingSequences();
  /// Sequence number, time and hash of every row that has a hash, in no order; how many rows are too damaged
  /// to be told.
  Result<int64_t> forEachHash(const std::function<void(int64_t, int64_t, const Hash128&)>& each);
  Result<std::vector<DeletedUserRow>> deletedUsers();
  /// Removes some folded rows up to `upTo`, about `limit` of them at most; how many. 0: none is left.
  Result<int64_t> trim(int64_t upTo, int64_t limit);
  /// Takes the bodies of some folded rows up to `upTo`, about `limit` of them at most, and overwrites where
  /// they stood; how many. What is sent again is still known. 0: none is left.
  Result<int64_t> empty(int64_t upTo, int64_t limit);

 private:
  Database& database_;
};

}  // namespace proffer::store
