// Measurements and diagnoses of the running server, for HTTP.
//
// Any thread. Each measurement works on a thread of its own, while the request's thread sends what it has to
// say and notices that the client has gone: then the work is cancelled.
#pragma once

#include "controller/http/call.h"
#include "controller/reconcile/measuring.h"

namespace proffer::app {

/// `measuring` outlives it.
http::Measurements measurementsOf(reconcile::Measuring& measuring);

}  // namespace proffer::app
