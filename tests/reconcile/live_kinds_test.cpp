// EventTracker, DatasetExport and DataDeletion.
#include <fstream>
#include <sstream>

#include "manifests/tracking.h"
#include "world.h"

namespace live_kinds_test {

using namespace proffer;
using namespace proffer::reconcile;
namespace fs = std::filesystem;

namespace {

std::string exportOf(const std::string& name, const std::string& dataset, const std::string& mode,
                     const std::string& output = "out/") {
  return fmt::format(R"(
apiVersion: proffer/v1
kind: DatasetExport
metadata: {{name: {}, group: movies}}
spec: {{dataset: {}, ingestionMode: {}, output: "{}"}}
)",
                     name, dataset, mode, output);
}

std::string contentOf(const World& world, const ResourceKey& key) {
  const std::string file = stringMember(member(world.get(key).status, "report"), "file");
  std::ifstream in(world.directory / "sources" / file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

constexpr const char* kTracker = R"(
apiVersion: proffer/v1
kind: EventTracker
metadata: {name: web, group: movies}
)";

}  // namespace

TEST_CASE("a tracker shows its id, and waits for the dataset that events need") {
  World world;
  world.apply(
      fmt::format("apiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {{name: movies}}\n---{}", kTracker));
  world.settle();
  const ResourceKey key{"EventTracker", "movies", "web"};
  CHECK(world.condition(key, kReady).starts_with("False Waiting"));
  CHECK(stringMember(world.get(key).status, "trackingId") == trackingIdOf(world.get(key)));
  CHECK(trackingIdOf(world.get(key)).size() == 36);
  world.apply(R"(
apiVersion: proffer/v1
kind: Dataset
metadata: {name: events, group: movies}
spec: {type: INTERACTIONS, schema: {fields: [{name: USER_ID, type: string}, {name: ITEM_ID, type: string},
  {name: TIMESTAMP, type: long}]}}
)");
  world.settle();
  CHECK(world.condition(key, kReady).starts_with("True Available"));
  REQUIRE(world.erase({"Dataset", "movies", "events"}));
  world.settle();
  CHECK(world.condition(key, kReady).starts_with("False Waiting"));
}

TEST_CASE("what was imported is exported as the service writes it") {
  World world;
  world.write("watches.csv",
              "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\nu1,\"a,b\",1600000001,Watch\nu1,i2,1600000000,Click\n"
              "u0,i2,1600000005,Watch\nu0,i2,1600000005,Watch\n");
  world.apply(std::string(kStreaming) + "---" + exportOf("bulk", "interactions", "BULK"));
  world.settle();
  const ResourceKey key{"DatasetExport", "movies", "bulk"};
  CHECK(world.condition(key, kReady).starts_with("True Exported"));
  const Json report = member(world.get(key).status, "report");
  CHECK(intMember(report, "rows") == 3);
  const std::string file = stringMember(report, "file");
  CHECK(
      file.starts_with("out/AMZN_Personalize/arn:aws:personalize:local:000000000000:dataset-group/movies/"
                       "arn:aws:personalize:local:000000000000:dataset/movies/INTERACTIONS/bulk/"));
  CHECK(file.ends_with("-c000.csv"));
  CHECK(contentOf(world, key) ==
        "timestamp,session_id,event_type,user_id,item_id,impression,recommendation_id\n"
        "1600000000000,\"\",Click,u1,i2,\"\",\"\"\n"
        "1600000001000,\"\",Watch,u1,\"a,b\",\"\",\"\"\n"
        "1600000005000,\"\",Watch,u0,i2,\"\",\"\"\n");
  SECTION("its end is final, and a deleted export leaves its file") {
    REQUIRE(world.erase(key));
    world.settle();
    CHECK_FALSE(world.has(key));
    CHECK(fs::exists(world.directory / "sources" / file));
  }
  SECTION("an export waits for its dataset") {
    world.apply(exportOf("later", "items", "BULK"));
    world.settle();
    CHECK(world.condition({"DatasetExport", "movies", "later"}, kReady).starts_with("False Waiting"));
    world.write("items.csv", "ITEM_ID,GENRES,TITLE\ni2,Drama|Crime,\"Heat \"\"1995\"\"\"\ni1,Comedy,\n");
    world.apply(R"(
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: movies}
spec:
  type: ITEMS
  sources: [{csv: items.csv, constants: {CREATION_TIMESTAMP: "5"}}]
  schema: {fields: [{name: ITEM_ID, type: string}, {name: GENRES, type: string, categorical: true},
    {name: CREATION_TIMESTAMP, type: long}, {name: TITLE, type: [string, "null"]}]}
)");
    world.settle();
    world.apply(exportOf("bulk-items", "items", "BULK") + "---" + exportOf("all-items", "items", "ALL"));
    world.settle();
    const std::string expected =
        "item_id,genres,creation_timestamp,title\ni2,Drama|Crime,5,\"Heat \\\"1995\\\"\"\ni1,Comedy,5,\"\"\n";
    CHECK(contentOf(world, {"DatasetExport", "movies", "bulk-items"}) == expected);
    CHECK(contentOf(world, {"DatasetExport", "movies", "all-items"}) == expected);
  }
  SECTION("an export leads nowhere else") {
    for (const char* output : {"../out/", "/tmp/elsewhere/", "nowhere:out/"}) {
      INFO(output);
      const std::string name = "wrong-" + newHex(6);
      world.apply(exportOf(name, "interactions", "BULK", output));
      world.settle();
      CHECK(world.condition({"DatasetExport", "movies", name}, kReady).starts_with("False ExportFailed"));
    }
  }
}

TEST_CASE("a deletion says by when the users are out of all files") {
  World world;
  world.write("watches.csv",
              "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\nu1,i1,1600000001,Watch\nu2,i2,1600000000,Watch\n");
  world.apply(R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: movies}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: watches, group: movies}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}], schema: {fields: [{name: USER_ID, type: string},
  {name: ITEM_ID, type: string}, {name: TIMESTAMP, type: long}, {name: EVENT_TYPE, type: string}]}}
)");
  world.settle();
  world.apply(R"(
apiVersion: proffer/v1
kind: DataDeletion
metadata: {name: gone, group: movies}
spec: {users: [u1, nobody]}
)");
  world.settle();
  const ResourceKey key{"DataDeletion", "movies", "gone"};
  const Json status = world.get(key).status;
  CHECK(intMember(status, "numDeleted") == 1);
  const auto erasedBy = parseTime(stringMember(status, "erasedBy"));
  REQUIRE(erasedBy);
  CHECK(*erasedBy <= world.clock.now() + data::kErasedWithin);
  CHECK(*erasedBy > world.clock.now() + data::kErasedWithin - std::chrono::hours(1));
  CHECK(world.condition(key, kReady) == "True Deleted: nothing of the users is in any answer; by " +
                                            stringMember(status, "erasedBy") + " it is out of all files");
}

}  // namespace live_kinds_test
