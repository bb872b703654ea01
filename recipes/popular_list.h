// Items by how many people chose them: what related-items and trending models answer with where they know
// nothing better (R12, R13, SI-4), and what they fill short answers with.
//
// Immutable after construction; any thread. An opened one lies over the sections' bytes, which must outlive
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "recipes/item_order.h"

namespace proffer::recipes {

class PopularList {
 public:
  PopularList() = default;
  /// `counts`: people per item of the model. Equal counts are ordered by lower item, which is by id.
  static PopularList of(std::vector<uint32_t> counts);

  uint32_t count(Index item) const { return counts_[item]; }
  /// That of the most popular item; 0 without items.
  uint32_t most() const { return order_.items().empty() ? 0 : counts_[order_.items().front()]; }

  /// Appends the most popular admitted items that are neither in `answer` nor `without` (kNoIndex: none)
  /// until it has `limit`. They carry no score, and the reason "Popular item".
  void fill(const ItemSpace& items, const Admission& admission, Index without, size_t limit,
            std::vector<ScoredItem>& answer) const;
  /// Evidence of kind "popularity".
  Evidence evidence(Index item) const;

  int64_t residentBytes() const;        ///< beside the sections it lies over
  void save(SectionWriter& out) const;  ///< sections "popular/..."
  /// kCorrupt if the sections contradict each other or have not this many items.
  static Result<PopularList> open(const SectionReader& in, size_t items);

 private:
  std::span<const uint32_t> counts_;
  ItemOrder order_;
  std::shared_ptr<const std::vector<uint32_t>> storage_;  // null over sections
};

}  // namespace proffer::recipes
