// Recipes that look for trends and for likeness, from manifests to models that answer.
#include "world.h"

namespace content_kinds_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

std::string group(const std::string& more) {
  return R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: movies}
spec: {domain: VIDEO_ON_DEMAND}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: movies}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}]}
---
)" + more;
}

const char* const kItems = R"(
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: movies}
spec: {type: ITEMS, sources: [{csv: items.csv}]}
---
)";

// Two genres, each with people of its own; d9 and k9 are new.
std::string items() {
  std::string text = "ITEM_ID,GENRES,CREATION_TIMESTAMP\n";
  for (int i = 0; i < 10; ++i)
    text += fmt::format("d{},Drama|Slow,{}\nk{},Kids|Loud,{}\n", i, 1000 + i, i, 1000 + i);
  return text;
}

std::string genreWatches() {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  for (int user = 0; user < 40; ++user)
    for (int i = 0; i < 6; ++i)
      text += fmt::format("u{},{}{},{},Watch\n", user, user % 2 == 0 ? "d" : "k", (user / 2 + i) % 9,
                          1'600'000'000 + user * 100 + i);
  return text;
}

std::vector<std::string> related(const World& world, const std::string& name, const std::string& item,
                                 size_t limit) {
  const auto route = world.route("movies", name);
  REQUIRE(route);
  const auto settings = routeSettingsFromJson(route->settings);
  const auto sections = world.artifacts->open(route->artifact);
  REQUIRE(sections);
  const auto model = (*recipes::recipeOfFamily(settings->family))->open(**sections);
  REQUIRE(model);
  recipes::Question question;
  const recipes::Index known = (*model)->items().fromId(item);
  REQUIRE(known != recipes::kNoIndex);
  question.item = (*model)->items().groupIndex(known);
  question.limit = limit;
  question.popularityInfluence = settings->popularityInfluence;
  question.freshnessInfluence = settings->freshnessInfluence;
  const auto answer = (*model)->recommend(question);
  REQUIRE(answer);
  std::vector<std::string> ids;
  for (const auto& one : *answer) ids.emplace_back((*model)->items().id(one.item));
  return ids;
}

// A steady stream up to `end`, and `extra` events of one item in its last two hours.
std::string stream(int64_t end, const std::string& item, int extra) {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  for (int64_t time = end - 48 * 3600; time < end; time += 600)
    for (int i = 0; i < 5; ++i) text += fmt::format("u{},i{},{},Click\n", time / 600 % 40, i, time + i);
  for (int i = 0; i < extra; ++i) text += fmt::format("v{},{},{},Click\n", i, item, end - 3600 + i);
  return text;
}

}  // namespace

TEST_CASE("a trending recommender is kept fresh every two hours") {
  World world;
  const int64_t start = toMicros(world.clock.now()) / 1'000'000;
  world.write("watches.csv", stream(start, "i3", 80));
  world.apply(group(R"(
apiVersion: proffer/v1
kind: Recommender
metadata: {name: trends, group: movies}
spec: {useCase: trending-now}
)"));
  world.settle();
  const ResourceKey key{"Recommender", "movies", "trends"};
  CHECK(world.condition(key, kReady) == "True Serving: answers requests");
  CHECK(world.condition(key, kDegraded) == "none");
  CHECK(world.answer("movies", "trends", 1) == std::vector<std::string>{"i3"});
  const auto settings = routeSettingsFromJson(world.route("movies", "trends")->settings);
  CHECK_FALSE(settings->needsUser);
  CHECK(settings->automaticFilter.empty());
  CHECK(stringMember(member(member(world.get(key).status, "schedules"), "update"), "schedule") ==
        "rate(2 hours)");

  world.write("watches.csv", stream(start + 7200, "fresh", 80));
  world.advance(10s);
  world.advance(2h + 10min);
  CHECK(world.answer("movies", "trends", 1) == std::vector<std::string>{"fresh"});
  CHECK(world.versions("movies") == std::vector<std::string>{"trends-1"});
}

TEST_CASE("a solution looks for trends as often as it says") {
  struct {
    const char* frequency;
    const char* schedule;
  } const rows[] = {{"30 minutes", "rate(30 minutes)"}, {"1 day", "rate(2 hours)"}};
  for (const auto& row : rows) {
    INFO(row.frequency);
    World world;
    world.write("watches.csv", stream(toMicros(world.clock.now()) / 1'000'000, "i3", 80));
    world.apply(group(fmt::format(R"(
apiVersion: proffer/v1
kind: Solution
metadata: {{name: trends, group: movies}}
spec: {{recipe: aws-trending-now, hyperparameters: {{trend_discovery_frequency: {}}}}}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {{name: now, group: movies}}
spec: {{solution: trends}}
)",
                                  row.frequency)));
    world.settle();
    CHECK(world.answer("movies", "now", 1) == std::vector<std::string>{"i3"});
    const Json schedules = member(world.get({"Solution", "movies", "trends"}).status, "schedules");
    CHECK(stringMember(member(schedules, "update"), "schedule") == row.schedule);
  }
}

