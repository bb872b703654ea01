// /openapi.json is true: it describes every route and no other, its references lead somewhere, and a client
// made from it works. What the case files show is held against it in cases_test.cpp.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>
#include <iostream>
#include <set>

#include "base/text.h"
#include "controller/http/operations.h"
#include "controller/http/routes.h"
#include "fixture.h"
#include "schema_check.h"

namespace openapi_test {

using namespace proffer;
using namespace proffer::http;

namespace {

void eachReference(const Json& value, const std::function<void(const std::string&)>& visit) {
  if (value.is_object() && value.contains("$ref")) visit(value["$ref"]);
  if (value.is_structured())
    for (const auto& [name, each] : value.items()) eachReference(each, visit);
}

struct Outcome {
  int status = -1;
  std::string output;
};

Outcome run(const std::string& command) {
  FILE* pipe = ::popen(("exec 2>&1; " + command).c_str(), "r");
  REQUIRE(pipe != nullptr);
  Outcome outcome;
  char buffer[4096];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe))
    outcome.output.append(buffer, count);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

Result<serving::Answer> answerFor(const serving::RecommendRequest& request) {
  if (request.group != "shop") return fail(ErrorCode::kNotFound, "there is no such recommender");
  serving::Answer answer;
  answer.recommendationId = "RID-1";
  answer.servedBy = "model";
  serving::RecommendedItem item;
  item.itemId = "item of " + request.userId;
  item.score = 0.5;
  answer.items.push_back(item);
  return answer;
}

}  // namespace

TEST_CASE("every route is described, once, and nothing else is") {
  std::vector<std::string> known, described;
  std::set<std::string_view> ids;
  for (const Route& route : routes()) known.push_back(fmt::format("{} {}", route.method, route.pattern));
  for (const Operation& operation : operations()) {
    described.push_back(fmt::format("{} {}", operation.method, operation.pattern));
    INFO(operation.id);
    CHECK(ids.insert(operation.id).second);
  }
  CHECK(described == known);
}

TEST_CASE("the description's references lead somewhere, and nothing is described in vain") {
  const Json document = openApiDocument("1.2.3");
  std::set<std::string> used;
  eachReference(document, [&](const std::string& reference) {
    INFO(reference);
    REQUIRE(reference.starts_with("#/components/schemas/"));
    CHECK(document.contains(Json::json_pointer(reference.substr(1))));
    used.insert(reference.substr(reference.rfind('/') + 1));
  });
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    INFO(name);
    CHECK((used.count(name) > 0 || name.ends_with("Spec")));
  }
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items())
      for (const auto& parameter : member(operation, "parameters"))
        if (parameter["in"] == "path")
          CHECK(path.find("{" + parameter["name"].get<std::string>() + "}") != std::string::npos);
}

TEST_CASE("the check of answers finds what is wrong") {
  const Json document = openApiDocument("1.2.3");
  const auto faults = [&](int status, const std::string& body, const std::string& type = "application/json") {
    return answerFaults(document, "GET", "/v1/version", status, type, body).size();
  };
  CHECK(faults(200, R"({"version": "1", "apiVersion": "proffer/v1"})") == 0);
  CHECK(faults(200, R"({"version": 1, "apiVersion": "proffer/v1"})") == 1);
  CHECK(faults(200, R"({"version": "1", "apiVersion": "proffer/v9"})") == 1);
  CHECK(faults(200, R"({"version": "1"})") == 1);
  CHECK(faults(200, R"({"version": "1", "apiVersion": "proffer/v1", "more": 1})") == 1);
  CHECK(faults(302, R"({"version": "1", "apiVersion": "proffer/v1"})") == 1);
  CHECK(faults(200, "", "text/html") == 1);
  CHECK(faults(404, R"({"error": {"type": "NotFound", "message": "no"}})") == 0);
  CHECK(faults(404, R"({"error": {"type": "NotFound"}})") == 1);
}

TEST_CASE("a client that is made from the description alone works") {
  if (run("python3 -c 'import json, urllib.request'").status != 0) {
    WARN("SKIPPED: there is no python3, which plays the foreign client");
    return;
  }
  TestServer fixture;
  fixture.engine.answerWith(answerFor);
  const Outcome outcome =
      run(fmt::format("python3 {}/tests/http/client_from_openapi.py {}", PROFFER_SOURCE_DIR, fixture.url()));
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(outcome.output.find("all operations were called") != std::string::npos);
}

// The generator is not packaged by Debian: scripts/generated_client.sh fetches it, and sets the variable.
TEST_CASE("a client that a generator makes of the description works") {
  const char* generator = std::getenv("PROFFER_OPENAPI_GENERATOR");
  if (generator == nullptr) {
    WARN(
        "SKIPPED: PROFFER_OPENAPI_GENERATOR names no openapi-python-client; see scripts/generated_client.sh");
    return;
  }
  TestServer fixture;
  fixture.engine.answerWith(answerFor);
  const Outcome outcome = run(fmt::format("sh {}/tests/http/generated_client.sh '{}' {}", PROFFER_SOURCE_DIR,
                                          generator, fixture.url()));
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(outcome.output.find("the generated client works") != std::string::npos);
}

}  // namespace openapi_test
