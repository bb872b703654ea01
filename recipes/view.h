// What training and answering read: a group's interactions, items and users as columns. The recipes see only
// these interfaces; who stores the data (and how) is not their business.
//
// Implementations are immutable and may be read from any number of threads, each with its own Scratch. Users
// and items are indexes of the group's dictionaries: dense from 0, never reused, in order of first
// appearance. A view may know fewer interactions than its dictionaries have names. Times are epoch seconds.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proffer::recipes {

using Index = uint32_t;
inline constexpr Index kNoIndex = std::numeric_limits<Index>::max();
inline constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

enum class ColumnKind {
  kCategorical,  ///< codes of a value list; multi-valued by `|`
  kNumeric,      ///< doubles, NaN for null
  kText,         ///< textual: kept, tokenized by the content recipes
  kPlain,        ///< neither categorical nor textual: never trained on, only shown and filtered on (SX-8)
};

struct ColumnInfo {
  std::string name;  ///< as in the schema, upper case
  ColumnKind kind = ColumnKind::kPlain;
};

/// One user's interactions, oldest first (ties in time in order of a hash, never of ids). All spans have the
/// same length; they stay valid as long as the view and the Scratch they were made with.
struct History {
  std::span<const Index> items;
  std::span<const int64_t> times;
  std::span<const uint16_t>
      types;  ///< codes of eventTypes(); kNoType for null; empty if there is no such column
  std::span<const float> values;  ///< EVENT_VALUE, kNoValue for null; empty if there is no such column
  size_t size() const { return items.size(); }
};
inline constexpr uint16_t kNoType = 0xFFFF;

class Interactions {
 public:
  /// Where history() puts rows that do not lie together in storage. One per thread, reused between calls.
  struct Scratch {
    std::vector<Index> items;
    std::vector<int64_t> times;
    std::vector<uint16_t> types;
    std::vector<float> values;
    std::vector<uint64_t> order;
    std::vector<uint32_t> codes;
  };

  virtual ~Interactions() = default;
  virtual Index userCount() const = 0;   ///< size of the users' dictionary
  virtual Index itemCount() const = 0;   ///< size of the items' dictionary
  virtual int64_t rowCount() const = 0;  ///< rows stored; exact duplicates among them count until compaction
  virtual std::span<const std::string> eventTypes() const = 0;
  virtual std::span<const ColumnInfo> columns() const = 0;  ///< the columns besides those in History
  virtual int64_t latestTime() const = 0;                   ///< of the newest interaction; 0 if there is none
  /// Duplicates (same time and content, B26) appear once.
  virtual History history(Index user, Scratch& scratch) const = 0;
  /// The values of an extra column for the same rows as history(user): codes for categorical columns (see
  /// columnValues), 0xFFFFFFFF for null. `column` is an index into columns().
  virtual std::span<const uint32_t> codes(Index user, size_t column, Scratch& scratch) const = 0;
  virtual std::span<const std::string> columnValues(size_t column) const = 0;
  virtual std::string_view userId(Index user) const = 0;
  virtual std::string_view itemId(Index item) const = 0;
};

/// Items or Users: one row of metadata per entity, addressed by dictionary index.
class MetadataTable {
 public:
  virtual ~MetadataTable() = default;
  virtual Index size() const = 0;  ///< of the dictionary; has() says which of them have a row
  virtual Index rowCount() const = 0;
  virtual bool has(Index entity) const = 0;
  virtual std::span<const ColumnInfo> columns() const = 0;
  /// The raw text as imported ("Action|Crime"), nothing if null or without a row. Numbers as written.
  virtual std::string_view text(Index entity, size_t column) const = 0;
  virtual bool isNull(Index entity, size_t column) const = 0;
  virtual double number(Index entity, size_t column) const = 0;  ///< NaN if null or not numeric
};

}  // namespace proffer::recipes
