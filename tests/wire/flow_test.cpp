// The control plane's operations as a client uses them, from a group to its deletion.
#include <set>

#include "base/text.h"
#include "fixture.h"

namespace flow_test {

using namespace proffer;
using namespace proffer::wire;

namespace {

const std::string kArn = "arn:aws:personalize:local:000000000000:";

void makeGroup(Plane& plane, const std::string& name) {
  plane.ask("CreateDatasetGroup", {{"name", name}});
  plane.settle();
}

void makeInteractions(Plane& plane, const std::string& group) {
  if (plane.ask("ListSchemas")["schemas"].empty())
    plane.ask("CreateSchema", {{"name", "views"}, {"schema", kInteractions}});
  plane.ask("CreateDataset", {{"name", "events"},
                              {"schemaArn", kArn + "schema/views"},
                              {"datasetGroupArn", kArn + "dataset-group/" + group},
                              {"datasetType", "Interactions"}});
  plane.settle();
}

std::string makeVersion(Plane& plane) {
  plane.ask("CreateSolution", {{"name", "taste"},
                               {"datasetGroupArn", kArn + "dataset-group/shop"},
                               {"recipeArn", "arn:aws:personalize:::recipe/aws-popularity-count"}});
  plane.settle();
  const Json version = plane.ask("CreateSolutionVersion", {{"solutionArn", kArn + "solution/taste"}});
  plane.settle();
  return version["solutionVersionArn"];
}

}  // namespace

TEST_CASE("a group goes from CREATE PENDING to ACTIVE and away") {
  Plane plane;
  const Json made = plane.ask("CreateDatasetGroup", {{"name", "shop"}, {"domain", "ECOMMERCE"}});
  CHECK(made == Json({{"datasetGroupArn", kArn + "dataset-group/shop"}, {"domain", "ECOMMERCE"}}));
  const Json arn{{"datasetGroupArn", kArn + "dataset-group/shop"}};
  Json group = plane.ask("DescribeDatasetGroup", arn)["datasetGroup"];
  CHECK(group["status"] == "CREATE PENDING");
  CHECK(group["creationDateTime"] == 1767323045.678);
  CHECK(group["domain"] == "ECOMMERCE");
  CHECK_FALSE(group.contains("failureReason"));
  plane.settle();
  CHECK(plane.ask("DescribeDatasetGroup", arn)["datasetGroup"]["status"] == "ACTIVE");
  CHECK(plane.ask("ListDatasetGroups")["datasetGroups"].size() == 1);
  CHECK(plane.refused("CreateDatasetGroup", {{"name", "shop"}}) == "ResourceAlreadyExistsException");
  CHECK(plane.message == "Another resource with Arn " + kArn + "dataset-group/shop already exists.");
  CHECK(plane.ask("DeleteDatasetGroup", arn) == Json::object());
  CHECK(plane.ask("DescribeDatasetGroup", arn)["datasetGroup"]["status"] == "DELETE PENDING");
  CHECK(plane.refused("DeleteDatasetGroup", arn) == "ResourceInUseException");
  plane.collect();
  CHECK(plane.refused("DescribeDatasetGroup", arn) == "ResourceNotFoundException");
  CHECK(plane.message == "Resource Arn " + kArn + "dataset-group/shop does not exist.");
}

TEST_CASE("a schema's text comes back as it was sent") {
  Plane plane;
  plane.ask("CreateSchema", {{"name", "views"}, {"schema", kInteractions}});
  const Json schema = plane.ask("DescribeSchema", {{"schemaArn", kArn + "schema/views"}})["schema"];
  CHECK(schema["schema"] == kInteractions);
  CHECK_FALSE(schema.contains("status"));
  CHECK(plane.ask("ListSchemas")["schemas"][0]["name"] == "views");
  CHECK(plane.refused("CreateSchema", {{"name", "other"}, {"schema", "{"}}) == "InvalidInputException");
}

TEST_CASE("datasets have the ARN of their group and type, one of each type") {
  Plane plane;
  makeGroup(plane, "shop");
  makeInteractions(plane, "shop");
  const std::string arn = kArn + "dataset/shop/INTERACTIONS";
  const Json dataset = plane.ask("DescribeDataset", {{"datasetArn", arn}})["dataset"];
  CHECK(dataset["datasetType"] == "INTERACTIONS");
  CHECK(dataset["schemaArn"] == kArn + "schema/views");
  CHECK(dataset["status"] == "ACTIVE");
  CHECK(plane.refused("CreateDataset", {{"name", "again"},
                                        {"schemaArn", kArn + "schema/views"},
                                        {"datasetGroupArn", kArn + "dataset-group/shop"},
                                        {"datasetType", "INTERACTIONS"}}) ==
        "ResourceAlreadyExistsException");
  CHECK(plane.refused("DeleteSchema", {{"schemaArn", kArn + "schema/views"}}) == "ResourceInUseException");
  CHECK(plane.refused("DeleteDatasetGroup", {{"datasetGroupArn", kArn + "dataset-group/shop"}}) ==
        "ResourceInUseException");
}

TEST_CASE("what the protocol makes is an ordinary resource, and a manifest's is shown") {
  Plane plane;
  makeGroup(plane, "shop");
  makeInteractions(plane, "shop");
  const auto dataset = plane.store->resources().get({"Dataset", "shop", "events"});
  REQUIRE(dataset);
  CHECK(stringMember(dataset->spec, "schema") == "views");
  Resource filter;
  filter.kind = "Filter";
  filter.metadata.name = "cheap";
  filter.metadata.group = "shop";
  filter.metadata.managedBy = "set/shop";
  filter.spec = {{"expression", "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"a\")"},
                 {"dialect", "extended"}};
  REQUIRE(plane.store->resources().create(filter));
  plane.settle();
  const Json filters = plane.ask("ListFilters", {{"datasetGroupArn", kArn + "dataset-group/shop"}});
  REQUIRE(filters["Filters"].size() == 1);
  const std::string arn = filters["Filters"][0]["filterArn"];
  CHECK(arn == kArn + "filter/shop.cheap");
  CHECK(plane.refused("DeleteFilter", {{"filterArn", arn}}) == "ResourceInUseException");
  CHECK(plane.message.find("set/shop") != std::string::npos);
  CHECK(plane.refused("TagResource", {{"resourceArn", arn},
                                      {"tags", Json::array({{{"tagKey", "a"}, {"tagValue", "b"}}})}}) ==
        "ResourceInUseException");
}

TEST_CASE("a version of mode UPDATE needs a trained one, and a recipe that has it") {
  Plane plane;
  makeGroup(plane, "shop");
  makeInteractions(plane, "shop");
  makeVersion(plane);
  Json wanted{{"solutionArn", kArn + "solution/taste"}, {"trainingMode", "UPDATE"}};
  CHECK(plane.refused("CreateSolutionVersion", wanted) == "InvalidInputException");
  CHECK(plane.message.find("aws-user-personalization and aws-hrnn-coldstart") != std::string::npos);

  plane.ask("CreateSolution", {{"name", "own"},
                               {"datasetGroupArn", kArn + "dataset-group/shop"},
                               {"recipeArn", "arn:aws:personalize:::recipe/aws-user-personalization"}});
  plane.settle();
  wanted["solutionArn"] = kArn + "solution/own";
  CHECK(plane.refused("CreateSolutionVersion", wanted) == "InvalidInputException");
  CHECK(plane.message.find("made with FULL") != std::string::npos);
  plane.ask("CreateSolutionVersion", {{"solutionArn", kArn + "solution/own"}});
  CHECK(plane.refused("CreateSolutionVersion", wanted) == "InvalidInputException");  // not ACTIVE yet
  plane.settle();
  const std::string updated = plane.ask("CreateSolutionVersion", wanted)["solutionVersionArn"];
  plane.settle();
  const Json shown =
      plane.ask("DescribeSolutionVersion", {{"solutionVersionArn", updated}})["solutionVersion"];
  CHECK(shown["trainingMode"] == "UPDATE");
  CHECK(shown["trainingType"] == "MANUAL");
  CHECK(shown["status"] == "ACTIVE");
  wanted["trainingMode"] = "AUTOTRAIN";
  CHECK(plane.refused("CreateSolutionVersion", wanted) == "InvalidInputException");
  CHECK(plane.message.find("AUTOTRAIN") != std::string::npos);
}

TEST_CASE("solutions, versions and campaigns follow each other") {
  Plane plane;
  makeGroup(plane, "shop");
  makeInteractions(plane, "shop");
  const std::string version = makeVersion(plane);
  CHECK(version.starts_with(kArn + "solution/taste/"));
  const Json solution = plane.ask("DescribeSolution", {{"solutionArn", kArn + "solution/taste"}})["solution"];
  CHECK(solution["performAutoTraining"] == true);
  CHECK(solution["recipeArn"] == "arn:aws:personalize:::recipe/aws-popularity-count");
  CHECK_FALSE(solution.contains("solutionConfig"));
  CHECK(solution["latestSolutionVersion"]["solutionVersionArn"] == version);
  const Json shown =
      plane.ask("DescribeSolutionVersion", {{"solutionVersionArn", version}})["solutionVersion"];
  CHECK(shown["status"] == "ACTIVE");
  CHECK(shown["trainingType"] == "MANUAL");
  CHECK(shown["solutionConfig"] == Json::object());
  CHECK(plane.ask("GetSolutionMetrics", {{"solutionVersionArn", version}})["metrics"]["coverage"] == 0.5);

  CHECK(
      plane.refused("CreateCampaign", {{"name", "home"}, {"solutionVersionArn", kArn + "solution/taste"}}) ==
      "ResourceNotFoundException");
  CHECK(plane.message.find("$LATEST") != std::string::npos);
  plane.ask("CreateCampaign", {{"name", "home"}, {"solutionVersionArn", version}, {"minProvisionedTPS", 2}});
  plane.settle();
  const Json arn{{"campaignArn", kArn + "campaign/home"}};
  Json campaign = plane.ask("DescribeCampaign", arn)["campaign"];
  CHECK(campaign["status"] == "ACTIVE");
  CHECK(campaign["solutionVersionArn"] == version);
  CHECK(campaign["minProvisionedTPS"] == 2);
  CHECK_FALSE(campaign.contains("latestCampaignUpdate"));
  CHECK(plane.ask("ListCampaigns", {{"solutionArn", kArn + "solution/taste"}})["campaigns"].size() == 1);
  CHECK(plane.refused("DeleteSolution", {{"solutionArn", kArn + "solution/taste"}}) ==
        "ResourceInUseException");

  const Json second = plane.ask("CreateSolutionVersion", {{"solutionArn", kArn + "solution/taste"}});
  CHECK(plane.refused("UpdateCampaign", {{"campaignArn", kArn + "campaign/home"},
                                         {"solutionVersionArn", second["solutionVersionArn"]}}) ==
        "ResourceInUseException");
  plane.settle();
  plane.ask("UpdateCampaign", {{"campaignArn", kArn + "campaign/home"},
                               {"solutionVersionArn", kArn + "solution/taste/$LATEST"},
                               {"campaignConfig", {{"syncWithLatestSolutionVersion", true}}}});
  campaign = plane.ask("DescribeCampaign", arn)["campaign"];
  CHECK(campaign["latestCampaignUpdate"]["status"] == "CREATE PENDING");
  CHECK(campaign["campaignConfig"] == Json({{"syncWithLatestSolutionVersion", true}}));
  plane.settle();
  campaign = plane.ask("DescribeCampaign", arn)["campaign"];
  CHECK(campaign["latestCampaignUpdate"]["status"] == "ACTIVE");
  const auto stored = plane.store->resources().get({"Campaign", "shop", "home"});
  REQUIRE(stored);
  CHECK(stringMember(stored->spec, "version") == "latest");

  for (const char* operation : {"DeleteCampaign", "DeleteSolution"}) {
    plane.ask(operation, {{"campaignArn", kArn + "campaign/home"}, {"solutionArn", kArn + "solution/taste"}});
    plane.collect();
  }
  CHECK(plane.ask("ListSolutionVersions")["solutionVersions"].empty());
}

TEST_CASE("lists come in pages with opaque tokens") {
  Plane plane;
  for (int i = 0; i < 7; ++i)
    plane.ask("CreateSchema", {{"name", fmt::format("s{}", i)}, {"schema", kInteractions}});
  Json input{{"maxResults", 3}};
  std::set<std::string> seen;
  for (int page = 0; page < 3; ++page) {
    const Json answer = plane.ask("ListSchemas", input);
    for (const Json& schema : answer["schemas"]) CHECK(seen.insert(schema["name"]).second);
    CHECK(answer.contains("nextToken") == (page < 2));
    if (page < 2) input["nextToken"] = answer["nextToken"];
  }
  CHECK(seen.size() == 7);
  CHECK(plane.refused("ListDatasetGroups", {{"nextToken", input["nextToken"]}}) ==
        "InvalidNextTokenException");
  CHECK(plane.refused("ListSchemas", {{"nextToken", "nonsense"}}) == "InvalidNextTokenException");
}

TEST_CASE("tags are labels, at most fifty") {
  Plane plane;
  plane.ask("CreateDatasetGroup",
            {{"name", "shop"}, {"tags", Json::array({{{"tagKey", "team"}, {"tagValue", "search"}}})}});
  const std::string arn = kArn + "dataset-group/shop";
  CHECK(plane.store->resources().get({"DatasetGroup", "", "shop"})->metadata.labels.at("team") == "search");
  plane.ask("TagResource",
            {{"resourceArn", arn}, {"tags", Json::array({{{"tagKey", "a"}, {"tagValue", ""}}})}});
  CHECK(plane.ask("ListTagsForResource", {{"resourceArn", arn}})["tags"].size() == 2);
  plane.ask("UntagResource", {{"resourceArn", arn}, {"tagKeys", {"team"}}});
  CHECK(plane.ask("ListTagsForResource", {{"resourceArn", arn}})["tags"].size() == 1);
  Json many = Json::array();
  for (int i = 0; i < 60; ++i) many.push_back({{"tagKey", fmt::format("k{}", i)}, {"tagValue", "v"}});
  CHECK(plane.refused("TagResource", {{"resourceArn", arn}, {"tags", many}}) == "TooManyTagsException");
}

}  // namespace flow_test
