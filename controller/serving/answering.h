// One answer: a function of the served route, the group's catalogue and the request.
//
// Any thread.
#pragma once

#include "base/error.h"
#include "controller/serving/engine.h"
#include "controller/serving/served_table.h"

namespace proffer::serving {

/// REQUIRES route.opened. Without `group` (or its catalogue) nothing is known of items and users. `limit`:
/// from checkRequest. `now`: for filters that speak of the time.
Result<Answer> answerRequest(const ServedRoute& route, const ServedGroup* group,
                             const RecommendRequest& request, size_t limit, Time now);

}  // namespace proffer::serving
