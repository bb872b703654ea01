// A model of related items: for each item a row of neighbours, best first, and popular items for where rows
// end. What SIMS and the related-items use cases train.
//
// Immutable; any thread. An opened one lies over the sections' bytes, which must outlive it.
#pragma once

#include <string>

#include "recipes/co_occurrence.h"
#include "recipes/model.h"
#include "recipes/popular_list.h"

namespace proffer::recipes {

class CoOccurrenceModel final : public Model {
 public:
  /// `detail`: what explain() says that the people of a pair did: "watched both".
  CoOccurrenceModel(ItemSpace items, CoOccurrence rows, PopularList popular, std::string detail);
  static Result<std::unique_ptr<Model>> open(const SectionReader& sections);

  const ItemSpace& items() const override { return items_; }
  bool readsHistory() const override { return false; }
  /// The query item's row, then popular items, which have no score. The query item itself is never answered.
  Result<std::vector<ScoredItem>> recommend(const Question& question) const override;
  /// "co-occurrence": the score, and how many people have both; "popularity" for what filled the answer.
  Result<std::vector<Evidence>> explain(const Question& question, Index item) const override;
  void save(SectionWriter& out) const override;
  int64_t residentBytes() const override;

 private:
  CoOccurrenceModel() = default;
  Index queried(const Question& question) const {
    return question.item == kNoIndex ? kNoIndex : items_.fromGroup(question.item);
  }

  ItemSpace items_;
  PopularList popular_;
  CoOccurrence rows_;
  std::string detail_;
};

}  // namespace proffer::recipes
