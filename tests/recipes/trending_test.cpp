#include "recipes/trending.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/parallel.h"
#include "recipes/popularity.h"
#include "tests/recipes/memory_views.h"

namespace trending_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kStart = 1'700'000'000 / kDay * kDay;

TrainingConfiguration every(const char* frequency) {
  TrainingConfiguration configuration;
  configuration.recipe = "aws-trending-now";
  configuration.hyperparameters["trend_discovery_frequency"] = frequency;
  return configuration;
}

std::unique_ptr<Model> trained(const TrainingInput& input,
                               const TrainingConfiguration& configuration = every("2 hours")) {
  Progress progress;
  auto model = (*recipeOfFamily("trending"))->train(input, configuration, progress);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}

std::vector<std::string> answer(const Model& model, Question question) {
  const auto items = model.recommend(question);
  REQUIRE(items);
  std::vector<std::string> ids;
  for (const ScoredItem& item : *items) ids.emplace_back(model.items().id(item.item));
  return ids;
}

std::vector<std::string> answer(const Model& model, size_t limit = 25) {
  Question question;
  question.limit = limit;
  return answer(model, question);
}

// Events of a shop: long-tailed items, and three times as many in the evening as at night.
struct Stream {
  explicit Stream(uint64_t seed) : random(seed) {}

  // An approximately Poisson number, by the normal distribution for large means.
  uint64_t count(double mean) {
    if (mean > 50) {
      const double normal =
          std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(6.283185307 * random.unit());
      return static_cast<uint64_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal)));
    }
    const double limit = std::exp(-mean);
    uint64_t events = 0;
    for (double product = random.unit(); product > limit; product *= random.unit()) ++events;
    return events;
  }

  // Events per interval of two hours, of an item at mid-day.
  double size(size_t item) const { return 400.0 / std::pow(static_cast<double>(item) + 1, 0.9); }

  static double rhythm(int64_t time) {
    return 1 - 0.5 * std::cos(6.283185307 * static_cast<double>(time % kDay) / static_cast<double>(kDay));
  }

  void happens(size_t item, int64_t from, uint64_t times) {
    for (uint64_t i = 0; i < times; ++i)
      rows.push_back({"u" + std::to_string(random.below(500)), "i" + std::to_string(item),
                      from + static_cast<int64_t>(random.below(2 * kHour)), "Watch"});
  }

  // Returns when it ended.
  int64_t run(size_t items, int intervals) {
    int64_t time = kStart;
    for (int interval = 0; interval < intervals; ++interval, time += 2 * kHour)
      for (size_t item = 0; item < items; ++item)
        happens(item, time, count(size(item) * rhythm(time + kHour)));
    return time;
  }

  Random random;
  std::vector<Row> rows;
};

// Ranks by all events, as the popular list.
std::map<std::string, size_t> popularRanks(const Interactions& interactions) {
  TrainingConfiguration configuration;
  configuration.counting = "events";
  Progress progress;
  const auto model = (*recipeOfFamily("popularity"))->train({&interactions}, configuration, progress);
  REQUIRE(model);
  std::map<std::string, size_t> ranks;
  for (const std::string& id : answer(**model, 100'000)) ranks.emplace(id, ranks.size());
  return ranks;
}

}  // namespace

TEST_CASE("bursts on items of all sizes are found within one interval, whatever the hour", "[trending]") {
  constexpr size_t kItems = 400, kBursts = 20;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    Stream stream(seed);
    // Up to another hour of the day each time: traffic rises, falls, or stands.
    const int64_t end = stream.run(kItems, 30 + static_cast<int>(seed) * 3 / 2);
    const int64_t newest = end - 2 * kHour;
    std::set<std::string> bursting;
    for (size_t burst = 0; burst < kBursts; ++burst) {
      const size_t item = burst * (kItems / kBursts) + stream.random.below(kItems / kBursts);
      const double usual = stream.size(item) * Stream::rhythm(newest + kHour);
      stream.happens(item, newest, std::max<uint64_t>(30, stream.count(4 * usual)));
      bursting.insert("i" + std::to_string(item));
    }
    const MemoryInteractions interactions(stream.rows);
    const auto model = trained({&interactions});
    size_t found = 0;
    for (const std::string& id : answer(*model, 25)) found += bursting.contains(id);
    CHECK(found == kBursts);
    const auto evidence = *model->explain({}, model->items().fromId(*bursting.begin()));
    REQUIRE(evidence.size() == 1);
    CHECK(evidence[0].kind == "growth");
    CHECK(evidence[0].value > 1);
    CHECK(evidence[0].count >= 30);
  }
}

