// A second importer, written from the description alone: one character after the other, everything in memory.
// What the real one finds in a file must be what this one finds.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proffer::data::reference {

struct Row {
  int64_t line = 0;  ///< the row's first, from 1
  std::vector<std::string> fields;
  bool broken = false;  ///< quotes that are not closed, or text after them
};

/// All rows of a text, the header among them.
std::vector<Row> readCsv(std::string_view text);

struct Result {
  std::vector<std::string> lines;                    ///< as allInteractions() gives them
  std::vector<std::string> users, items;             ///< in the order of appearance
  std::vector<std::pair<int64_t, std::string>> bad;  ///< line and kind
  int64_t duplicates = 0;
};

/// Interactions with the columns USER_ID, ITEM_ID, TIMESTAMP, EVENT_TYPE (null), EVENT_VALUE (null), DEVICE
/// (null). Of several texts, as of several files.
Result import(const std::vector<std::string>& texts);

}  // namespace proffer::data::reference
