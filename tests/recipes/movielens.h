// The ratings of MovieLens latest-small as rows, where a copy is at hand (PROFFER_TEST_DATA).
#pragma once

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/recipes/memory_views.h"

namespace proffer::recipes::testing {

/// Nothing without the data set; the caller says so aloud.
inline std::optional<std::vector<Row>> movieLensRatings() {
  const char* const directory = std::getenv("PROFFER_TEST_DATA");
  if (!directory) return std::nullopt;
  std::ifstream in(std::string(directory) + "/movielens-small/ratings.csv");
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  std::vector<Row> rows;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string user, item, rating, time;
    std::getline(fields, user, ',');
    std::getline(fields, item, ',');
    std::getline(fields, rating, ',');
    std::getline(fields, time, ',');
    rows.push_back({user, item, std::stoll(time), "Watch", std::stof(rating)});
  }
  return rows;
}

}  // namespace proffer::recipes::testing
