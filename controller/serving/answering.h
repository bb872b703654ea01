// One answer: a function of the served route, the group's catalogue and the request.
//
// Any thread.
#pragma once

#include "base/error.h"
#include "controller/serving/engine.h"
#include "controller/serving/served_table.h"

namespace proffer::serving {

/// REQUIRES route.opened. `catalogue` may be null: nothing is known of items and users then. `limit`: from
/// checkRequest.
Result<Answer> answerRequest(const ServedRoute& route, const Catalogue* catalogue,
                             const RecommendRequest& request, size_t limit);

}  // namespace proffer::serving
