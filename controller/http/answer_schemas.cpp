// The schemas of requests and answers (JSON Schema 2020-12, as OpenAPI 3.1 takes them).
#include "controller/http/operations.h"
#include "manifests/documentation.h"
#include "manifests/kind_table.h"

namespace proffer::http {
namespace {

constexpr std::string_view kGeneral = R"json({
  "Index": {
    "type": "object", "additionalProperties": false, "required": ["name", "version", "paths"],
    "properties": {
      "name": {"type": "string"}, "version": {"type": "string"},
      "paths": {"type": "array", "items": {"type": "string"}}}},
  "Health": {
    "type": "object", "additionalProperties": false, "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["ok"]}}},
  "Readiness": {
    "type": "object", "additionalProperties": false, "required": ["status"],
    "properties": {
      "status": {"type": "string", "enum": ["ready", "not ready"]},
      "missing": {"type": "array", "items": {"$ref": "#/components/schemas/MissingPart"}}}},
  "MissingPart": {
    "type": "object", "additionalProperties": false, "required": ["part", "message"],
    "properties": {"part": {"type": "string"}, "message": {"type": "string"}}},
  "Version": {
    "type": "object", "additionalProperties": false, "required": ["version", "apiVersion"],
    "properties": {"version": {"type": "string"}, "apiVersion": {"type": "string", "enum": ["proffer/v1"]}}},
  "OpenApi": {
    "type": "object", "required": ["openapi", "info", "paths"],
    "properties": {"openapi": {"type": "string"}, "info": {"type": "object"}, "paths": {"type": "object"}}},
  "Position": {
    "type": "object", "additionalProperties": false,
    "properties": {
      "file": {"type": "string"}, "line": {"type": "integer", "minimum": 1},
      "column": {"type": "integer", "minimum": 1}}},
  "ErrorDetail": {
    "type": "object", "additionalProperties": false, "required": ["type", "message"],
    "properties": {
      "type": {"type": "string"}, "message": {"type": "string"}, "field": {"type": "string"},
      "position": {"$ref": "#/components/schemas/Position"}, "hint": {"type": "string"},
      "sourceLine": {"type": "string"}, "requestId": {"type": "string"}}},
  "Error": {
    "type": "object", "additionalProperties": false, "required": ["error"],
    "properties": {
      "error": {"$ref": "#/components/schemas/ErrorDetail"},
      "errors": {"type": "array", "minItems": 2, "items": {"$ref": "#/components/schemas/ErrorDetail"}}}},
  "ServiceError": {
    "type": "object", "additionalProperties": false, "required": ["__type", "message"],
    "properties": {"__type": {"type": "string"}, "message": {"type": "string"}}}
})json";

constexpr std::string_view kObjects = R"json({
  "Key": {
    "type": "object", "additionalProperties": false, "required": ["kind", "name"],
    "properties": {
      "kind": {"type": "string", "enum": []}, "group": {"type": "string"}, "name": {"type": "string"}}},
  "OwnerReference": {
    "type": "object", "additionalProperties": false, "required": ["kind", "name", "uid"],
    "properties": {"kind": {"type": "string"}, "name": {"type": "string"}, "uid": {"type": "string"}}},
  "Metadata": {
    "type": "object", "additionalProperties": false, "required": ["name"],
    "properties": {
      "name": {"type": "string"}, "group": {"type": "string"},
      "labels": {"type": "object", "additionalProperties": {"type": "string"}},
      "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
      "uid": {"type": "string"}, "arn": {"type": "string"},
      "generation": {"type": "integer", "minimum": 1}, "resourceVersion": {"type": "integer", "minimum": 1},
      "creationTimestamp": {"type": "string", "format": "date-time"},
      "deletionTimestamp": {"type": "string", "format": "date-time"},
      "ownerReferences": {"type": "array", "items": {"$ref": "#/components/schemas/OwnerReference"}},
      "finalizers": {"type": "array", "items": {"type": "string"}},
      "managedBy": {"type": "string"}}},
  "Resource": {
    "type": "object", "additionalProperties": false, "required": ["apiVersion", "kind", "metadata"],
    "description": "What spec holds is said by the schema that is called like the kind, with Spec behind it.",
    "properties": {
      "apiVersion": {"type": "string", "enum": ["proffer/v1"]}, "kind": {"type": "string", "enum": []},
      "metadata": {"$ref": "#/components/schemas/Metadata"},
      "spec": {"type": "object", "additionalProperties": true},
      "status": {"type": "object", "additionalProperties": true}}},
  "ResourceInput": {
    "type": "object", "additionalProperties": false,
    "description": "What the path says may be left out; status is ignored.",
    "properties": {
      "apiVersion": {"type": "string"}, "kind": {"type": "string"},
      "metadata": {"type": "object", "additionalProperties": true},
      "spec": {"type": "object", "additionalProperties": true},
      "status": {"type": "object", "additionalProperties": true}}},
  "ResourcePatch": {
    "type": "object", "additionalProperties": false,
    "properties": {
      "apiVersion": {"type": "string"}, "kind": {"type": "string"},
      "metadata": {"type": "object", "additionalProperties": false, "properties": {
        "labels": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "annotations": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "resourceVersion": {"type": "integer"}}},
      "spec": {"type": "object", "additionalProperties": true}}},
  "ResourceList": {
    "type": "object", "additionalProperties": false, "required": ["resourceVersion", "items"],
    "properties": {
      "resourceVersion": {"type": "integer", "minimum": 0},
      "items": {"type": "array", "items": {"$ref": "#/components/schemas/Resource"}}}},
  "Change": {
    "type": "object", "additionalProperties": false, "required": ["type", "resource"],
    "properties": {
      "type": {"type": "string", "enum": ["ADDED", "MODIFIED", "DELETED"]},
      "resource": {"$ref": "#/components/schemas/Resource"}}},
  "ChangeList": {
    "type": "object", "additionalProperties": false, "required": ["resourceVersion", "changes"],
    "properties": {
      "resourceVersion": {"type": "integer", "minimum": 0},
      "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Change"}}}},
  "Deleted": {
    "type": "object", "additionalProperties": false, "required": ["deleted"],
    "properties": {"deleted": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}}},
  "ManifestFile": {
    "type": "object", "additionalProperties": false, "required": ["name", "text"],
    "properties": {"name": {"type": "string"}, "text": {"type": "string"}}},
  "ApplyRequest": {
    "type": "object", "additionalProperties": false,
    "description": "Either files (YAML with their names, for errors with positions) or resources.",
    "properties": {
      "files": {"type": "array", "items": {"$ref": "#/components/schemas/ManifestFile"}},
      "resources": {"type": "array", "items": {"$ref": "#/components/schemas/ResourceInput"}}}},
  "FieldChange": {
    "type": "object", "additionalProperties": false, "required": ["path"],
    "properties": {"path": {"type": "string"}, "before": {}, "after": {}}},
  "ApplyResult": {
    "type": "object", "additionalProperties": false, "required": ["kind", "name", "action"],
    "properties": {
      "kind": {"type": "string", "enum": []}, "group": {"type": "string"}, "name": {"type": "string"},
      "action": {"type": "string", "enum": ["created", "configured", "unchanged", "recreated", "pruned"]},
      "changes": {"type": "array", "items": {"$ref": "#/components/schemas/FieldChange"}}}},
  "ApplyAnswer": {
    "type": "object", "additionalProperties": false, "required": ["resourceVersion", "dryRun", "results", "warnings"],
    "properties": {
      "resourceVersion": {"type": "integer", "minimum": 0}, "dryRun": {"type": "boolean"},
      "results": {"type": "array", "items": {"$ref": "#/components/schemas/ApplyResult"}},
      "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorDetail"}}}},
  "JournalEntry": {
    "type": "object", "additionalProperties": false,
    "required": ["about", "level", "reason", "message", "count", "first", "last", "sequence"],
    "properties": {
      "about": {"$ref": "#/components/schemas/Key"}, "level": {"type": "string", "enum": ["Normal", "Warning"]},
      "reason": {"type": "string"}, "message": {"type": "string"}, "count": {"type": "integer", "minimum": 1},
      "first": {"type": "string", "format": "date-time"}, "last": {"type": "string", "format": "date-time"},
      "sequence": {"type": "integer", "minimum": 1}}},
  "Journal": {
    "type": "object", "additionalProperties": false, "required": ["entries"],
    "properties": {"entries": {"type": "array", "items": {"$ref": "#/components/schemas/JournalEntry"}}}},
  "JobProgress": {
    "type": "object", "additionalProperties": false, "required": ["phase", "done", "total", "unit"],
    "properties": {
      "phase": {"type": "string"}, "done": {"type": "integer"}, "total": {"type": "integer"},
      "unit": {"type": "string"}}},
  "Job": {
    "type": "object", "additionalProperties": false,
    "required": ["id", "type", "owner", "state", "attempt", "maxAttempts", "created"],
    "properties": {
      "id": {"type": "integer"}, "type": {"type": "string"}, "owner": {"$ref": "#/components/schemas/Key"},
      "state": {"type": "string", "enum": ["queued", "running", "succeeded", "failed", "cancelled"]},
      "attempt": {"type": "integer"}, "maxAttempts": {"type": "integer"},
      "progress": {"$ref": "#/components/schemas/JobProgress"}, "error": {"type": "string"},
      "created": {"type": "string", "format": "date-time"}, "started": {"type": "string", "format": "date-time"},
      "finished": {"type": "string", "format": "date-time"}}},
  "JobList": {
    "type": "object", "additionalProperties": false, "required": ["jobs"],
    "properties": {"jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}}}}
})json";

