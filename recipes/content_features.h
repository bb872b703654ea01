// What items are like, as sparse vectors: their values, their words and pairs of words (hashed, weighted by
// how rare they are), and where their numbers lie. The similarity of two items is a weighted mean of what
// their columns agree in, 0 to 1.
//
// read() works on all cores and gives the same features whatever their number; weigh() is for the thread that
// made it; then immutable, any thread. An opened one lies over the sections' bytes, which must outlive it.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/item_space.h"
#include "recipes/sections.h"
#include "recipes/view.h"

namespace proffer::recipes {

struct FeatureEntry {
  uint32_t feature = 0;
  float weight = 0;
};

struct FeatureChoice {
  std::set<std::string> excluded;  ///< columns that are not looked at
  bool textOnly = false;           ///< only kText columns
};

class ItemFeatures {
 public:
  ItemFeatures() = default;
  /// Of items of which nothing is known.
  static ItemFeatures none(Index items);
  /// Of the items' rows in the table; those without one have no features. What only one item has is no
  /// feature, but makes it less like all others. kCancelled.
  static Result<ItemFeatures> read(const MetadataTable& table, const ItemSpace& items,
                                   const FeatureChoice& choice, Progress& progress);

  Index itemCount() const { return offsets_.empty() ? 0 : static_cast<Index>(offsets_.size() - 1); }
  size_t columnCount() const { return columns_.size(); }
  const std::string& columnName(size_t column) const { return columns_[column]; }
  size_t featureCount() const { return columnOf_.size(); }
  size_t columnOf(uint32_t feature) const { return columnOf_[feature]; }
  /// "Comedy", "toy story", "about 1995".
  std::string_view textOf(uint32_t feature) const {
    return text_.substr(textOffsets_[feature], textOffsets_[feature + 1] - textOffsets_[feature]);
  }
  /// In order of features; the squares of a column's weights sum to at most the column's own weight.
  std::span<const FeatureEntry> of(Index item) const {
    return entries_.subspan(offsets_[item], offsets_[item + 1] - offsets_[item]);
  }

  /// Once: gives each column its share of the similarity; the shares (0 or more) are scaled to sum to 1.
  void weigh(std::span<const double> shares);
  double similarity(Index a, Index b) const;
  /// What each column adds to the similarity.
  std::vector<double> similarityByColumn(Index a, Index b) const;
  /// The features that add most to the similarity within a column, the strongest first.
  std::vector<uint32_t> agreement(Index a, Index b, size_t column, size_t limit) const;

  int64_t residentBytes() const;
  void save(SectionWriter& out) const;  ///< sections "content/..."
  static Result<ItemFeatures> open(const SectionReader& in, Index items);

 private:
  friend class FeatureBuilder;
  struct Storage {
    std::vector<uint64_t> offsets;
    std::vector<FeatureEntry> entries;
    std::vector<uint16_t> columnOf;
    std::vector<uint64_t> textOffsets;
    std::string text;
  };
  template <class Visit>
  void forEachShared(Index a, Index b, const Visit& visit) const;
  void pointAt(std::shared_ptr<Storage> storage);

  std::vector<std::string> columns_;
  std::span<const uint64_t> offsets_;  // items + 1
  std::span<const FeatureEntry> entries_;
  std::span<const uint16_t> columnOf_;     // per feature
  std::span<const uint64_t> textOffsets_;  // features + 1
  std::string_view text_;
  std::shared_ptr<Storage> storage_;  // null over sections
};

}  // namespace proffer::recipes
