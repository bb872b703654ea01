// From the bodies of put requests to values of the store of live data: all that is wrong with a request is
// found before anything is stored (spec data-plane 3).
//
// Pure functions; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "controller/data/live_data.h"
#include "controller/http/put_columns.h"
#include "controller/http/put_rules.h"

namespace proffer::http {

/// What a request holds. `events` for (action) interactions, `rows` for the other datasets.
struct PutRows {
  std::vector<data::LiveEvent> events;
  std::vector<data::LiveRow> rows;
  int64_t ignoredValues = 0;           ///< of properties that match no column (E10)
  std::set<std::string> ignoredNames;  ///< of those, as sent; the first few
};

/// The largest event as JSON (E3).
inline constexpr size_t kLargestEvent = 10 * 1024;

/// Reads a request that was parsed, in the manner of its route. `now`: the time of native events that say
/// none. What is wrong goes to `faults`; then what is returned is not to be used.
PutRows readPut(const PutRules& rules, PutManner manner, const PutColumns& columns, const Json& request,
                Time now, PutFaults& faults);

/// Proffer's own routes take the rows in three forms, by the content type: a JSON object with a list, or one
/// row as an object; NDJSON, one row a line; CSV with a header. Members and columns are named freely
/// (`user_id`, `USER_ID` and `userId` are one), those that no row has a member for are properties. The
/// request as the tables of rules have it.
Result<Json> nativeRequest(const PutRules& rules, std::string_view contentType, std::string_view body);

}  // namespace proffer::http
