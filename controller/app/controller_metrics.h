// What the controller counts, as the series that /metrics shows (the names of controller-runtime under our
// prefix).
#pragma once

#include <vector>

#include "controller/http/metrics.h"
#include "controller/reconcile/metrics.h"
#include "controller/serving/engine.h"

namespace proffer::app {

std::vector<http::MetricSample> controllerSamples(const reconcile::MetricsSnapshot& snapshot);

std::vector<http::MetricSample> explorationSamples(const serving::ExplorationFigures& figures);

}  // namespace proffer::app