constexpr std::string_view kRecommendations = R"json({
  "RecommendRequest": {
    "type": "object", "additionalProperties": false,
    "description": "Who recommends: either target (GROUP/NAME), or group and name.",
    "properties": {
      "target": {"type": "string", "maxLength": 256}, "group": {"type": "string"}, "name": {"type": "string"},
      "userId": {"type": "string", "maxLength": 256}, "itemId": {"type": "string", "maxLength": 256},
      "inputList": {"type": "array", "items": {"type": "string", "maxLength": 256}, "minItems": 1, "maxItems": 500,
                    "description": "Of recipes that rank: the items to put in order."},
      "numResults": {"type": "integer", "minimum": 0},
      "context": {"type": "object", "additionalProperties": {"type": "string"}},
      "filter": {"type": "string"},
      "filterValues": {"type": "object", "additionalProperties": {"type": "string"}},
      "metadataColumns": {"type": "array", "items": {"type": "string"}},
      "explain": {"type": "boolean"}}},
  "Evidence": {
    "type": "object", "additionalProperties": false, "required": ["kind", "value"],
    "properties": {
      "kind": {"type": "string"}, "itemId": {"type": "string"}, "title": {"type": "string"}, "value": {"type": "number"},
      "count": {"type": "integer"}, "detail": {"type": "string"}}},
  "RecommendedItem": {
    "type": "object", "additionalProperties": false, "required": ["itemId"],
    "properties": {
      "itemId": {"type": "string"}, "title": {"type": "string"}, "score": {"type": "number"},
      "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
      "reason": {"type": "array", "items": {"type": "string"}},
      "evidence": {"type": "array", "items": {"$ref": "#/components/schemas/Evidence"}}}},
  "RecommendAnswer": {
    "type": "object", "additionalProperties": false, "required": ["recommendationId", "servedBy", "items"],
    "properties": {
      "recommendationId": {"type": "string"}, "version": {"type": "string"}, "servedBy": {"type": "string"},
      "filtered": {
        "type": "object", "additionalProperties": false, "required": ["items"],
        "description": "What the filters did; only with explain.",
        "properties": {
          "items": {"type": "integer"},
          "filter": {
            "type": "object", "additionalProperties": false, "required": ["name", "passing"],
            "properties": {"name": {"type": "string"}, "passing": {"type": "integer"}}},
          "automaticFilter": {
            "type": "object", "additionalProperties": false, "required": ["eventTypes", "removed"],
            "properties": {
              "eventTypes": {"type": "array", "items": {"type": "string"}}, "removed": {"type": "integer"}}}}},
      "items": {"type": "array", "items": {"$ref": "#/components/schemas/RecommendedItem"}}}},
  "ControlPlaneRequest": {"type": "object", "additionalProperties": true},
  "ControlPlaneResponse": {"type": "object", "additionalProperties": true},
  "GetRecommendationsRequest": {
    "type": "object", "additionalProperties": true,
    "description": "Exactly one of campaignArn and recommenderArn: an ARN, or GROUP/NAME.",
    "properties": {
      "campaignArn": {"type": "string", "maxLength": 256}, "recommenderArn": {"type": "string", "maxLength": 256},
      "userId": {"type": "string", "maxLength": 256}, "itemId": {"type": "string", "maxLength": 256},
      "numResults": {"type": "integer", "minimum": 0},
      "context": {"type": "object", "additionalProperties": {"type": "string"}},
      "filterArn": {"type": "string", "maxLength": 256},
      "filterValues": {"type": "object", "additionalProperties": {"type": "string"}},
      "metadataColumns": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}}},
  "PredictedItem": {
    "type": "object", "additionalProperties": false, "required": ["itemId"],
    "properties": {
      "itemId": {"type": "string"}, "score": {"type": "number"},
      "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
      "reason": {"type": "array", "items": {"type": "string"}}}},
  "GetRecommendationsResponse": {
    "type": "object", "additionalProperties": false, "required": ["itemList", "recommendationId"],
    "properties": {
      "itemList": {"type": "array", "items": {"$ref": "#/components/schemas/PredictedItem"}},
      "recommendationId": {"type": "string"}}},
  "GetPersonalizedRankingRequest": {
    "type": "object", "additionalProperties": true, "required": ["campaignArn", "inputList", "userId"],
    "properties": {
      "campaignArn": {"type": "string", "maxLength": 256, "description": "An ARN, or GROUP/NAME."},
      "inputList": {"type": "array", "items": {"type": "string", "maxLength": 256}, "minItems": 1, "maxItems": 500},
      "userId": {"type": "string", "maxLength": 256},
      "context": {"type": "object", "additionalProperties": {"type": "string"}},
      "filterArn": {"type": "string", "maxLength": 256},
      "filterValues": {"type": "object", "additionalProperties": {"type": "string"}},
      "metadataColumns": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}}},
  "GetPersonalizedRankingResponse": {
    "type": "object", "additionalProperties": false, "required": ["personalizedRanking", "recommendationId"],
    "properties": {
      "personalizedRanking": {"type": "array", "items": {"$ref": "#/components/schemas/PredictedItem"}},
      "recommendationId": {"type": "string"}}},
  "ServiceRequest": {"type": "object", "additionalProperties": true}
})json";

