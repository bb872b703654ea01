// Which rows of a table of features a person's or an item's metadata are: the values of categorical columns
// (parted by `|`), the words of texts, and where numbers lie among a column's values.
//
// Learnt from the entities that are trained on, then immutable; any thread. What is rare is no feature; what
// was never seen has no row. Within a column an entity's features have length 1 in all, so that neither long
// texts nor long lists outweigh the other columns. Independent of the order of columns and of the number of
// threads.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/progress.h"
#include "recipes/network/batch.h"
#include "recipes/sections.h"
#include "recipes/view.h"

namespace proffer::recipes {

class MetadataVocabulary {
 public:
  struct Limits {
    uint32_t least = 2;    ///< entities that must have it, for a value or word to be a feature
    size_t most = 30'000;  ///< values and words; the most frequent ones are kept
  };

  MetadataVocabulary() = default;  ///< nothing is a feature
  /// kCancelled.
  static Result<MetadataVocabulary> learn(const MetadataTable& table, std::span<const Index> entities,
                                          const std::set<std::string>& excludedColumns, const Limits& limits,
                                          Progress& progress);

  size_t size() const { return rows_; }  ///< rows; 0: nothing is known of anybody
  size_t columnCount() const { return columns_.size(); }
  const std::string& columnName(size_t column) const { return columns_[column].name; }
  size_t columnOf(uint32_t row) const;  ///< REQUIRES row < size()

  /// A table's columns as this vocabulary knows them, by name: those that are missing say nothing. Belongs to
  /// one thread; vocabulary and table must outlive it.
  class Reader {
   public:
    Reader(const MetadataVocabulary& vocabulary, const MetadataTable& table);
    /// Appends the entity's features, their rows counted from `firstRow`.
    void append(Index entity, uint32_t firstRow, std::vector<Feature>& out) const;

   private:
    const MetadataVocabulary& vocabulary_;
    const MetadataTable& table_;
    std::vector<size_t> places_;  // per column of the vocabulary; columns().size(): none
  };

  void save(SectionWriter& out, std::string_view name) const;  ///< sections "NAME/columns", "NAME/hashes"...
  static Result<MetadataVocabulary> open(const SectionReader& in, std::string_view name);

 private:
  struct Column {
    std::string name;
    ColumnKind kind = ColumnKind::kCategorical;
    std::vector<double> knots;  // of a number, ascending
    uint32_t firstRow = 0;      // of the knots
  };
  void number();
  uint32_t rowOf(uint64_t hash) const;  // kNoIndex: none
  void appendTokens(const Column& column, std::string_view text, uint32_t firstRow,
                    std::vector<Feature>& out) const;
  void appendNumber(const Column& column, double value, uint32_t firstRow, std::vector<Feature>& out) const;

  std::vector<Column> columns_;
  std::vector<uint64_t> hashes_;    // of values and words, ascending: a row each
  std::vector<uint16_t> columnOf_;  // per hash
  size_t rows_ = 0;
};

}  // namespace proffer::recipes
