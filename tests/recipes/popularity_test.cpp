#include "recipes/popularity.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/text.h"
#include "tests/recipes/memory_views.h"
#include "tests/recipes/movielens.h"

namespace popularity_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

std::unique_ptr<Model> trained(const TrainingInput& input, const TrainingConfiguration& configuration) {
  Progress progress;
  auto model = (*recipeOfFamily("popularity"))->train(input, configuration, progress);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}

TrainingConfiguration counting(const char* what, std::vector<EventRule> events = {}) {
  TrainingConfiguration configuration;
  configuration.recipe = "aws-popularity-count";
  configuration.counting = what;
  configuration.events = std::move(events);
  return configuration;
}

std::string answer(const Model& model, size_t limit = 25, Admission admission = {}) {
  Question question;
  question.limit = limit;
  question.admission = admission;
  const auto items = model.recommend(question);
  REQUIRE(items);
  std::vector<std::string> ids;
  for (const ScoredItem& item : *items)
    ids.push_back(std::string(model.items().id(item.item)) + ":" +
                  std::to_string(static_cast<int64_t>(item.score)));
  return join(ids, " ");
}

std::vector<Row> smallRows() {
  return {{"a", "x", 1, "Watch"},      {"a", "x", 2, "Watch"},      {"a", "x", 3, "Click"},
          {"b", "y", 1, "watch"},      {"b", "x", 5, "Click"},      {"c", "y", 9, "Watch"},
          {"c", "z", 9, "", kNoValue}, {"d", "w", 4, "Watch", 2.0F}};
}

// As one would write it without thinking of speed: (item, count), best first, ties by the bytes of the ids.
std::vector<std::pair<std::string, int64_t>> naiveRanking(const std::vector<Row>& rows,
                                                          const char* wantedType, double threshold,
                                                          bool distinctUsers) {
  std::map<std::string, int64_t> counts;
  std::set<std::pair<std::string, std::string>> pairs;
  for (const Row& row : rows) {
    if (*wantedType && !equalsIgnoreCase(row.type, wantedType)) continue;
    if (threshold > 0 && !(row.value >= threshold)) continue;
    if (!pairs.emplace(row.user, row.item).second && distinctUsers) continue;
    ++counts[row.item];
  }
  std::vector<std::pair<std::string, int64_t>> ranking(counts.begin(), counts.end());
  std::stable_sort(ranking.begin(), ranking.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return ranking;
}

}  // namespace