TEST_CASE("more like this: waits for items, answers for new ones, hides what was watched") {
  World world;
  world.write("watches.csv", genreWatches());
  const char* const recommender = R"(
apiVersion: proffer/v1
kind: Recommender
metadata: {name: alike, group: movies}
spec: {useCase: more-like-x}
)";
  world.apply(group(recommender));
  world.settle();
  const ResourceKey key{"Recommender", "movies", "alike"};
  CHECK(world.condition(key, kReady).starts_with("False Waiting"));
  world.write("items.csv", items());
  world.apply(group(std::string(kItems) + recommender));
  world.settle();
  CHECK(world.condition(key, kReady) == "True Serving: answers requests");
  for (const char* query : {"d2", "d9"})
    for (const std::string& id : related(world, "alike", query, 8)) CHECK(id[0] == 'd');
  const auto settings = routeSettingsFromJson(world.route("movies", "alike")->settings);
  CHECK(settings->needsUser);
  CHECK(settings->needsItem);
  CHECK_FALSE(settings->scores);
  CHECK(settings->automaticFilter == std::vector<std::string>{"Watch"});
}

TEST_CASE("campaigns of similar items and of texts") {
  World world;
  world.write("watches.csv", genreWatches());
  world.write("items.csv", items());
  world.apply(group(std::string(kItems) + R"(
apiVersion: proffer/v1
kind: Solution
metadata: {name: similar, group: movies}
spec: {recipe: aws-similar-items, hyperparameters: {popularity_discount_factor: 0.5}}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {name: beside, group: movies}
spec: {solution: similar}
)"));
  world.settle();
  for (const std::string& id : related(world, "beside", "k9", 8)) CHECK(id[0] == 'k');
  const auto settings = routeSettingsFromJson(world.route("movies", "beside")->settings);
  CHECK_FALSE(settings->needsUser);
  CHECK(settings->needsItem);

  // Texts need no interactions at all.
  World texts;
  texts.write("items.csv",
              "ITEM_ID,NAME,ABOUT,CREATION_TIMESTAMP\n1,Red shirt,cotton shirt for summer,1000\n"
              "2,Blue shirt,cotton shirt for winter,2000\n3,Garden chair,wood and steel,3000\n"
              "4,Garden table,wood and glass for summer,9000\n");
  texts.apply(R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: movies}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: movies}
spec:
  type: ITEMS
  schema:
    fields:
      - {name: ITEM_ID, type: string}
      - {name: NAME, type: string, itemName: true}
      - {name: ABOUT, type: string, textual: true}
      - {name: CREATION_TIMESTAMP, type: long}
  sources: [{csv: items.csv}]
---
apiVersion: proffer/v1
kind: Solution
metadata: {name: meaning, group: movies}
spec: {recipe: aws-semantic-similarity}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {name: plain, group: movies}
spec: {solution: meaning}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {name: fresh, group: movies}
spec: {solution: meaning, rankingInfluence: {FRESHNESS: 1}}
)");
  texts.settle();
  CHECK(texts.condition({"Campaign", "movies", "plain"}, kReady) == "True Serving: answers requests");
  CHECK(related(texts, "plain", "1", 1) == std::vector<std::string>{"2"});
  CHECK(related(texts, "plain", "3", 1) == std::vector<std::string>{"4"});
  CHECK(routeSettingsFromJson(texts.route("movies", "fresh")->settings)->freshnessInfluence == 1);
  CHECK(related(texts, "fresh", "1", 1) == std::vector<std::string>{"4"});
}

}  // namespace content_kinds_test
