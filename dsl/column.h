// One column of an ItemIndex: the values' names and the chunks. A chunk holds what each item has (in blocks
// of 1,024 items, so that a new row copies little) and which items have each value.
//
// Immutable but for the names, which versions share and which only grow (guarded by a mutex); any thread.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/fields.h"
#include "dsl/item_set.h"

namespace proffer::dsl::detail {

inline constexpr uint32_t kNoCode = 0xFFFFFFFF;
inline constexpr size_t kBlockItems = 1024;
inline constexpr double kNullNumber = std::numeric_limits<double>::quiet_NaN();

/// Texts <-> codes, in order of first appearance.
class ValueNames {
 public:
  uint32_t find(std::string_view text) const;  ///< kNoCode if it was never seen
  uint32_t code(std::string_view text);        ///< finds or adds
  std::string_view name(uint32_t code) const;  ///< stays valid as long as this lives
  int64_t bytes() const;

 private:
  mutable std::shared_mutex mutex_;
  std::deque<std::string> names_;
  absl::flat_hash_map<std::string_view, uint32_t> codes_;
  int64_t bytes_ = 0;
};

/// The texts of 1,024 items: those of item i are codes[offsets[i], offsets[i + 1]).
struct TextBlock {
  std::array<uint32_t, kBlockItems + 1> offsets{};
  std::vector<uint32_t> codes;
  std::span<const uint32_t> of(size_t i) const {
    return std::span(codes).subspan(offsets[i], offsets[i + 1] - offsets[i]);
  }
};
using NumberBlock = std::array<double, kBlockItems>;

using ChunkWords = std::array<uint64_t, kChunkItems / 64>;

/// Which items of a chunk have which text. A code is in `sets` if many items have it, else in `pairs`. Of
/// sets that CRoaring holds as long arrays the bits are kept too: joining arrays of thousands bit by bit is
/// what a request would wait for.
struct TextLists {
  absl::flat_hash_map<uint32_t, ItemSet::Chunk> sets;
  absl::flat_hash_map<uint32_t, std::shared_ptr<const ChunkWords>> words;
  std::vector<uint64_t> pairs;  // code << 16 | item, ascending
};
/// The numbers of a chunk in ascending order, and whose they are.
struct NumberList {
  std::vector<double> values;
  std::vector<uint16_t> items;
};

struct ColumnChunk {
  std::vector<std::shared_ptr<const TextBlock>> texts;      // null: all null
  std::vector<std::shared_ptr<const NumberBlock>> numbers;  // null: all null
  std::shared_ptr<const TextLists> textLists;
  std::shared_ptr<const NumberList> numberList;
  ItemSet::Chunk present;  // items that have a value
};

/// One item's value: codes (without duplicates) or a number.
struct Cell {
  std::vector<uint32_t> codes;
  double number = kNullNumber;
  bool operator==(const Cell& other) const {
    return codes == other.codes &&
           (number == other.number || (std::isnan(number) && std::isnan(other.number)));
  }
};

struct Column {
  Field field;
  std::shared_ptr<ValueNames> names;  // of text columns
  std::vector<std::shared_ptr<const ColumnChunk>> chunks;

  bool isText() const { return field.type == ValueType::kText; }
  std::span<const uint32_t> codesOf(Index item) const;  ///< empty: null
  double numberOf(Index item) const;                    ///< NaN: null

  // Sets of the items 0 .. size-1.
  ItemSet present(Index size) const;
  ItemSet withAnyOf(std::span<const uint32_t> codes, Index size) const;
  /// The same into words, kChunkWords for each chunk.
  void orAnyOf(std::span<const uint32_t> codes, uint64_t* words) const;
  /// Those whose number lies within the bounds (both included).
  ItemSet within(double low, double high, Index size) const;

  int64_t bytes() const;
};

/// Reads raw text as the field's type says. Numbers that do not parse or are not finite are null.
Cell cellOf(const Field& field, ValueNames* names, std::optional<std::string_view> text);
std::optional<double> parseNumber(std::string_view text);
std::optional<double> parseBoolean(std::string_view text);  ///< 1 or 0

std::shared_ptr<const Column> buildColumn(const Field& field, Index size,
                                          const std::function<Cell(Index, ValueNames*)>& cellAt);
/// The same with one item's value replaced; the column itself if it has that value already.
std::shared_ptr<const Column> columnWith(const std::shared_ptr<const Column>& column, Index item,
                                         const Cell& cell);

}  // namespace proffer::dsl::detail
