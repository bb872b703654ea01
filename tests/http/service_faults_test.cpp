// tests/conformance/faults.txt over HTTP: every bad request gets the error that the service's clients expect,
// and nothing is stored.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>

#include "../wire/settle.h"
#include "base/text.h"
#include "fixture.h"

namespace service_faults_test {

using namespace proffer;
using namespace proffer::http;

namespace {

struct Fault {
  std::string operation, type, body;
  int line = 0;
};

std::vector<Fault> readFaults() {
  std::ifstream file(PROFFER_SOURCE_DIR "/tests/conformance/faults.txt");
  std::vector<Fault> faults;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const size_t first = line.find(' ');
    const size_t second = line.find(' ', first + 1);
    faults.push_back(
        {line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1), number});
  }
  return faults;
}

// {x*300} is a text of 300 x.
std::string expanded(const std::string& body) {
  static const std::regex kMany("\\{(.)\\*(\\d+)\\}");
  std::string out;
  auto at = body.cbegin();
  for (std::smatch match; std::regex_search(at, body.cend(), match, kMany); at = match[0].second) {
    out.append(at, match[0].first);
    out.append(static_cast<size_t>(std::stoul(match[2])), match[1].str()[0]);
  }
  return out.append(at, body.cend());
}

std::string replaced(std::string text, const std::string& name, const std::string& value) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
    text.replace(at, name.size(), value);
  return text;
}

struct World {
  TestServer fixture;
  httplib::Client client{"127.0.0.1", fixture.port};
  std::string version;

  World() {
    const std::string arn = "arn:aws:personalize:local:000000000000:";
    const std::string group = arn + "dataset-group/shop";
    make("CreateDatasetGroup", {{"name", "shop"}});
    make("CreateSchema", {{"name", "views"}, {"schema", wire::kInteractions}});
    make("CreateDataset", {{"name", "events"},
                           {"schemaArn", arn + "schema/views"},
                           {"datasetGroupArn", group},
                           {"datasetType", "Interactions"}});
    make("CreateFilter", {{"name", "seen"},
                          {"datasetGroupArn", group},
                          {"filterExpression", "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"*\")"}});
    make("CreateEventTracker", {{"name", "tracker"}, {"datasetGroupArn", group}});
    make("CreateSolution", {{"name", "taste"},
                            {"datasetGroupArn", group},
                            {"recipeArn", "arn:aws:personalize:::recipe/aws-popularity-count"}});
    version = make("CreateSolutionVersion", {{"solutionArn", arn + "solution/taste"}})["solutionVersionArn"];
    make("CreateCampaign", {{"name", "home"}, {"solutionVersionArn", version}});
  }

  httplib::Result post(const std::string& operation, const std::string& body) {
    const bool path = operation[0] == '/';
    httplib::Headers headers;
    if (!path && operation != "-") headers.emplace("X-Amz-Target", "AmazonPersonalize." + operation);
    return client.Post(path ? operation.c_str() : "/", headers, body, "application/x-amz-json-1.1");
  }

  Json make(const std::string& operation, const Json& body) {
    const auto answer = post(operation, dumpJson(body));
    REQUIRE(answer);
    INFO(operation << " " << answer->body);
    REQUIRE(answer->status == 200);
    CHECK(answer->get_header_value("Content-Type") == "application/x-amz-json-1.1");
    CHECK(answer->has_header("x-amzn-RequestId"));
    wire::settleAll(*fixture.store, fixture.simulated);
    return *parseJson(answer->body);
  }
};

}  // namespace

TEST_CASE("bad requests are answered with the service's errors, and store nothing") {
  World world;
  const auto faults = readFaults();
  CHECK(faults.size() >= 150);
  const int64_t before = world.fixture.store->resources().currentVersion();
  const std::string schema = dumpJson(Json(wire::kInteractions));
  for (const Fault& fault : faults) {
    std::string body = replaced(expanded(fault.body), "$VERSION", world.version);
    body = replaced(body, "\"$SCHEMA\"", schema);
    const auto answer = world.post(fault.operation, body);
    REQUIRE(answer);
    INFO("faults.txt:" << fault.line << ": " << fault.operation << " " << body.substr(0, 300) << "\n"
                       << answer->status << " " << answer->body);
    const auto json = parseJson(answer->body);
    REQUIRE(json);
    CHECK(stringMember(*json, "__type") == fault.type);
    CHECK_FALSE(stringMember(*json, "message").empty());
    CHECK(answer->get_header_value("x-amzn-ErrorType") == fault.type);
    CHECK(answer->has_header("x-amzn-RequestId"));
    CHECK(answer->has_header("Date"));
    const bool rest = fault.operation[0] == '/';
    CHECK(answer->status == (rest && fault.type == "ResourceNotFoundException" ? 404 : 400));
  }
  CHECK(world.fixture.store->resources().currentVersion() == before);
}

}  // namespace service_faults_test