constexpr std::string_view kFilters = R"json({
  "FilterCheckRequest": {
    "type": "object", "additionalProperties": false, "required": ["group", "expression"],
    "properties": {
      "group": {"type": "string"}, "expression": {"type": "string"},
      "dialect": {"type": "string", "enum": ["extended", "personalize"]}}},
  "FilterUses": {
    "type": "object", "additionalProperties": false, "required": ["fields"],
    "properties": {
      "fields": {"type": "array", "items": {"type": "string"}},
      "placeholders": {"type": "array", "items": {"type": "string"}},
      "required": {"type": "array", "items": {"type": "string"}},
      "reads": {"type": "array", "items": {"type": "string", "enum":
        ["interactions", "action interactions", "current user", "current item", "now"]}}}},
  "FilterCheck": {
    "type": "object", "additionalProperties": false, "required": ["ok"],
    "description": "Errors have their place within the expression.",
    "properties": {
      "ok": {"type": "boolean"}, "canonical": {"type": "string"}, "uses": {"$ref": "#/components/schemas/FilterUses"},
      "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorDetail"}}}},
  "FilterEvalRequest": {
    "type": "object", "additionalProperties": false, "required": ["group"],
    "description": "A filter of the group, or an expression.",
    "properties": {
      "group": {"type": "string"}, "filter": {"type": "string"}, "expression": {"type": "string"},
      "dialect": {"type": "string", "enum": ["extended", "personalize"]},
      "userId": {"type": "string", "maxLength": 256}, "itemId": {"type": "string", "maxLength": 256},
      "filterValues": {"type": "object", "additionalProperties": {"type": "string"}},
      "sample": {"type": "integer", "minimum": 0, "maximum": 1000},
      "explainItem": {"type": "string", "maxLength": 256}}},
  "FilterFinding": {
    "type": "object", "additionalProperties": false, "required": ["text", "passes"],
    "properties": {
      "text": {"type": "string"}, "passes": {"type": "boolean"}, "found": {"type": "string"},
      "parts": {"type": "array", "items": {"$ref": "#/components/schemas/FilterFinding"}}}},
  "FilterClause": {
    "type": "object", "additionalProperties": false, "required": ["action", "text", "applies"],
    "properties": {
      "action": {"type": "string", "enum": ["INCLUDE", "EXCLUDE"]}, "text": {"type": "string"},
      "applies": {"type": "boolean"}, "whyNot": {"type": "string"}, "matches": {"type": "boolean"},
      "where": {"$ref": "#/components/schemas/FilterFinding"}, "if": {"$ref": "#/components/schemas/FilterFinding"}}},
  "FilterOutcome": {
    "type": "object", "additionalProperties": false, "required": ["canonical", "passing", "items", "sample"],
    "properties": {
      "canonical": {"type": "string"}, "passing": {"type": "integer"}, "items": {"type": "integer"},
      "sample": {"type": "array", "items": {"$ref": "#/components/schemas/RecommendedItem"}},
      "explanation": {
        "type": "object", "additionalProperties": false, "required": ["passes", "reason", "clauses"],
        "properties": {
          "passes": {"type": "boolean"}, "reason": {"type": "string"},
          "clauses": {"type": "array", "items": {"$ref": "#/components/schemas/FilterClause"}}}}}}
})json";

