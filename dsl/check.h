// Holds a syntax tree against the schemas of a group: do the datasets and fields exist, may they stand there,
// do types and operators fit. And what a filter uses. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dsl/fields.h"
#include "dsl/syntax.h"

namespace proffer::dsl {

struct CheckOptions {
  Dialect dialect = Dialect::kExtended;
  size_t mostFields =
      0;  ///< distinct fields allowed in one filter (F43); 0: any number. kLimitExceeded above it
};

/// All errors, in order of position; empty: the filter can be compiled for these fields. `text` is what the
/// tree was parsed from (for positions and carets). Errors are as parse()'s; the rules of both dialects: one
/// entity in all chained expressions (F23), datasets that fit the entity (1.3), fields that exist and are not
/// textual (F17), operators and values that fit the type (1.4). Only of kPersonalize: one dataset per
/// expression (F12), only EVENT_TYPE of interactions (F13), no boolean or automatic fields (F17).
std::vector<Error> check(const Filter& filter, std::string_view text, const Fields& fields,
                         const CheckOptions& options);

/// What a filter needs of the request and the data.
struct Uses {
  std::set<std::string> fields;        ///< "Items.PRICE", "CurrentUser.AGE", sorted
  std::set<std::string> placeholders;  ///< all, without $
  std::set<std::string> required;      ///< those of INCLUDE expressions, which must have a value (F37)
  bool interactions = false;           ///< reads the user's interactions
  bool actionInteractions = false;
  bool currentUser = false;  ///< reads attributes of the requesting user
  bool currentItem = false;  ///< reads attributes of the request's item (F15)
  bool now = false;
  /// Whether the answer is the same for every request: no user, no item, no placeholder, no NOW.
  bool fixed() const {
    return placeholders.empty() && !interactions && !actionInteractions && !currentUser && !currentItem &&
           !now;
  }
};
Uses usesOf(const Filter& filter);

/// parse() and check() in one: errors of both, in order of position. `filter` only if there are no errors.
struct Analysis {
  std::optional<Filter> filter;
  std::vector<Error> errors;
};
Analysis analyze(std::string_view text, const Fields& fields, const CheckOptions& options);

/// The error as the service words it (1.7): "Invalid Expression: <reason> at position <n>", n counting
/// characters from 1 over the whole expression; for a placeholder with NOT IN the documented text.
std::string serviceMessage(const Error& error, std::string_view text);

}  // namespace proffer::dsl
