// The columns that live rows of one dataset may fill, found by the names that callers use for them.
//
// Immutable once made; any thread. Names match without underscores and without regard to case, as the service
// has it (E6): numberOfRatings fills NUMBER_OF_RATINGS. No two columns of a schema are the same by that rule
// (SX-5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "controller/data/cell.h"
#include "manifests/specs.h"

namespace proffer::http {

/// "NUMBER_OF_RATINGS", "numberOfRatings": both "NUMBEROFRATINGS". ASCII letters only change.
std::string foldedName(std::string_view name);

class PutColumns {
 public:
  PutColumns(DatasetType type, const std::vector<SchemaField>& fields);

  DatasetType type() const { return type_; }
  const std::vector<data::CellRule>& rules() const { return rules_; }
  /// The column of this folded name.
  std::optional<size_t> find(const std::string& folded) const;
  /// Columns that the rows have members of their own for, such as ITEM_ID and TIMESTAMP: no property fills
  /// them.
  bool isOwn(size_t column) const { return own_[column]; }
  /// The same by the column's name; nothing if the schema has no such column.
  std::optional<size_t> own(std::string_view column) const;

 private:
  DatasetType type_;
  std::vector<data::CellRule> rules_;
  std::vector<bool> own_;
  std::unordered_map<std::string, size_t> byFolded_;
};

/// A value as the text that the column keeps (E9): numbers and booleans of JSON, strings, lists of strings
/// joined with
/// "|"; nothing for null and for an empty string. The error is what is wrong and what is allowed.
Result<std::optional<std::string>> cellText(const data::CellRule& rule, const Json& value);

/// A moment as W7 has it: a number of epoch seconds (fractions are dropped), the same as text, or ISO 8601.
/// kInvalidInput also for what can only be milliseconds.
Result<int64_t> secondsOf(const Json& value);

/// How many characters (Unicode code points) a text has.
size_t characterCount(std::string_view text);

}  // namespace proffer::http
