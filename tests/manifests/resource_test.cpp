// Resources as JSON, and conditions.
#include "manifests/resource.h"

#include <catch2/catch.hpp>

namespace resource_test {

using namespace proffer;

namespace {

Resource recommender() {
  Resource resource;
  resource.kind = "Recommender";
  resource.metadata.name = "for-you";
  resource.metadata.group = "shop";
  resource.metadata.labels = {{"team", "search"}};
  resource.metadata.uid = "7d1c6f0a-0000-4000-8000-000000000000";
  resource.metadata.generation = 3;
  resource.metadata.resourceVersion = 17;
  resource.metadata.creationTimestamp = fromMicros(1'700'000'000'000'000);
  resource.metadata.deletionTimestamp = fromMicros(1'700'000'001'500'000);
  resource.metadata.ownerReferences = {{"DatasetGroup", "shop", "u"}};
  resource.metadata.finalizers = {"proffer/artifacts"};
  resource.metadata.managedBy = "set/shop";
  resource.spec = {{"useCase", "most-popular"}};
  resource.status = {{"observedGeneration", 2}};
  return resource;
}

}  // namespace

TEST_CASE("a resource comes back from its JSON as it was") {
  const Resource before = recommender();
  const auto after = resourceFromJson(toJson(before));
  REQUIRE(after);
  CHECK(after->metadata == before.metadata);
  CHECK(after->kind == before.kind);
  CHECK(after->spec == before.spec);
  CHECK(after->status == before.status);
  CHECK(dumpJson(toJson(*after)) == dumpJson(toJson(before)));
}

TEST_CASE("JSON that is no resource is refused with the field") {
  struct Row {
    std::string_view json, field, reason;
  };
  const Row rows[] = {
      {R"([])", "", "not an object"},
      {R"({"kind":"Filter","metadata":{"name":"a","group":"g"}})", "apiVersion", "no version"},
      {R"({"apiVersion":"v1","kind":"Filter","metadata":{"name":"a","group":"g"}})", "apiVersion",
       "another version"},
      {R"({"apiVersion":"proffer/v1","kind":"Fliter","metadata":{"name":"a","group":"g"}})", "kind",
       "unknown kind"},
      {R"({"apiVersion":"proffer/v1","kind":"Filter"})", "metadata", "no metadata"},
      {R"({"apiVersion":"proffer/v1","kind":"Filter","metadata":{"name":7}})", "metadata.name",
       "a name that is a number"},
      {R"({"apiVersion":"proffer/v1","kind":"Filter","metadata":{"name":"a","labels":{"x":[]}}})",
       "metadata.labels.x", "a label that is a list"},
      {R"({"apiVersion":"proffer/v1","kind":"Filter","metadata":{"name":"a","resourceVersion":"7"}})",
       "metadata.resourceVersion", "a number as text"},
      {R"({"apiVersion":"proffer/v1","kind":"Filter","metadata":{"name":"a","creationTimestamp":"yesterday"}})",
       "metadata.creationTimestamp", "no time"},
      {R"({"apiVersion":"proffer/v1","kind":"Filter","metadata":{"name":"a"},"spec":[]})", "spec",
       "a list as spec"},
      {R"({"apiVersion":"proffer/v1","kind":"Filter","metadata":{"name":"a"},"specs":{}})", "specs",
       "an unknown member"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const auto resource = resourceFromJson(*parseJson(row.json));
    REQUIRE_FALSE(resource);
    CHECK(resource.error().field == row.field);
    CHECK(resource.error().code == ErrorCode::kInvalidInput);
  }
}

TEST_CASE("conditions keep their order and the time of their last change") {
  Resource resource = recommender();
  const Time early = fromMicros(1'000'000), late = fromMicros(2'000'000);
  CHECK(setCondition(resource, kWaitingFor, ConditionStatus::kTrue, "Dataset", "waits for Dataset/shop/items",
                     early));
  CHECK(setCondition(resource, kReady, ConditionStatus::kFalse, "WaitingForDataset", "not yet", early));
  CHECK(setCondition(resource, kProgressing, ConditionStatus::kUnknown, "Starting", "", early));
  CHECK_FALSE(setCondition(resource, kReady, ConditionStatus::kFalse, "WaitingForDataset", "not yet", late));

  std::vector<std::string> types;
  for (const auto& condition : conditionsOf(resource)) types.push_back(condition.type);
  CHECK(types == std::vector<std::string>{"Ready", "Progressing", "WaitingFor"});

  CHECK(
      setCondition(resource, kReady, ConditionStatus::kFalse, "WaitingForDataset", "another message", late));
  CHECK(findCondition(resource, kReady)->lastTransitionTime == early);
  CHECK_FALSE(isReady(resource));
  CHECK(setCondition(resource, kReady, ConditionStatus::kTrue, "Serving", "serves version 1", late));
  CHECK(findCondition(resource, kReady)->lastTransitionTime == late);
  CHECK(isReady(resource));
  ++resource.metadata.generation;
  CHECK_FALSE(isReady(resource));  // it was written for the generation before

  CHECK(removeCondition(resource, kWaitingFor));
  CHECK_FALSE(removeCondition(resource, kWaitingFor));
  CHECK(observedGeneration(resource) == 2);
}

}  // namespace resource_test