TEST_CASE("popularity counts distinct users or events of the selected types", "[popularity]") {
  const MemoryInteractions interactions(smallRows());
  const TrainingInput input{&interactions};
  EventRule rated{"", 1.5, 1.0};
  struct {
    TrainingConfiguration configuration;
    const char* expected;
    const char* reason;
  } const rows[] = {
      {counting(""), "x:2 y:2 w:1 z:1", "all events, distinct users by default (PC-1); ties by id"},
      {counting("events"), "x:4 y:2 w:1 z:1", "events"},
      {counting("users", {{"Watch"}}), "y:2 w:1 x:1", "only Watch, in any case (DO-3)"},
      {counting("events", {{"WATCH"}}), "x:2 y:2 w:1", "only Watch, events"},
      {counting("events", {{"Watch"}, {"Click"}}), "x:4 y:2 w:1", "two types"},
      {counting("users", {rated}), "w:1", "threshold drops rows without a value (TO-2)"},
      {counting("users", {{"Click", std::nullopt, 0.0}, {"Watch"}}), "y:2 w:1 x:1",
       "weight 0 is not counted"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    CHECK(answer(*trained(input, row.configuration)) == row.expected);
  }
}

TEST_CASE("catalogue items that nobody touched come last", "[popularity]") {
  const MemoryInteractions interactions(smallRows(), {"b-new", "a-new"});
  MemoryTable items({{"GENRE", ColumnKind::kCategorical}}, interactions.itemCount());
  items.set(interactions.item("b-new"), {"Drama"});
  items.set(interactions.item("a-new"), {std::nullopt});
  items.set(interactions.item("x"), {"Drama"});
  TrainingConfiguration configuration = counting("users", {{"Click"}});
  CHECK(answer(*trained({&interactions, &items}, configuration)) == "x:2 a-new:0 b-new:0");
  configuration.catalogueItems = false;
  CHECK(answer(*trained({&interactions, &items}, configuration)) == "x:2");
  const MemoryInteractions nothing({}, {"only"});
  MemoryTable one({}, 1);
  one.set(0, {});
  CHECK(answer(*trained({&nothing, &one}, counting("users"))) == "only:0");
}

TEST_CASE("popularity says what it cannot do", "[popularity]") {
  const PopularityRecipe recipe;
  Progress progress;
  const MemoryInteractions none({});
  CHECK(recipe.train({&none}, counting("users"), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({nullptr}, counting("users"), progress).error().code == ErrorCode::kInvalidInput);
  const MemoryInteractions some(smallRows());
  CHECK(recipe.train({&some}, counting("clicks"), progress).error().code == ErrorCode::kInvalidInput);
  progress.cancel();
  CHECK(recipe.train({&some}, counting("users"), progress).error().code == ErrorCode::kCancelled);
  CHECK(recipeOfFamily("segments").error().code == ErrorCode::kNotImplemented);
  Progress fresh;
  const auto model = trained({&some}, counting("users"));
  CHECK(recipe.update(*model, {&some}, counting("users"), fresh).error().code == ErrorCode::kNotImplemented);
}

TEST_CASE("admission: bitmap and exclusions, without ranking everything", "[popularity]") {
  const MemoryInteractions interactions(smallRows());
  const auto model = trained({&interactions}, counting("users"));
  std::vector<uint64_t> bits(1);
  for (const char* id : {"y", "z"}) bits[0] |= uint64_t{1} << interactions.item(id);
  CHECK(answer(*model, 25, {bits, true, {}}) == "y:2 z:1");
  CHECK(answer(*model, 1, {bits, true, {}}) == "y:2");
  CHECK(answer(*model, 25, {{}, true, {}}).empty());
  CHECK(answer(*model, 25, {bits, false, {}}) == "x:2 y:2 w:1 z:1");
  std::vector<Index> seen = {interactions.item("x"), interactions.item("y")};
  std::sort(seen.begin(), seen.end());
  CHECK(answer(*model, 25, {{}, false, seen}) == "w:1 z:1");
  CHECK(answer(*model, 0).empty());
}

TEST_CASE("popularity ranks given lists and explains itself", "[popularity]") {
  const MemoryInteractions interactions(smallRows(), {"unseen"});
  const auto model = trained({&interactions}, counting("users"));
  const std::vector<Index> list = {interactions.item("unseen"), interactions.item("z"),
                                   interactions.item("y"), interactions.item("x")};
  const auto ranked = model->rank({}, list);
  REQUIRE(ranked);
  REQUIRE(ranked->size() == 4);
  CHECK(model->items().id((*ranked)[0].item) == "x");
  CHECK(model->items().id((*ranked)[2].item) == "z");
  CHECK_FALSE(ranked->back().scored);
  const auto evidence = model->explain({}, (*ranked)[0].item);
  REQUIRE(evidence);
  CHECK((*evidence)[0].count == 2);
  CHECK((*evidence)[0].detail == "distinct users");
}

TEST_CASE("popularity agrees with a naive count on random data", "[popularity]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    const std::vector<Row> rows = randomRows(seed, 1 + seed * 40, 5 + seed * 7, 12);
    const MemoryInteractions interactions(rows);
    const char* const type = seed % 3 == 0 ? "Watch" : "";
    const double threshold = seed % 2 == 0 ? 2.0 : 0.0;
    EventRule rule{type, threshold > 0 ? std::optional<double>(threshold) : std::nullopt, 1.0};
    const auto expected = naiveRanking(rows, type, threshold, seed % 4 != 1);
    if (expected.empty()) continue;
    const auto model = trained({&interactions}, counting(seed % 4 != 1 ? "users" : "events", {rule}));
    Question question;
    question.limit = 1'000'000;
    const auto items = *model->recommend(question);
    REQUIRE(items.size() == expected.size());
    for (size_t i = 0; i < items.size(); ++i) {
      CHECK(model->items().id(items[i].item) == expected[i].first);
      CHECK(items[i].score == static_cast<double>(expected[i].second));
    }
  }
}

TEST_CASE("the most watched films of MovieLens, as counted by hand", "[popularity]") {
  const auto rows = movieLensRatings();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of movielens-small: not tested on real data");
    return;
  }
  const MemoryInteractions interactions(*rows);
  const auto model = trained({&interactions}, counting("users", {{"Watch"}}));
  const auto expected = naiveRanking(*rows, "Watch", 0, true);
  Question question;
  question.limit = expected.size();
  const auto items = *model->recommend(question);
  REQUIRE(items.size() == expected.size());
  bool same = true;
  for (size_t i = 0; i < items.size(); ++i)
    same = same && model->items().id(items[i].item) == expected[i].first &&
           items[i].score == static_cast<double>(expected[i].second);
  CHECK(same);
  CHECK(answer(*model, 3) == "356:329 318:317 296:307");
}

TEST_CASE("a saved model opens to the same answers", "[popularity]") {
  const MemoryInteractions interactions(randomRows(7, 300, 120, 10), {"never-seen"});
  const auto model = trained({&interactions}, counting("users"));
  MemorySections sections;
  model->save(sections);
  const auto opened = (*recipeOfFamily("popularity"))->open(sections);
  REQUIRE(opened);
  CHECK(answer(**opened, 1000) == answer(*model, 1000));
  CHECK((*opened)->residentBytes() < model->residentBytes());
  MemorySections again;
  (*opened)->save(again);
  for (const std::string& name : sections.names()) CHECK(*again.get(name) == *sections.get(name));
}

