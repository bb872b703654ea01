// The items of a generated catalogue: what behaviour depends on. Texts (titles, names, descriptions) are not
// kept, they are computed again from an item's number when items.csv is written. Immutable after
// makeCatalogue(); any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "controller/generate/generate.h"

namespace proffer::generate {

constexpr uint32_t kNoItem = UINT32_MAX;
constexpr int kMoods = 6;  ///< hidden tastes within a group; people of one mood like items of the same

struct Item {
  int64_t created = 0;  ///< epoch seconds
  float weight = 0;     ///< how popular at its best
  float lasting = 0;    ///< the share of it that never fades, in (0, 1]
  uint32_t figure = 0;  ///< streaming: running time in seconds; shop: price in cents
  uint32_t number = 0;  ///< of the item among those of its group; a part of a collection has the first part's
  uint32_t next = kNoItem;             ///< the next part of the same collection
  std::array<uint8_t, 3> groups = {};  ///< genres, or one second-level category; the first is the main one
  uint8_t groupCount = 1;
  uint8_t mood = 0;
  uint8_t part = 1;  ///< of a collection, from 1
};

struct Catalogue {
  Kind kind = Kind::kStreaming;
  uint64_t seed = 0;
  int64_t begin = 0;  ///< of the interactions, epoch seconds
  int64_t end = 0;
  std::vector<Item> items;
};

/// How many genres or second-level categories the kind has; the numbers in Item::groups are below it.
int groupCount(Kind kind);
/// How common each of them is, relative to the others.
std::vector<float> groupFrequencies(Kind kind);

/// Some items are there at `begin`, the first of all is always; the others come until `end`.
Catalogue makeCatalogue(const GenerateOptions& options, int64_t begin, int64_t end);

/// The header line of items.csv with its line feed, and the line of one item.
std::string itemsHeader(Kind kind);
void appendItem(const Catalogue& catalogue, uint32_t index, std::string& out);

/// "t17" or "p17": the ITEM_ID of the item with index 16.
void appendItemId(Kind kind, uint32_t index, std::string& out);

}  // namespace proffer::generate
