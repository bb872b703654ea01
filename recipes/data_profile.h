// The figures a diagnosis is made of, counted in one pass over the users.
//
// Plain values; profileData() spreads the users over all cores, and gives the same figures on any number.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/recipe.h"

namespace proffer::recipes {

/// Upper ends of the bars of "events per ...": 1, 2, 5, 10, ..., and above.
inline constexpr std::array<int64_t, 9> kCountEnds = {1, 2, 5, 10, 20, 50, 100, 1000, 10000};
/// Of the gaps between a user's events, in seconds: none, a minute, ...
inline constexpr std::array<int64_t, 8> kGapEnds = {0, 60, 600, 3600, 21600, 86400, 604800, 2592000};
inline constexpr size_t kTimeSlices = 12;

struct ColumnFill {
  std::string dataset;  ///< "INTERACTIONS", "ITEMS", "USERS"
  std::string name;
  int64_t rows = 0;
  int64_t empty = 0;
};

struct DataProfile {
  int64_t events = 0, users = 0, storedRows = 0;
  int64_t usersWithOne = 0;
  std::array<int64_t, kCountEnds.size() + 1> perUser{};
  std::array<int64_t, kGapEnds.size() + 1> gaps{};
  int64_t longestHistory = 0;
  int64_t ties = 0;       ///< events at the same second as the one before, of the same user
  int64_t repeats = 0;    ///< events with an item that the user has met before
  int64_t sameAgain = 0;  ///< of these: within the same second
  int64_t typed = 0, valued = 0;
  int64_t future = 0;  ///< later than a day from now
  int64_t firstTime = 0, lastTime = 0;
  std::map<std::string, int64_t> types;  ///< "": without
  std::array<int64_t, kTimeSlices> perSlice{};
  std::vector<int64_t> perItem;        ///< events by item
  std::vector<int64_t> perItemNewest;  ///< of the newest tenth of the time
  int64_t newestEvents = 0;
  std::vector<ColumnFill> columns;
};

/// kCancelled.
Result<DataProfile> profileData(const TrainingInput& input, int64_t now, Progress& progress);

}  // namespace proffer::recipes
