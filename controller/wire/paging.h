// Lists in pages: nextToken names the last ARN that was given, for the same operation and the same filter, so
// that objects that come and go meanwhile neither repeat nor hide others. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace proffer::wire {

struct Entry {
  std::string key;  ///< by which the list is sorted: unique
  Json summary;
};

/// {listMember: [...], nextToken}. kGone for a token of another list, or none of ours (InvalidNextToken).
Result<Json> page(std::vector<Entry> entries, const std::string& listMember, const std::string& operation,
                  const Json& input);

}  // namespace proffer::wire