TEST_CASE("without a burst no best seller stands above its rank by chance", "[trending]") {
  for (uint64_t seed = 101; seed <= 110; ++seed) {
    INFO("seed " << seed);
    Stream stream(seed);
    stream.run(400, 26 + static_cast<int>(seed % 12));
    const MemoryInteractions interactions(stream.rows);
    const auto model = trained({&interactions});
    const auto ranks = popularRanks(interactions);
    const auto list = answer(*model, 100);
    size_t above = 0;
    for (size_t place = 0; place < list.size(); ++place)
      above += ranks.at(list[place]) < 100 && place < ranks.at(list[place]);
    CHECK(above == 0);
  }
}

TEST_CASE("what grows comes first, what is popular after it", "[trending]") {
  std::vector<Row> rows;
  const auto add = [&](const char* item, int64_t hours, int times) {
    for (int i = 0; i < times; ++i)
      rows.push_back({"u" + std::to_string(i), item, kStart + hours * kHour + i});
  };
  for (int hour = 0; hour < 40; hour += 2) {
    add("large", hour, 60);
    add("middle", hour, 20);
    add("small", hour, 2);
  }
  add("large", 41, 60);
  add("middle", 41, 22);
  add("small", 41, 40);
  add("new", 41, 50);
  const MemoryInteractions interactions(rows, {"never"});
  MemoryTable items({}, interactions.itemCount());
  items.set(interactions.item("never"), {});
  const auto model = trained({&interactions, &items});
  CHECK(answer(*model) == std::vector<std::string>{"new", "small", "large", "middle", "never"});

  SECTION("two intervals later nothing is known to grow any more (R13)") {
    Question question;
    const int64_t newest = kStart + 41 * kHour + 59;
    question.time = newest + 4 * kHour;
    CHECK(answer(*model, question)[0] == "new");
    question.time = newest + 4 * kHour + 1;
    CHECK(answer(*model, question) == std::vector<std::string>{"large", "middle", "small", "new", "never"});
    const auto evidence = *model->explain(question, model->items().fromId("new"));
    REQUIRE(evidence.size() == 1);
    CHECK(evidence[0].kind == "popularity");
    CHECK(evidence[0].count == 50);
  }
  SECTION("an admission is respected, and a list is ranked alike") {
    Question question;
    std::vector<uint64_t> bits(1);
    for (const char* id : {"small", "middle", "never"}) bits[0] |= uint64_t{1} << interactions.item(id);
    question.admission.allowed = bits;
    question.admission.restricted = true;
    CHECK(answer(*model, question) == std::vector<std::string>{"small", "middle", "never"});
    question.limit = 1;
    CHECK(answer(*model, question) == std::vector<std::string>{"small"});
    const std::vector<Index> list = {interactions.item("middle"), interactions.item("large"), 77,
                                     interactions.item("small")};
    const auto ranked = *model->rank({}, list);
    REQUIRE(ranked.size() == 4);
    CHECK(model->items().id(ranked[0].item) == "small");
    CHECK(model->items().id(ranked[1].item) == "large");
    CHECK(ranked[3].item == kNoIndex);
  }
  SECTION("saved and opened") {
    MemorySections sections;
    model->save(sections);
    const auto opened = (*recipeOfFamily("trending"))->open(sections);
    REQUIRE(opened);
    CHECK(answer(**opened) == answer(*model));
    MemorySections again;
    (*opened)->save(again);
    for (const std::string& name : sections.names()) CHECK(*again.get(name) == *sections.get(name));
    for (const char* name : {"trending/period", "trending/counts", "trending/growth", "trending/popular"}) {
      INFO(name);
      MemorySections damaged;
      model->save(damaged);
      damaged.put(name, "123");
      CHECK((*recipeOfFamily("trending"))->open(damaged).error().code == ErrorCode::kCorrupt);
    }
  }
  SECTION("an update counts anew") {
    auto more = rows;
    for (int i = 0; i < 90; ++i) more.push_back({"w" + std::to_string(i), "middle", kStart + 46 * kHour});
    const MemoryInteractions later(more);
    Progress progress;
    const auto updated = (*recipeOfFamily("trending"))->update(*model, {&later}, every("2 hours"), progress);
    REQUIRE(updated);
    CHECK(answer(**updated)[0] == "middle");
  }
}

