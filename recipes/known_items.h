// Which items a model is about. A pure function; any thread.
#pragma once

#include <algorithm>
#include <vector>

#include "recipes/recipe.h"

namespace proffer::recipes {

/// Group indexes, ascending, of the items for which `interacted(item)` says so (asked below itemCount()), and
/// of those that the items dataset describes, if the configuration wants them.
template <class Interacted>
std::vector<Index> knownItems(const TrainingInput& input, const TrainingConfiguration& configuration,
                              const Interacted& interacted) {
  const Index touched = input.interactions->itemCount();
  const Index described = input.items && configuration.catalogueItems ? input.items->size() : 0;
  std::vector<Index> known;
  for (Index item = 0; item < touched; ++item)
    if (interacted(item) || (item < described && input.items->has(item))) known.push_back(item);
  return known;
}

}  // namespace proffer::recipes
