// GET /openapi.json: the table of routes, with what operations.cpp says of each, as OpenAPI 3.1.
#include "base/text.h"
#include "controller/http/handlers.h"
#include "controller/http/operations.h"
#include "controller/http/routes.h"

namespace proffer::http {
namespace {

Json reference(std::string_view schema) {
  return {{"$ref", fmt::format("#/components/schemas/{}", schema)}};
}

// The control plane has a content type of its own.
Json jsonContent(std::string_view schema) {
  const bool controlPlane = schema.starts_with("ControlPlane");
  return {
      {controlPlane ? "application/x-amz-json-1.1" : "application/json", {{"schema", reference(schema)}}}};
}

// What a query parameter holds; most are texts.
Json querySchema(const std::string& name) {
  const auto isOneOf = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (isOneOf({"prune", "allowPruneAll", "dryRun", "replace", "unfinished"})) return {{"type", "boolean"}};
  if (isOneOf({"resourceVersion", "timeoutSeconds", "after", "limit"}))
    return {{"type", "integer"}, {"minimum", 0}};
  return {{"type", "string"}};
}

Json parametersOf(const Route& route) {
  Json parameters = Json::array();
  for (const std::string& segment : split(route.pattern, '/'))
    if (segment.size() > 2 && segment.front() == '{')
      parameters.push_back({{"name", segment.substr(1, segment.size() - 2)},
                            {"in", "path"},
                            {"required", true},
                            {"schema", {{"type", "string"}}}});
  for (const std::string& name : split(route.query, ' '))
    if (!name.empty()) parameters.push_back({{"name", name}, {"in", "query"}, {"schema", querySchema(name)}});
  return parameters;
}

Json requestBodyOf(const Operation& operation) {
  Json content = jsonContent(operation.request);
  const bool takesYaml = operation.request == "ApplyRequest" || operation.request == "ResourceInput";
  if (takesYaml) content["application/yaml"] = {{"schema", {{"type", "string"}}}};
  const bool takesRows =
      operation.request == "EventRows" || operation.request == "ItemRows" || operation.request == "UserRows";
  if (takesRows)
    for (const char* type : {"application/x-ndjson", "text/csv"})
      content[type] = {{"schema", {{"type", "string"}}}};
  return {{"required", true}, {"content", std::move(content)}};
}

Json responsesOf(const Route& route, const Operation& operation) {
  const bool native = route.style == Style::kNative;
  Json responses = Json::object();
  Json content = jsonContent(operation.reply);
  if (operation.reply == "text") content = {{"text/plain", {{"schema", {{"type", "string"}}}}}};
  if (operation.reply == "lines") content = {{"application/x-ndjson", {{"schema", {{"type", "string"}}}}}};
  if (operation.reply == "tar") content = {{"application/x-tar", Json::object()}};
  if (operation.reply != "ServiceError") {
    responses["200"] = {{"description", "The answer"}, {"content", content}};
    for (const std::string& status : split(operation.alsoReplies, ' '))
      if (!status.empty()) responses[status] = {{"description", "The same"}, {"content", content}};
  }
  responses["default"] = {{"description", "What went wrong"},
                          {"content", jsonContent(native ? "Error" : "ServiceError")}};
  if (operation.reply == "ControlPlaneResponse")
    responses["default"]["content"]["application/x-amz-json-1.1"] = {{"schema", reference("ServiceError")}};
  return responses;
}

Json describe(const Route& route, const Operation& operation) {
  Json json{{"operationId", operation.id}, {"summary", operation.summary}};
  json["tags"] = {route.style == Style::kService ? "service" : "native"};
  if (Json parameters = parametersOf(route); !parameters.empty()) json["parameters"] = std::move(parameters);
  if (!operation.request.empty()) json["requestBody"] = requestBodyOf(operation);
  json["responses"] = responsesOf(route, operation);
  if ((route.traits & kOpen) != 0) json["security"] = Json::array();
  return json;
}

}  // namespace

Json openApiDocument(std::string_view version) {
  Json document{{"openapi", "3.1.0"}};
  document["info"] = {{"title", "Proffer"},
                      {"version", version},
                      {"description", "Resources, recommendations, health. docs/http-api.md says more."}};
  document["security"] = {{{"token", Json::array()}}, Json::object()};
  Json paths = Json::object();
  for (const Route& route : routes())
    for (const Operation& operation : operations())
      if (operation.method == route.method && operation.pattern == route.pattern)
        paths[std::string(route.pattern)][lower(route.method)] = describe(route, operation);
  document["paths"] = std::move(paths);
  document["components"] = {{"schemas", answerSchemas()},
                            {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}};
  return document;
}

Result<Reply> showOpenApi(Services& services, const Call&) {
  return jsonReply(openApiDocument(services.version));
}

}  // namespace proffer::http
