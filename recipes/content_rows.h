// Related items by who chose them and by what they are like: an item's own counts, and, the fewer those are,
// the mean of the counts of the items that are most like it.
//
//   score(a, b) = [ n P_a(b) + lent M_a(b) + alike S_a(b) + popular pop(b) ] / (n + lent + alike + popular) /
//   people(b)^discount
//
// n is how many people chose a; P_a(b) the share that b has in a's co-occurrence; M_a the mean of P over the
// items most like a, by their similarity; S_a(b) the share that b has in the similarity of the items most
// like a (so that new items are answered too).
//
// Pure; works on all cores, the same bits for any number of them.
#pragma once

#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/co_occurrence.h"
#include "recipes/content_features.h"
#include "recipes/content_index.h"
#include "recipes/item_rows.h"

namespace proffer::recipes {

struct RelatedItem {
  Index item = 0;
  float score = 0;
  uint32_t people = 0;  ///< who chose both; 0: it does not come from the item's own counts
  float lent = 0;       ///< the part of the score that comes from the counts of similar items, 0 to 1
};

using RelatedRows = ItemRows<RelatedItem>;

/// Chosen on validation cuts (bench/related_tuning.cpp).
struct RowSettings {
  double popularityDiscount = 0;
  size_t lenders = 100;    ///< how many similar items lend their counts
  size_t keep = 100;       ///< items a row
  double lent = 10;        ///< people's worth of counts that similar items lend
  double alike = 0.5;      ///< people's worth of likeness alone
  double popular = 0.5;    ///< people's worth of popularity
  double sharpness = 4;    ///< power of the similarity by which lenders are weighed
  double lenderPrior = 5;  ///< people from which on a lender's counts are half believed
};

/// How much each column tells about what is chosen together: how far the items of a row of counts agree in it
/// beyond those of another row, in deviations. Even shares if there are no rows.
std::vector<double> tellingShares(const ItemFeatures& features, const CoOccurrence& counts);

/// `people`: per item. kCancelled.
Result<RelatedRows> relatedRows(const ItemFeatures& features, const CoOccurrence& counts,
                                std::span<const uint32_t> people, const RowSettings& settings,
                                Progress& progress);

/// By similarity alone. kCancelled.
Result<RelatedRows> similarRows(const ItemFeatures& features, std::span<const uint32_t> people, size_t keep,
                                Progress& progress);

}  // namespace proffer::recipes
