// What co-occurrence is counted in: people's histories, cut and laid end to end.
//
// One person, one vote: an item counts once per person, wherever it stood first; with baskets, once per
// basket. The cut leaves out people and items: first people by the number of their distinct items, then items
// by the number of people that are left. Histories that are longer than kLongestHistory keep their newest
// items, whatever the percentiles say, so that one robot cannot cost the square of its history.
//
// CutHistories is made by one thread (on all cores), then immutable. The same view gives the same places,
// whatever the number of threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/item_space.h"
#include "recipes/recipe.h"
#include "recipes/view.h"

namespace proffer::recipes {

inline constexpr size_t kLongestHistory = 10'000;

struct HistoryCut {
  /// Percentiles, 0 to 1, both ends inclusive: a value that many others share is never cut apart.
  double leastOfPerson = 0, mostOfPerson = 1;  ///< distinct items of a person
  double leastOfItem = 0;                      ///< people of an item
  /// An item that more than this share of all people have says nothing of any of them. No percentile: the
  /// tenth of the items that most people chose is most of what anybody will choose next.
  double mostPeopleShare = 1;
  /// Whether a history is divided into baskets: rows with the same value of `orderColumn`, or, where that is
  /// empty, null or no column of the view, rows of the same time.
  bool baskets = false;
  std::string orderColumn = {};
};

/// Whether most of the rows that are trained on share their basket (as HistoryCut says) with another one.
bool mostlyInBaskets(const Interactions& interactions, const TrainingConfiguration& configuration);

/// Histories end to end, in the model's items. items[0] is a mark; after each basket stands kEndOfBasket (if
/// there are baskets), after each person kEndOfPerson; people without items leave nothing.
struct Places {
  static constexpr Index kEndOfPerson = kNoIndex;
  static constexpr Index kEndOfBasket = kNoIndex - 1;
  std::vector<Index> items;
  std::vector<float> weights;    ///< as long as items, what the row's event weighs; empty: 1 each
  std::vector<uint32_t> people;  ///< per item of the model: how many people have it here
  bool baskets = false;
  Index itemCount() const { return static_cast<Index>(people.size()); }
};

class CutHistories {
 public:
  /// Reads and cuts. kCancelled; kLimitExceeded above four billion places.
  static Result<CutHistories> read(const Interactions& interactions,
                                   const TrainingConfiguration& configuration, const HistoryCut& cut,
                                   Progress& progress);

  /// Per item of the group: how many people chose it, before anything was cut.
  const std::vector<uint32_t>& people() const { return people_; }
  /// Items that anybody chose, and, if the configuration has catalogue items, those of the items dataset.
  ItemSpace items(const TrainingInput& input, const TrainingConfiguration& configuration) const;
  /// What was not cut. `items` knows at least every item of people(); this object is empty afterwards.
  Places place(const ItemSpace& items) &&;

 private:
  // Of 512 users: per user the number of rows (marks of baskets among them), then all rows.
  struct Chunk {
    std::vector<uint32_t> rows;
    std::vector<uint32_t> distinct;
    std::vector<Index> items;
    std::vector<float> weights;
  };

  void cutPeople(const HistoryCut& cut);
  void cutItems(const HistoryCut& cut);
  template <class Visit>
  void forEachKeptRow(const Chunk& chunk, const Visit& visit) const;

  std::vector<Chunk> chunks_;
  std::vector<uint32_t> people_;    // per item of the group, before the cut
  std::vector<uint32_t> kept_;      // the same among the people that are kept; 0: the item is cut
  uint32_t fewest_ = 0, most_ = 0;  // distinct items of a person
  bool baskets_ = false;
};

}  // namespace proffer::recipes
