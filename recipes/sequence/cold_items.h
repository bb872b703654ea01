// Which items HRNN-Coldstart answers with: those that have few interactions and are not known for long (HR-3:
// both). Pure; works on all cores.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/item_space.h"
#include "recipes/recipe.h"
#include "recipes/sequence/sequence_settings.h"

namespace proffer::recipes {

/// One for each item, 1: cold. An item's age counts from its CREATION_TIMESTAMP, else from its oldest
/// interaction; an item with neither is new. kInvalidInput unless 100 to 80,000 are cold; kCancelled.
Result<std::vector<uint8_t>> coldItems(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       const SequenceSettings& settings, const ItemSpace& items,
                                       const std::vector<uint32_t>& interactions, Progress& progress);

}  // namespace proffer::recipes
