#include "controller/http/operations.h"

#include <array>

namespace proffer::http {
namespace {

constexpr std::array kOperations{
    Operation{"GET", "/", "showIndex", "What answers here", "", "Index", ""},
    Operation{"GET", "/healthz", "showHealth", "Whether the process answers", "", "Health", ""},
    Operation{"GET", "/readyz", "showReadiness",
              "Whether every wanted model was loaded, or is known to be broken", "", "Readiness", "503"},
    Operation{"GET", "/metrics", "showMetrics", "Figures in Prometheus' text form", "", "text", ""},
    Operation{"GET", "/openapi.json", "showOpenApi", "This description", "", "OpenApi", ""},

    Operation{"GET", "/v1/version", "showVersion", "The program's version", "", "Version", ""},
    Operation{"GET", "/v1/resources", "listAllResources", "Resources of all kinds", "", "ResourceList", ""},
    Operation{"GET", "/v1/watch", "watchResources", "Waits for changes after a resource version", "",
              "ChangeList", ""},
    Operation{"POST", "/v1/apply", "applyManifests", "Applies a whole set of manifests, or nothing",
              "ApplyRequest", "ApplyAnswer", ""},
    Operation{"GET", "/v1/journal", "readJournal", "What happened to each object", "", "Journal", ""},
    Operation{"GET", "/v1/jobs", "listJobs", "Imports and trainings, with their progress", "", "JobList", ""},
    Operation{"GET", "/v1/dump", "dumpServer", "Everything durable, as a tar file (docs/formats.md)", "",
              "tar", ""},
    Operation{"POST", "/v1/evaluate", "evaluateSolution",
              "Measures a solution on held-out events, beside others; lines of JSON until it is done",
              "EvaluationRequest", "lines", ""},
    Operation{"POST", "/v1/recommend", "recommend", "Recommendations in plain names", "RecommendRequest",
              "RecommendAnswer", ""},
    Operation{"POST", "/v1/filters/check", "checkFilter", "Holds an expression against a group's schemas",
              "FilterCheckRequest", "FilterCheck", ""},
    Operation{"POST", "/v1/filters/eval", "evaluateFilter", "Which items pass a filter, and why one does",
              "FilterEvalRequest", "FilterOutcome", ""},

    Operation{"POST", "/v1/groups/{group}/events", "putEventsOfGroup", "Stores events, as many as 1,000",
              "EventRows", "PutAnswer", ""},
    Operation{"POST", "/v1/groups/{group}/items", "putItemsOfGroup",
              "Stores or replaces items, as many as 1,000", "ItemRows", "PutAnswer", ""},
    Operation{"POST", "/v1/groups/{group}/users", "putUsersOfGroup",
              "Stores or replaces users, as many as 1,000", "UserRows", "PutAnswer", ""},

    Operation{"GET", "/v1/groups/{group}/diagnosis", "diagnoseGroup", "What the data of a group can carry",
              "", "Diagnosis", ""},
    Operation{"GET", "/v1/groups/{group}/{plural}", "listResourcesOfGroup", "One kind in one group", "",
              "ResourceList", ""},
    Operation{"GET", "/v1/groups/{group}/{plural}/{name}", "getResourceOfGroup", "One object of a group", "",
              "Resource", ""},
    Operation{"PUT", "/v1/groups/{group}/{plural}/{name}", "putResourceOfGroup",
              "Creates or replaces an object", "ResourceInput", "Resource", "201"},
    Operation{"PATCH", "/v1/groups/{group}/{plural}/{name}", "patchResourceOfGroup",
              "Changes parts of an object by a JSON merge patch", "ResourcePatch", "Resource", ""},
    Operation{"DELETE", "/v1/groups/{group}/{plural}/{name}", "deleteResourceOfGroup", "Deletes an object",
              "", "Deleted", ""},

    Operation{"GET", "/v1/{plural}", "listResources", "One kind", "", "ResourceList", ""},
    Operation{"GET", "/v1/{plural}/{name}", "getResource", "One object that belongs to the server", "",
              "Resource", ""},
    Operation{"PUT", "/v1/{plural}/{name}", "putResource", "Creates or replaces an object of the server",
              "ResourceInput", "Resource", "201"},
    Operation{"PATCH", "/v1/{plural}/{name}", "patchResource",
              "Changes parts of an object by a JSON merge patch", "ResourcePatch", "Resource", ""},
    Operation{"DELETE", "/v1/{plural}/{name}", "deleteResource", "Deletes an object of the server", "",
              "Deleted", ""},

    Operation{"POST", "/", "controlPlane",
              "The service's control plane; the header X-Amz-Target names the operation",
              "ControlPlaneRequest", "ControlPlaneResponse", ""},
    Operation{"POST", "/recommendations", "getRecommendations", "Recommendations in the service's shapes",
              "GetRecommendationsRequest", "GetRecommendationsResponse", ""},
    Operation{"POST", "/personalize-ranking", "getPersonalizedRanking",
              "A list of items in a user's order, in the service's shapes", "GetPersonalizedRankingRequest",
              "GetPersonalizedRankingResponse", ""},
    Operation{"POST", "/action-recommendations", "getActionRecommendations",
              "Answers that it is not built yet", "ServiceRequest", "ServiceError", ""},

    Operation{"POST", "/events", "putEvents", "Stores events, in the service's shapes", "PutEventsRequest",
              "PutResponse", ""},
    Operation{"POST", "/items", "putItems", "Stores or replaces items, in the service's shapes",
              "PutItemsRequest", "PutResponse", ""},
    Operation{"POST", "/users", "putUsers", "Stores or replaces users, in the service's shapes",
              "PutUsersRequest", "PutResponse", ""},
    Operation{"POST", "/actions", "putActions", "Stores or replaces actions, in the service's shapes",
              "PutActionsRequest", "PutResponse", ""},
    Operation{"POST", "/action-interactions", "putActionInteractions",
              "Stores action interactions, in the service's shapes", "PutActionInteractionsRequest",
              "PutResponse", ""},
};

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

}  // namespace proffer::http
