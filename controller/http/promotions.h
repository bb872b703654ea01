// Promotions of a request for recommendations (spec data-plane 2.6): items that a filter chooses get a share
// of the answer, at random places among the others, in order of relevance among themselves.
//
// Pure but for mergePromoted's dice, which are thrown with the answer's id; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "controller/serving/engine.h"

namespace proffer::http {

struct Promotion {
  std::string name;  ///< empty: none was given
  int percent = 0;   ///< 1 to 100
  std::string filter;
  std::map<std::string, std::string> filterValues;
};

/// Of the request's body; nothing if it has none. kInvalidInput names the member (R21).
Result<std::optional<Promotion>> promotionOf(const Json& body);

/// How many of `results` are promoted: half up, at least one (R18).
size_t promotedCount(int percent, size_t results);

struct MergedItem {
  serving::RecommendedItem item;
  bool promoted = false;
};
/// An item is listed once, among the promoted ones if it is in both (R18).
std::vector<MergedItem> mergePromoted(const serving::Answer& answer, const serving::Answer& promoted,
                                      size_t results);

}  // namespace proffer::http
