// The co-occurrence counter: which items stand together in people's histories, how strongly, and how many
// people had both. One counter for every recipe that compares items by who chose them; recipes differ in
// their settings and in what they make of the rows.
//
//   PROFFER_TRY(CutHistories histories, CutHistories::read(interactions, configuration, cut, progress));
//   const ItemSpace items = histories.items(input, configuration);
//   const Places places = std::move(histories).place(items);
//   PROFFER_TRY(CoOccurrence rows, countCoOccurrence(places, settings, progress));
//
// Row by row: all histories that hold an item are walked, pairs are added up in a dense array that one thread
// keeps for its rows, and only the best of each row are kept. So memory is about 12 bytes per interaction,
// 16 per item and thread, and what is kept; pairs are never held all at once. Sums are taken in the order of
// the places: the same bits for any number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/histories.h"
#include "recipes/item_rows.h"
#include "recipes/view.h"

namespace proffer::recipes {

struct CoOccurrenceSettings {
  enum class Direction : uint8_t {
    kBoth,
    kForward,  ///< a's row has what comes after a
  };
  // Histories without baskets.
  uint32_t window = 0;      ///< at most so many places apart; 0: anywhere in the history
  bool inverseGap = false;  ///< a pair that is g places apart weighs 1 / g; else 1
  Direction direction = Direction::kBoth;
  // Histories with baskets: a pair in one basket weighs 1 / log2(1 + its size), in each basket that has it;
  // and, once per person, this for a pair anywhere in the history.
  double lifetimeWeight = 0;

  uint32_t leastPeople = 1;  ///< pairs of fewer people are left out
  uint32_t keep = 200;       ///< neighbours a row
  /// Per item of the model; empty: 1 each. The score of a pair is weight * columnFactor[b] * rowFactor[a];
  /// what is kept of a row are the pairs with the highest scores, ties by lower item; 0 is left out.
  std::vector<double> columnFactor = {}, rowFactor = {};
};

struct Neighbour {
  Index item = 0;
  float score = 0;      ///< over people (or baskets): the weights of pair and events, times both factors
  uint32_t people = 0;  ///< who have both; with baskets: anywhere in their history
};

using CoOccurrence = ItemRows<Neighbour>;

/// kCancelled.
Result<CoOccurrence> countCoOccurrence(const Places& places, const CoOccurrenceSettings& settings,
                                       Progress& progress);

/// How many neighbours a row should keep: 500, fewer in large catalogues (ten million in all), at least 50.
uint32_t affordableNeighbours(size_t items);

}  // namespace proffer::recipes
