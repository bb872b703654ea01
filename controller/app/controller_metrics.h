// What the controller counts, as the series that /metrics shows (the names of controller-runtime under our
// prefix).
#pragma once

#include <vector>

#include "controller/http/metrics.h"
#include "controller/reconcile/metrics.h"

namespace proffer::app {

std::vector<http::MetricSample> controllerSamples(const reconcile::MetricsSnapshot& snapshot);

}  // namespace proffer::app
