// The rules that a request must keep before anything is computed (data-plane 2.1, 2.3, 2.7).
//
// Pure functions; any thread.
#pragma once

#include "base/error.h"
#include "controller/serving/engine.h"
#include "controller/store/route_settings.h"

namespace proffer::serving {

inline constexpr int kDefaultResults = 25;
inline constexpr int kMostResults = 500;
inline constexpr int kMostResultsWithMetadata = 50;
inline constexpr size_t kMostMetadataColumns = 10;
inline constexpr size_t kLongestId = 256;

/// How many items to answer with; or kInvalidInput with the field.
Result<size_t> checkRequest(const RecommendRequest& request, const RouteSettings& settings);

}  // namespace proffer::serving
