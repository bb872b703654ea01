// The columns of the items (or users, or actions) that filters choose from, indexed both ways: value -> items
// (inverted lists, sorted numbers) and item -> values. In chunks of 64K items that versions share: putting an
// item copies only what it changes in one chunk.
//
// Immutable; any thread may read; held by shared_ptr. Items are indexes of the group's dictionary. An item
// without a row has null in every column (F27).
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

#include "base/error.h"
#include "dsl/fields.h"
#include "dsl/item_set.h"

namespace proffer::dsl {

namespace detail {
struct Column;
}

/// One column to index. `text` gives the raw text as imported, nothing for null. Of a multi-valued field it
/// is split at `|`; empty elements are dropped and a text without elements is null. Of a number or boolean it
/// is parsed (true, false in any case, 1, 0); what does not parse is null. `number`, if set, is asked instead
/// (NaN: null).
struct ColumnSource {
  Field field;
  std::function<std::optional<std::string_view>(Index)> text;
  std::function<double(Index)> number = {};
};

/// One item's new values by column name (upper case); columns not named are null. A row replaces all of an
/// item's values.
struct ItemRow {
  Index item = 0;
  std::vector<std::pair<std::string, std::string>> values;
};

class ItemIndex {
 public:
  /// `size`: of the dictionary. Textual columns are skipped. Numbers are held as doubles.
  static std::shared_ptr<const ItemIndex> build(Index size, std::span<const ColumnSource> columns);

  /// A new version with these rows replaced, in order; grows to hold the largest. Unknown column names are
  /// ignored.
  std::shared_ptr<const ItemIndex> withRows(std::span<const ItemRow> rows) const;
  /// A new version that knows `size` items, the new ones without values; the same if it knows as many.
  std::shared_ptr<const ItemIndex> grown(Index size) const;

  Index size() const { return size_; }
  /// Null if there is no such column (upper case), or it is textual.
  const detail::Column* column(std::string_view name) const;
  std::vector<Field> fields() const;

  /// The item's values as text ("Comedy", "Drama"; "19.5"; "true"), empty for null or an unknown item or
  /// column.
  std::vector<std::string> values(Index item, std::string_view column) const;
  int64_t bytes() const;

 private:
  Index size_ = 0;
  std::vector<std::shared_ptr<const detail::Column>> columns_;
};

}  // namespace proffer::dsl
