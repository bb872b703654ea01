// Reading the members of a request for recommendations, with the limits of spec data-plane 2.1. Pure
// functions; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "controller/http/call.h"
#include "controller/serving/engine.h"

namespace proffer::http {

inline constexpr size_t kLongestId = 256;
inline constexpr size_t kMostMetadataColumns = 10;
inline constexpr size_t kMostRanked = 500;       // Q4
inline constexpr size_t kMostFilterValues = 25;  // F33
inline constexpr size_t kLongestFilterKey = 50;
inline constexpr size_t kLongestFilterValue = 1000;

/// A string of at most `limit` characters, empty if the member is absent or null. kInvalidInput names the
/// member.
Result<std::string> textMember(const Json& object, const std::string& name, size_t limit);
/// The same for the member that names a filter, where an empty text is an error: "" if absent.
Result<std::string> filterMember(const Json& body, const std::string& name, size_t limit);
/// A whole number from 0 up, nothing if absent. The upper bound depends on the recipe, so the engine checks
/// it.
Result<std::optional<int>> countMember(const Json& object, const std::string& name);
/// At most `most` pairs of strings; keys of at most `keyLimit` letters, digits and underscores.
Result<std::map<std::string, std::string>> pairsMember(const Json& object, const std::string& name,
                                                       size_t most, size_t keyLimit, size_t valueLimit);
/// A list of at most kMostRanked ids, empty if absent; an empty one is an error (R14). The engine checks what
/// they are.
Result<std::vector<std::string>> listMember(const Json& object, const std::string& name);
/// A list of column names.
Result<std::vector<std::string>> columnsOf(const Json& list, const std::string& path);

/// userId, itemId, numResults, context and filterValues: what both forms of the request share.
Result<serving::RecommendRequest> sharedMembers(const Json& body);
/// "group/name" into the request; kInvalidInput if it is anything else.
Result<void> setTarget(serving::RecommendRequest& request, const std::string& target,
                       const std::string& path);

/// The name of a filter of `group` that is given as name, GROUP/NAME or ARN; empty if `text` is.
/// kInvalidInput, with the field `path`, for one of another group.
Result<std::string> filterName(Services& services, const std::string& text, const std::string& group,
                               const std::string& path);

/// At most 7 decimals, as the service returns scores (R5).
double roundedScore(double score);

}  // namespace proffer::http