constexpr std::string_view kPuts = R"json({
  "EventRow": {
    "type": "object", "additionalProperties": true, "required": ["itemId"],
    "description": "Further members are columns of the schema.",
    "properties": {
      "userId": {"type": "string", "maxLength": 256}, "sessionId": {"type": "string", "maxLength": 256},
      "itemId": {"type": "string", "maxLength": 256}, "eventType": {"type": "string", "maxLength": 256},
      "timestamp": {"type": ["number", "string"]}, "eventId": {"type": "string", "maxLength": 256},
      "eventValue": {"type": ["number", "string"]}, "recommendationId": {"type": "string", "maxLength": 40},
      "impression": {"type": "array", "maxItems": 25, "items": {"type": "string"}},
      "properties": {"type": "object"}}},
  "EventRows": {
    "type": "object", "required": ["events"], "additionalProperties": false,
    "properties": {"events": {"type": "array", "minItems": 1, "maxItems": 1000,
                              "items": {"$ref": "#/components/schemas/EventRow"}}}},
  "ItemRows": {
    "type": "object", "required": ["items"], "additionalProperties": false,
    "properties": {"items": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {
      "type": "object", "additionalProperties": true, "required": ["itemId"],
      "properties": {"itemId": {"type": "string", "maxLength": 256}}}}}},
  "UserRows": {
    "type": "object", "required": ["users"], "additionalProperties": false,
    "properties": {"users": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {
      "type": "object", "additionalProperties": true, "required": ["userId"],
      "properties": {"userId": {"type": "string", "maxLength": 256}}}}}},
  "PutAnswer": {
    "type": "object", "additionalProperties": false, "required": ["stored", "duplicates", "warnings"],
    "properties": {
      "stored": {"type": "integer", "minimum": 0}, "duplicates": {"type": "integer", "minimum": 0},
      "warnings": {"type": "array", "items": {"type": "string"}}}},
  "PutResponse": {"type": "object", "additionalProperties": false},
  "PutEventsRequest": {
    "type": "object", "additionalProperties": true, "required": ["trackingId", "sessionId", "eventList"],
    "properties": {
      "trackingId": {"type": "string", "maxLength": 256}, "sessionId": {"type": "string", "maxLength": 256},
      "userId": {"type": "string", "maxLength": 256},
      "eventList": {"type": "array", "minItems": 1, "maxItems": 10, "items": {"type": "object"}}}},
  "PutItemsRequest": {
    "type": "object", "additionalProperties": true, "required": ["datasetArn", "items"],
    "properties": {
      "datasetArn": {"type": "string", "maxLength": 256},
      "items": {"type": "array", "minItems": 1, "maxItems": 10, "items": {"type": "object"}}}},
  "PutUsersRequest": {
    "type": "object", "additionalProperties": true, "required": ["datasetArn", "users"],
    "properties": {
      "datasetArn": {"type": "string", "maxLength": 256},
      "users": {"type": "array", "minItems": 1, "maxItems": 10, "items": {"type": "object"}}}},
  "PutActionsRequest": {
    "type": "object", "additionalProperties": true, "required": ["datasetArn", "actions"],
    "properties": {
      "datasetArn": {"type": "string", "maxLength": 256},
      "actions": {"type": "array", "minItems": 1, "maxItems": 10, "items": {"type": "object"}}}},
  "PutActionInteractionsRequest": {
    "type": "object", "additionalProperties": true, "required": ["trackingId", "actionInteractions"],
    "properties": {
      "trackingId": {"type": "string", "maxLength": 256},
      "actionInteractions": {"type": "array", "minItems": 1, "maxItems": 10, "items": {"type": "object"}}}}
})json";

