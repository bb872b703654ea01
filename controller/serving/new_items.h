// Which items are new enough to be explored (R28): by their CREATION_TIMESTAMP, else by the first interaction
// with them; what has neither is new.
//
// Pure functions; any thread. Times are epoch seconds.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "controller/data/group_data.h"
#include "recipes/item_space.h"

namespace proffer::serving {

/// An item that nothing is known of.
inline constexpr int64_t kNotBornYet = std::numeric_limits<int64_t>::max();

/// When each item of the group's dictionary came to be. Reads all interactions if there are items that do not
/// say it themselves.
std::vector<int64_t> itemBirths(const data::Snapshot& snapshot);

/// The group indexes, rising, of the items that are older than `newest`, the time of the newest interaction,
/// by at most `cutOff` seconds.
std::vector<recipes::Index> newItems(const recipes::ItemSpace& items, std::span<const int64_t> births,
                                     int64_t newest, int64_t cutOff);

}  // namespace proffer::serving
