// A list in a user's order (data-plane 2.3, 2.4): the items that the model knows by their score, then,
// without one, those that it does not, as they were given (R8, R14). A filter takes items out of the list
// (R15); the catalogue's rule, which chooses what to recommend, does not: the list is the caller's own.
//
// Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "controller/serving/catalogue.h"
#include "controller/serving/filtering.h"
#include "recipes/model.h"

namespace proffer::serving {

struct RankedItem {
  std::string_view id;                       ///< as it was given
  recipes::Index group = recipes::kNoIndex;  ///< of the group's dictionary; kNoIndex: never seen
  recipes::ScoredItem found;                 ///< its item is kNoIndex where the model does not know it
};

/// Each id once, where it first stood. `filter` and `situation`: null, or what lets items pass. The
/// question's own admission is not looked at.
Result<std::vector<RankedItem>> rankItems(const recipes::Model& model, recipes::Question question,
                                          const Catalogue* catalogue, std::span<const std::string> ids,
                                          const dsl::PreparedFilter* filter, const dsl::Situation* situation);

}  // namespace proffer::serving
