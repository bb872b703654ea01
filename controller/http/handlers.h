// The handlers that the route table names, by the file that holds them. Any thread.
#pragma once

#include "controller/http/call.h"

namespace proffer::http {

// health.cpp
Result<Reply> showIndex(Services& services, const Call& call);
Result<Reply> showHealth(Services& services, const Call& call);
Result<Reply> showReadiness(Services& services, const Call& call);
Result<Reply> showMetrics(Services& services, const Call& call);
Result<Reply> showVersion(Services& services, const Call& call);

// openapi.cpp
Result<Reply> showOpenApi(Services& services, const Call& call);

// resources.cpp
Result<Reply> listResources(Services& services, const Call& call);
Result<Reply> getResource(Services& services, const Call& call);
Result<Reply> putResource(Services& services, const Call& call);
Result<Reply> patchResource(Services& services, const Call& call);
Result<Reply> removeResource(Services& services, const Call& call);

// watch.cpp
Result<Reply> watchResources(Services& services, const Call& call);

// apply.cpp
Result<Reply> applyManifests(Services& services, const Call& call);

// history.cpp
Result<Reply> readJournal(Services& services, const Call& call);
Result<Reply> listJobs(Services& services, const Call& call);

// dump.cpp
Result<Reply> dumpServer(Services& services, const Call& call);

// measurements.cpp
Result<Reply> evaluateSolution(Services& services, const Call& call);
Result<Reply> diagnoseGroup(Services& services, const Call& call);

// recommend.cpp
Result<Reply> recommend(Services& services, const Call& call);

// filters.cpp
Result<Reply> checkFilter(Services& services, const Call& call);
Result<Reply> evaluateFilter(Services& services, const Call& call);

// puts.cpp: live data, in the service's shapes and in Proffer's own
Result<Reply> putEvents(Services& services, const Call& call);
Result<Reply> putItems(Services& services, const Call& call);
Result<Reply> putUsers(Services& services, const Call& call);
Result<Reply> putActions(Services& services, const Call& call);
Result<Reply> putActionInteractions(Services& services, const Call& call);
Result<Reply> putGroupEvents(Services& services, const Call& call);
Result<Reply> putGroupItems(Services& services, const Call& call);
Result<Reply> putGroupUsers(Services& services, const Call& call);

// control_plane.cpp: the service's control plane
Result<Reply> answerControlPlane(Services& services, const Call& call);

// runtime.cpp: the service's shapes
Result<Reply> getRecommendations(Services& services, const Call& call);
Result<Reply> getPersonalizedRanking(Services& services, const Call& call);
Result<Reply> operationNotBuilt(Services& services, const Call& call);

}  // namespace proffer::http
