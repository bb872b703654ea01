// MovieLens latest-small, where a copy is at hand (PROFFER_TEST_DATA): ratings as rows, films as a table.
#pragma once

#include <cctype>
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

/// Films with genres, words of the title, and the year in its parentheses.
inline MemoryTable movieLensFilms(const MemoryInteractions& interactions) {
  MemoryTable table(
      {{"GENRES", ColumnKind::kCategorical}, {"TITLE", ColumnKind::kText}, {"YEAR", ColumnKind::kNumeric}},
      interactions.itemCount());
  std::ifstream in(std::string(std::getenv("PROFFER_TEST_DATA")) + "/movielens-small/movies.csv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const size_t first = line.find(','), last = line.rfind(',');
    const Index item = interactions.item(line.substr(0, first));
    if (item == kNoIndex) continue;
    const std::string title = line.substr(first + 1, last - first - 1);
    const size_t open = title.rfind('(');
    std::optional<std::string> year;
    if (open != std::string::npos && std::isdigit(static_cast<unsigned char>(title[open + 1])))
      year = title.substr(open + 1, 4);
    table.set(item, {line.substr(last + 1), title.substr(0, open), year});
  }
  return table;
}

}  // namespace proffer::recipes::testing
