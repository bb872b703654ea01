// What came in since a training goes into its model: by itself every two hours, or as a version of mode
// UPDATE.
#include "controller/reconcile/change_sample.h"
#include "controller/reconcile/updating.h"
#include "recipes/sequence/sequence_recipe.h"
#include "tests/recipes/memory_views.h"
#include "world.h"

namespace update_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

constexpr const char* kFilms = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: films}
spec: {domain: VIDEO_ON_DEMAND}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: films}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}]}
)";
constexpr const char* kPicks = R"(---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: picks, group: films}
spec: {useCase: top-picks-for-you}
)";
constexpr const char* kTaste = R"(---
apiVersion: proffer/v1
kind: Solution
metadata: {name: taste, group: films}
spec: {recipe: aws-user-personalization, hyperparameters: {hidden_dimension: 32}}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {name: home, group: films}
spec: {solution: taste}
)";
constexpr const char* kUpdate = R"(---
apiVersion: proffer/v1
kind: SolutionVersion
metadata: {name: taste-now, group: films}
spec: {solution: taste, mode: UPDATE}
)";
const ResourceKey kTasteKey{"Solution", "films", "taste"};
const ResourceKey kFirst{"SolutionVersion", "films", "taste-1"};
const ResourceKey kNow{"SolutionVersion", "films", "taste-now"};

constexpr int kUsers = 60, kItems = 24, kEach = 12;