TEST_CASE("sections that contradict each other are refused", "[popularity]") {
  const MemoryInteractions interactions(smallRows());
  const auto model = trained({&interactions}, counting("users"));
  const std::vector<uint32_t> twice = {0, 0, 1, 2}, beyond = {0, 1, 2, 9};
  const std::vector<uint64_t> backwards = {0, 3, 2, 3, 4};
  const auto bytes = [](const auto& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  };
  struct {
    const char* section;
    std::string content;
    const char* reason;
  } const rows[] = {
      {"popularity/order", bytes(twice), "an item twice"},
      {"popularity/order", bytes(beyond), "an item that is not there"},
      {"popularity/counts", "12345678", "one count only"},
      {"popularity/counts", "123", "no array of counts"},
      {"popularity/counting", "\x07", "unknown way of counting"},
      {"items/group", bytes(twice), "two names for one item"},
      {"items/offsets", bytes(backwards), "offsets that fall"},
      {"items/offsets", "", "no offsets"},
      {"items/ids", "xy", "ids cut off"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    MemorySections sections;
    model->save(sections);
    sections.put(row.section, row.content);
    const auto opened = (*recipeOfFamily("popularity"))->open(sections);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::kCorrupt);
  }
  CHECK((*recipeOfFamily("popularity"))->open(MemorySections()).error().code == ErrorCode::kCorrupt);
}

TEST_CASE("the item space orders ids of any length by their bytes", "[items]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::vector<Row> rows;
    for (int i = 0; i < 300; ++i) {
      std::string id(random.below(12), 'a');
      for (char& byte : id) byte = "ab\0\xFF"[random.below(4)];
      rows.push_back({"u", id, i});
    }
    const MemoryInteractions interactions(rows);
    std::vector<Index> all(interactions.itemCount());
    for (Index i = 0; i < all.size(); ++i) all[i] = i;
    const ItemSpace space = ItemSpace::of(interactions, all);
    for (Index i = 1; i < space.size(); ++i) CHECK(space.id(i - 1) < space.id(i));
    for (Index i = 0; i < space.size(); ++i) CHECK(space.fromId(space.id(i)) == i);
  }
}

TEST_CASE("the item space orders by bytes and finds by id", "[items]") {
  const MemoryInteractions interactions(
      {{"u", "b", 1}, {"u", "\xC3\xA9", 2}, {"u", "B", 3}, {"u", "a", 4}, {"u", "", 5}});
  const ItemSpace space = ItemSpace::of(interactions, {0, 1, 2, 4});
  REQUIRE(space.size() == 4);
  CHECK(space.id(0).empty());
  CHECK(space.id(1) == "B");
  CHECK(space.id(2) == "b");
  CHECK(space.id(3) == "\xC3\xA9");
  CHECK(space.fromId("b") == 2);
  CHECK(space.fromId("a") == kNoIndex);
  CHECK(space.fromId("zzz") == kNoIndex);
  CHECK(space.fromGroup(0) == 2);
  CHECK(space.fromGroup(3) == kNoIndex);
  CHECK(space.fromGroup(1000) == kNoIndex);
}

TEST_CASE("whatever passes is ranked as the whole list would be") {
  Random random(20260102);
  std::vector<Row> rows;
  for (int i = 0; i < 20000; ++i)
    rows.push_back(
        {"u" + std::to_string(random.below(500)), "i" + std::to_string(random.below(3000)), i, "Watch"});
  const MemoryInteractions interactions(rows);
  const auto model = trained({&interactions}, counting("events"));
  Question everything;
  everything.limit = 10000;
  const auto whole = model->recommend(everything);
  REQUIRE(whole);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint64_t> words((interactions.itemCount() + 63) / 64);
    const uint64_t members = random.below(2) == 0 ? random.below(20) : random.below(3000);
    for (uint64_t i = 0; i < members; ++i) {
      const uint64_t item = random.below(interactions.itemCount());
      words[item / 64] |= uint64_t{1} << (item % 64);
    }
    const std::vector<Index> excluded{1, 2, 3, 500, 501};
    Question question;
    question.limit = 1 + random.below(60);
    question.admission.restricted = true;
    question.admission.allowed = words;
    if (random.below(2) == 0) question.admission.excluded = excluded;
    std::vector<Index> expected, found;
    for (const ScoredItem& item : *whole)
      if (question.admission.admits(model->items().groupIndex(item.item)) && expected.size() < question.limit)
        expected.push_back(item.item);
    const auto answered = model->recommend(question);
    REQUIRE(answered);
    for (const ScoredItem& item : *answered) found.push_back(item.item);
    INFO("round " << round << ", " << members << " members, limit " << question.limit);
    REQUIRE(found == expected);
  }
}

}  // namespace popularity_test