TEST_CASE("trending says what it cannot do, and takes the settings it is given", "[trending]") {
  const TrendingRecipe recipe;
  const MemoryInteractions none({});
  const MemoryInteractions some(
      {{"a", "x", 10, "Watch"}, {"a", "y", 20'000, "Click"}, {"b", "z", 90'000'000}});
  Progress progress;
  CHECK(recipe.train({&none}, every("2 hours"), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({nullptr}, every("2 hours"), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({&some}, every("2 weeks"), progress).error().code == ErrorCode::kInvalidInput);
  TrainingConfiguration plain;
  CHECK(recipe.train({&some}, plain, progress));
  plain.events = {{"Watch"}};
  CHECK(answer(*trained({&some}, plain)) == std::vector<std::string>{"x"});
  plain.events = {{"Buy"}};
  CHECK(recipe.train({&some}, plain, progress).error().code == ErrorCode::kInvalidInput);
  TrainingConfiguration asOf = every("1 day");
  asOf.asOf = 30'000;
  CHECK(answer(*trained({&some}, asOf)) == std::vector<std::string>{"x", "y"});
  progress.cancel();
  CHECK(recipe.train({&some}, every("2 hours"), progress).error().code == ErrorCode::kCancelled);
  CHECK(recipe.updates());

  struct {
    const char* frequency;
    const char* refresh;
  } const rows[] = {{"30 minutes", "rate(30 minutes)"},
                    {"1 hour", "rate(1 hour)"},
                    {"2 hours", "rate(2 hours)"},
                    {"3 hours", "rate(2 hours)"},
                    {"1 day", "rate(2 hours)"}};
  for (const auto& row : rows) CHECK(trendingRefresh(every(row.frequency).hyperparameters) == row.refresh);
  CHECK(trendingRefresh(Json::object()) == "rate(2 hours)");
}

TEST_CASE("the bound on growth rises with evidence and falls with doubt", "[trending]") {
  const auto bound = [](double current, double expected, double shape, double wobble = 0) {
    return growthLowerBound({current, expected, shape}, wobble, 4);
  };
  CHECK(bound(10, 10, 100) < 1);
  CHECK(bound(1000, 1000, 10'000) < 1);
  CHECK(bound(1000, 1000, 10'000) > 0.8);
  CHECK(bound(5000, 1000, 10'000) > 4);
  CHECK(bound(5000, 1000, 10'000) < 5);
  CHECK(bound(40, 8, 80) > 1.5);
  CHECK(bound(4, 0.8, 8) < 1);
  CHECK(bound(40, 8, 8) < bound(40, 8, 80));
  CHECK(bound(40, 8, 80, 0.1) < bound(40, 8, 80));
  CHECK(bound(0, 8, 80) == 0);
  CHECK(bound(0, 0, 0.5) == 0);
  CHECK(std::isfinite(bound(1e9, 1e-9, 0.5)));
}

TEST_CASE("trends do not depend on the number of threads", "[trending]") {
  const MemoryInteractions interactions(randomRows(11, 3000, 300, 12));
  MemorySections first, second;
  trained({&interactions})->save(first);
  // Loops within a loop run on its thread alone.
  parallelFor(2, [&](size_t i) {
    if (i == 0) trained({&interactions})->save(second);
  });
  for (const std::string& name : first.names()) CHECK(*first.get(name) == *second.get(name));
}

}  // namespace trending_test