// In circles; at the end a few people watch `fresh` items that nobody knew, each after i0.
std::string watched(int fresh, const std::string& type = "Watch") {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  for (int user = 0; user < kUsers; ++user)
    for (int i = 0; i < kEach; ++i)
      text += fmt::format("u{},i{},{},{}\n", user, (user * 5 + i) % kItems,
                          1'600'000'000 + user * 1000 + i * 10, type);
  for (int item = 0; item < fresh; ++item)
    for (int user = 0; user < 10; ++user)
      text += fmt::format("u{0},i0,{1},{3}\nu{0},fresh{2},{4},{3}\n", user, 1'600'100'000 + item * 100, item,
                          type, 1'600'100'010 + item * 100);
  return text;
}

bool knows(const World& world, const std::string& artifact, std::string_view item) {
  const auto sections = world.artifacts->open(artifact);
  REQUIRE(sections);
  const auto model = recipes::SequenceRecipe().open(**sections);
  REQUIRE(model);
  return (*model)->items().fromId(item) != recipes::kNoIndex;
}

std::vector<std::string> modelFiles(const World& world) {
  std::vector<std::string> found;
  for (const std::string& name : world.files())
    if (name.starts_with("models/")) found.push_back(name);
  return found;
}

// Never null, so that a test that fails says so.
Json statusOf(const World& world, const ResourceKey& key) {
  Json status = world.get(key).status;
  if (!status.contains("updates")) status["updates"] = Json::array();
  return status;
}

// What there is to be taken in has been imported, and nothing is due yet.
void bring(World& world, int fresh, const std::string& type = "Watch") {
  world.write("watches.csv", watched(fresh, type));
  world.advance(30s);
}

void checkRecord(const Json& update, int64_t newInteractions, int64_t newItems) {
  INFO(dumpJson(update));
  CHECK(intMember(update, "newInteractions") == newInteractions);
  CHECK(intMember(update, "newItems") == newItems);
  CHECK(intMember(update, "items") == kItems + newItems);
  CHECK(parseTime(stringMember(update, "since")));
  CHECK(parseTime(stringMember(update, "began")));
  CHECK(parseTime(stringMember(update, "finished")));
  const Json& sample = member(update, "sample");
  CHECK(intMember(sample, "people") == kUsers);
  CHECK(intMember(sample, "changedLists") > 0);
  CHECK(intMember(sample, "changedLists") <= kUsers);
  CHECK(intMember(sample, "places") > 0);
  CHECK(intMember(sample, "newItemPlaces") > 0);
  CHECK(member(sample, "otherItemsPerList").get<double>() > 0);
  CHECK(member(sample, "otherItemsPerList").get<double>() <= 25);
}

}  // namespace

TEST_CASE("a recommender's and a campaign's model take in new items and events every two hours") {
  struct Row {
    std::string reason, manifest;
    ResourceKey owner, version;
    std::string route;
    std::vector<ResourceKey> showing;
  };
  const std::vector<Row> rows = {
      {"top picks for you",
       kPicks,
       {"Recommender", "films", "picks"},
       {"SolutionVersion", "films", "picks-1"},
       "picks",
       {{"Recommender", "films", "picks"}}},
      {"a campaign of aws-user-personalization", kTaste, kTasteKey, kFirst, "home", {kTasteKey}}};
  for (const Row& row : rows) {
    INFO(row.reason);
    World world;
    world.write("watches.csv", watched(0));
    world.apply(std::string(kFilms) + row.manifest);
    world.settle();
    REQUIRE(world.condition({row.owner.kind, "films", row.owner.name}, kReady).starts_with("True"));
    const Json before = statusOf(world, row.version);
    const std::string first = stringMember(before, "artifact");
    bring(world, 2);
    world.advance(3h);
    const Json after = statusOf(world, row.version);
    CHECK(world.versions("films").size() == 1);
    REQUIRE(after["updates"].size() == 1);
    CHECK(after["updates"][0]["mode"] == "automatic");
    checkRecord(after["updates"][0], 40, 2);
    CHECK(after["updates"][0]["since"] == before["run"]["started"]);
    CHECK(after["metrics"] == before["metrics"]);
    const std::string second = stringMember(after, "artifact");
    CHECK(second != first);
    CHECK(world.route("films", row.route)->artifact == second);
    CHECK(modelFiles(world) == std::vector<std::string>{second});
    CHECK(knows(world, second, "fresh1"));
    for (const ResourceKey& key : row.showing)
      CHECK(world.get(key).status["lastUpdate"] == after["updates"][0]);

    world.advance(3h);  // nothing came in
    CHECK(statusOf(world, row.version)["updates"].size() == 1);
    bring(world, 3);
    world.advance(3h);
    const Json third = statusOf(world, row.version);
    REQUIRE(third["updates"].size() == 2);
    checkRecord(third["updates"][1], 40, 2);
    CHECK(third["updates"][0]["newInteractions"] == 20);
    CHECK(third["updates"][0]["newItems"] == 1);
    CHECK(third["updates"][0]["since"] == third["updates"][1]["began"]);
    CHECK(modelFiles(world).size() == 1);
  }
}

TEST_CASE("recommended for you is updated, too") {
  World world;
  world.write("watches.csv", watched(0, "View"));
  std::string shop = kFilms;
  shop.replace(shop.find("VIDEO_ON_DEMAND"), 15, "ECOMMERCE");
  world.apply(shop + R"(---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: for-you, group: films}
spec: {useCase: recommended-for-you}
)");
  world.settle();
  bring(world, 1, "View");
  world.advance(3h);
  const Json status = statusOf(world, {"SolutionVersion", "films", "for-you-1"});
  REQUIRE(status["updates"].size() == 1);
  checkRecord(status["updates"][0], 20, 1);
}

TEST_CASE("a version of mode UPDATE takes what is new into the newest good one's model, and is not trained") {
  World world;
  world.write("watches.csv", watched(0));
  world.apply(std::string(kFilms) + kTaste);
  world.settle();
  const Json first = statusOf(world, kFirst);
  bring(world, 2);
  world.apply(std::string(kUpdate).substr(4));
  world.settle();
  const Json now = statusOf(world, kNow);
  REQUIRE(world.condition(kNow, kReady) == "True Trained: the model can be served");
  CHECK(now["updatedFrom"] == "taste-1");
  CHECK(now["recipe"] == "aws-user-personalization");
  CHECK(now["metrics"] == first["metrics"]);
  CHECK(now["data"]["interactions"] == kUsers * kEach + 40);
  REQUIRE(now["updates"].size() == 1);
  CHECK(now["updates"][0]["mode"] == "UPDATE");
  checkRecord(now["updates"][0], 40, 2);
  CHECK(knows(world, stringMember(now, "artifact"), "fresh0"));
  CHECK(stringMember(world.get(kFirst).status, "artifact") == stringMember(first, "artifact"));
  CHECK(world.route("films", "home")->version == "taste-now");
  CHECK(modelFiles(world).size() == 2);
  CHECK(stringMember(world.get(kTasteKey).status, "version") == "taste-now");

  // It ends the automatic updates, until there is a version that was trained (TO-60, AU-5).
  CHECK_FALSE(world.get(kTasteKey).status["schedules"].contains("update"));
  bring(world, 3);
  world.advance(5h);
  CHECK(statusOf(world, kNow)["updates"].size() == 1);
  CHECK(world.versions("films").size() == 2);
  CHECK(world.route("films", "home")->version == "taste-now");
  // The trainings go on by their schedule, which an update does not move (TO-64).
  world.advance(7 * 24h);
  CHECK(world.has({"SolutionVersion", "films", "taste-2"}));
  CHECK(world.route("films", "home")->version == "taste-2");
  CHECK(world.get(kTasteKey).status["schedules"].contains("update"));

  REQUIRE(world.erase(kNow));
  world.settle();
  CHECK_FALSE(world.has(kNow));
  CHECK(modelFiles(world).size() == 2);
}

TEST_CASE("an update waits for a version to start from") {
  World world;
  world.write("watches.csv", watched(0));
  world.apply(std::string(kFilms) + kUpdate);
  world.settle();
  CHECK(world.condition(kNow, kWaitingFor).find("Solution/films/taste") != std::string::npos);
  world.apply(std::string(kTaste).substr(4));
  world.settle();
  CHECK(world.condition(kNow, kReady) == "True Trained: the model can be served");
  CHECK(world.get(kNow).status["updatedFrom"] == "taste-1");
  CHECK(member(world.get(kNow).status["updates"][0], "newInteractions") == 0);
  CHECK(member(world.get(kNow).status["updates"][0]["sample"], "changedLists") == 0);
}

TEST_CASE("a version made by hand is updated as it was trained") {
  World world;
  world.write("watches.csv", watched(0));
  std::string manual = kTaste;
  manual.replace(manual.find("hyperparameters"), 0, "autoTraining: false, ");
  world.apply(std::string(kFilms) + manual + R"(---
apiVersion: proffer/v1
kind: SolutionVersion
metadata: {name: by-hand, group: films}
spec: {solution: taste}
)");
  world.settle();
  bring(world, 1);
  world.advance(3h);
  const Json status = statusOf(world, {"SolutionVersion", "films", "by-hand"});
  REQUIRE(status["updates"].size() == 1);
  checkRecord(status["updates"][0], 20, 1);
}

TEST_CASE("a recipe without updates refuses the mode, and says which have them") {
  World world;
  world.write("watches.csv", watched(0));
  std::string counted = kTaste;
  const std::string recipe = "aws-user-personalization, hyperparameters: {hidden_dimension: 32}";
  counted.replace(counted.find(recipe), recipe.size(), "aws-popularity-count");
  world.apply(std::string(kFilms) + counted + kUpdate);
  world.settle();
  const std::string condition = world.condition(kNow, kReady);
  INFO(condition);
  CHECK(condition.starts_with("False InvalidInput"));
  for (const char* part : {"spec.mode", "aws-popularity-count cannot be updated", "aws-hrnn-coldstart",
                           "aws-user-personalization-v2", "aws-trending-now"})
    CHECK(condition.find(part) != std::string::npos);
  CHECK(condition.find("aws-sims") == std::string::npos);
}

// ---- The records and the sample

TEST_CASE("the last few updates are kept, newest first") {
  Json status = Json::object();
  store::Job job;
  for (job.id = 1; job.id <= 14; ++job.id) {
    job.result = {{"update", {{"newItems", job.id}}}};
    noteUpdate(status, job, "automatic");
    noteUpdate(status, job, "automatic");
    CHECK(status["updates"].size() == std::min<size_t>(static_cast<size_t>(job.id), kUpdatesKept));
    CHECK(status["updates"][0]["newItems"] == job.id);
  }
  CHECK(status["updates"].back()["job"] == 5);
}

namespace {

// Answers everybody with the same items.
class Fixed final : public recipes::Model {
 public:
  Fixed(const recipes::Interactions& interactions, std::vector<recipes::Index> known,
        std::vector<recipes::Index> answer)
      : items_(recipes::ItemSpace::of(interactions, std::move(known))), answer_(std::move(answer)) {}
  const recipes::ItemSpace& items() const override { return items_; }
  Result<std::vector<recipes::ScoredItem>> recommend(const recipes::Question& question) const override {
    std::vector<recipes::ScoredItem> items;
    for (const recipes::Index item : answer_)
      if (question.admission.admits(item)) items.push_back({items_.fromGroup(item), 1, true, {}});
    return items;
  }
  void save(recipes::SectionWriter&) const override {}
  int64_t residentBytes() const override { return 0; }

 private:
  recipes::ItemSpace items_;
  std::vector<recipes::Index> answer_;
};

}  // namespace

TEST_CASE("a fixed sample says how many lists an update changes") {
  std::vector<recipes::testing::Row> rows;
  for (int user = 0; user < 500; ++user)
    rows.push_back({fmt::format("u{}", user), fmt::format("i{}", user % 5), 1000 + user, "Watch"});
  const recipes::testing::MemoryInteractions some(rows);
  for (int user = 500; user < 600; ++user) rows.push_back({fmt::format("u{}", user), "i0", 5000, "Click"});
  const recipes::testing::MemoryInteractions more(rows);

  const auto people = samplePeople(some), later = samplePeople(more);
  CHECK(people.size() == kSampledPeople);
  CHECK(samplePeople(some) == people);
  size_t kept = 0;
  for (const recipes::Index user : later) kept += std::count(people.begin(), people.end(), user) > 0;
  CHECK(kept > 140);
  CHECK(kept < 200);
  CHECK(samplePeople(some, 1000).size() == 500);

  Progress progress;
  const Fixed before(more, {0, 1, 2}, {0, 1, 2});
  struct Case {
    std::string reason;
    std::vector<recipes::Index> now;
    int64_t changed, others, newItems;
  };
  for (const Case& one : {Case{"the same", {0, 1, 2}, 0, 0, 0}, Case{"another order", {1, 0, 2}, 200, 0, 0},
                          Case{"a new item", {0, 1, 3}, 200, 200, 200}}) {
    INFO(one.reason);
    const Fixed after(more, {0, 1, 2, 3, 4}, one.now);
    const auto change = compareAnswers(before, after, more, {}, 1, progress);
    REQUIRE(change);
    CHECK(change->people == 200);
    CHECK(change->changed == one.changed);
    CHECK(change->others == one.others);
    CHECK(change->newItems == one.newItems);
    CHECK(change->places == 600);
  }
  // What a person has watched is in no list.
  const auto filtered = compareAnswers(before, before, some, {"watch"}, 1, progress);
  REQUIRE(filtered);
  CHECK(filtered->places < 600);
  CHECK(filtered->changed == 0);
}

}  // namespace update_test
