// Tags, which are an object's labels (TA-1, TA-2). Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace proffer::wire {

inline constexpr size_t kMostTags = 50;

/// Adds or overwrites the tags of a list of {tagKey, tagValue}; null adds none. kInvalidInput for a key that
/// stands twice or begins with "aws:"; kLimitExceeded with the field `tags` above 50.
Result<void> setTags(std::map<std::string, std::string>& labels, const Json& tags);
Json tagList(const std::map<std::string, std::string>& labels);

}  // namespace proffer::wire
