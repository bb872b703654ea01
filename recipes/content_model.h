// A model of items related by content: for each item a row made in training, the items' features for what
// rows do not reach (filters that leave few items, long lists), and popular items for the rest.
//
// Immutable; any thread. An opened one lies over the sections' bytes, which must outlive it.
#pragma once

#include <vector>

#include "recipes/content_features.h"
#include "recipes/content_rows.h"
#include "recipes/model.h"
#include "recipes/popular_list.h"

namespace proffer::recipes {

class ContentModel final : public Model {
 public:
  /// `freshness`: per item 0 (oldest) to 1 (newest); empty if the recipe does not know it.
  ContentModel(ItemSpace items, RelatedRows rows, ItemFeatures features, PopularList popular,
               std::vector<float> freshness);
  static Result<std::unique_ptr<Model>> open(const SectionReader& sections);

  const ItemSpace& items() const override { return items_; }
  bool readsHistory() const override { return false; }
  /// The query item's row, by the influences of the question; then admitted items by similarity, then
  /// popular ones. The query item itself is never answered.
  Result<std::vector<ScoredItem>> recommend(const Question& question) const override;
  /// "co-occurrence" (people who chose both, and what is lent by similar items), "attribute" (what agrees, by
  /// column), "popularity" for what filled the answer.
  Result<std::vector<Evidence>> explain(const Question& question, Index item) const override;
  void save(SectionWriter& out) const override;
  int64_t residentBytes() const override;

 private:
  ContentModel() = default;
  Result<void> check() const;
  double influenced(const Question& question, Index item, double score) const;
  void addRow(const Question& question, Index query, std::vector<ScoredItem>& answer) const;
  void addSimilar(const Question& question, Index query, std::vector<ScoredItem>& answer) const;
  void explainAttributes(Index query, Index queryOfGroup, Index item, std::vector<Evidence>& reasons) const;

  ItemSpace items_;
  ItemFeatures features_;
  PopularList popular_;
  RelatedRows rows_;
  std::vector<float> ownFreshness_;
  std::span<const float> freshness_;
};

}  // namespace proffer::recipes
