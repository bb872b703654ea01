// Telling serving what to answer with, and hearing whether it does. Any thread.
#pragma once

#include <string>

#include "controller/reconcile/environment.h"
#include "controller/store/route_settings.h"
#include "controller/store/routes.h"
#include "manifests/specs.h"

namespace proffer::reconcile {

struct RouteState {
  bool loaded = false;   ///< at least one replica answers with it
  bool serving = false;  ///< at least one replica answers, with it or with what came before
  std::string error;     ///< why a replica could not load it; empty: none failed
};

/// Writes the wanted route and reads what the replicas report of it.
Result<RouteState> publishRoute(const Environment& environment, store::Route route);
/// What a spec says of exploration, for serving.
void explore(RouteSettings& settings, const Exploration& exploration);
/// Keeps what is served but changes what a caller is told while there is nothing to serve.
Result<void> explainRoute(const Environment& environment, const Resource& object, const std::string& groupUid,
                          const RouteSettings& settings, const std::string& message);

}  // namespace proffer::reconcile
