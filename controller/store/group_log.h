// The log of a group's streamed data in its database: what was put and is not folded into segments yet, and
// for a while what was folded, so that what is sent again is known.
//
// Any thread. A row's sequence number is given by the one who appends, under the group's commit; (time, hash)
// is unique. A row counts until it is folded: those after the mark `foldedUpTo`, and those that wait.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "controller/store/database.h"

namespace proffer::store {

struct LogRow {
  int64_t sequence = 0;
  std::string dataset;   ///< uid
  int64_t time = 0;      ///< epoch seconds
  Hash128 hash;          ///< of the content
  bool waiting = false;  ///< nobody knows yet whose it is
  std::string body;
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
    /// Whether it was not there already.
    Result<bool> add(const LogRow& row);
    Result<void> remember(const DeletedUserRow& row);
    Result<void> setMark(std::string_view key, int64_t value);
    /// The greatest number that a segment ever had.
    Result<int64_t> lastSegment();

   private:
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
  Result<std::vector<DeletedUserRow>> deletedUsers();
  /// Removes at most `limit` folded rows up to `upTo`; how many.
  Result<int64_t> trim(int64_t upTo, int64_t limit);
  /// Takes the bodies of at most `limit` folded rows up to `upTo`, and overwrites where they stood; how many.
  /// What is sent again is still known.
  Result<int64_t> empty(int64_t upTo, int64_t limit);

 private:
  Database& database_;
};

}  // namespace proffer::store