constexpr std::string_view kMeasurements = R"json({
  "EvaluationRequest": {
    "type": "object", "additionalProperties": false, "required": ["target"],
    "properties": {
      "target": {"type": "string", "maxLength": 256, "description": "GROUP/NAME of a solution, recommender, campaign or version"},
      "against": {"type": "array", "maxItems": 20, "items": {"type": "string", "maxLength": 256}},
      "protocol": {"type": "string", "enum": ["users", "leave-last", "rolling", "following"]},
      "allFolds": {"type": "boolean"},
      "repeats": {"type": "integer", "minimum": 1, "maximum": 100},
      "resamples": {"type": "integer", "minimum": 0, "maximum": 100000},
      "seed": {"type": "integer", "minimum": 0},
      "ties": {"type": "string", "enum": ["hash", "item-id"]},
      "split": {"type": "boolean"}}},
  "Bar": {
    "type": "object", "additionalProperties": false, "required": ["label", "value"],
    "properties": {"label": {"type": "string"}, "value": {"type": "number"}}},
  "Diagnosis": {
    "type": "object", "additionalProperties": false,
    "required": ["interactions", "users", "items", "eventTypes", "charts", "findings", "useCases"],
    "properties": {
      "interactions": {"type": "integer"}, "users": {"type": "integer"}, "items": {"type": "integer"},
      "first": {"type": "string"}, "last": {"type": "string"},
      "eventTypes": {"type": "array", "items": {
        "type": "object", "additionalProperties": false, "required": ["eventType", "events"],
        "properties": {"eventType": {"type": "string"}, "events": {"type": "integer"}}}},
      "charts": {"type": "array", "items": {
        "type": "object", "additionalProperties": false, "required": ["name", "title", "unit", "bars"],
        "properties": {
          "name": {"type": "string"}, "title": {"type": "string"}, "unit": {"type": "string"},
          "bars": {"type": "array", "items": {"$ref": "#/components/schemas/Bar"}}}}},
      "findings": {"type": "array", "items": {
        "type": "object", "additionalProperties": false, "required": ["grade", "about", "message"],
        "properties": {
          "grade": {"type": "string", "enum": ["good", "notice", "problem"]}, "about": {"type": "string"},
          "message": {"type": "string"}, "remedy": {"type": "string"}}}},
      "useCases": {"type": "array", "items": {
        "type": "object", "additionalProperties": false, "required": ["name", "possible", "events"],
        "properties": {
          "name": {"type": "string"}, "possible": {"type": "boolean"}, "events": {"type": "integer"},
          "message": {"type": "string"}}}}}}
})json";

Json readSchemas() {
  Json all = Json::object();
  for (const std::string_view part : {kGeneral, kObjects, kRecommendations, kFilters, kPuts, kMeasurements})
    all.update(Json::parse(part));
  Json kinds = Json::array();
  const Json manifests = manifestSchema();
  for (const KindTable& kind : allKinds()) {
    kinds.push_back(kind.kind);
    all[kind.kind + "Spec"] = manifests.at("$defs").at(kind.kind).at("properties").at("spec");
  }
  for (const char* name : {"Key", "Resource", "ApplyResult"}) all[name]["properties"]["kind"]["enum"] = kinds;
  return all;
}

}  // namespace

const Json& answerSchemas() {
  static const Json schemas = readSchemas();
  return schemas;
}

}  // namespace proffer::http
