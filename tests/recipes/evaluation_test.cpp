#include "recipes/evaluation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "tests/recipes/memory_views.h"
#include "tests/recipes/movielens.h"

namespace evaluation_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

RankedCase hitsAt(std::initializer_list<Index> positions, Index length, std::vector<Index> alsoTrue = {}) {
  RankedCase one;
  for (Index i = 1; i <= length; ++i) one.ranked.push_back(i);
  one.truth = positions;
  one.truth.insert(one.truth.end(), alsoTrue.begin(), alsoTrue.end());
  return one;
}

std::string fourDecimals(double value) {
  return fmt::format("{:.4f}", value);
}

// Straight from the definitions, with sets and logarithms at every step.
std::map<std::string, double> naiveMetrics(const std::vector<RankedCase>& cases, double catalogue) {
  std::map<std::string, double> sums = {{"coverage", 0.0}, {"mean_reciprocal_rank_at_25", 0.0}};
  std::set<Index> shown;
  for (const RankedCase& one : cases) {
    const std::set<Index> truth(one.truth.begin(), one.truth.end());
    for (size_t i = 0; i < one.ranked.size() && i < 25; ++i) shown.insert(one.ranked[i]);
    for (size_t i = 1; i <= one.ranked.size() && i <= 25; ++i)
      if (truth.count(one.ranked[i - 1])) {
        sums["mean_reciprocal_rank_at_25"] += 1.0 / double(i);
        break;
      }
    for (const size_t k : {5, 10, 25}) {
      double hits = 0, dcg = 0, ideal = 0;
      for (size_t i = 1; i <= k; ++i) {
        if (i <= one.ranked.size() && truth.count(one.ranked[i - 1]))
          hits += 1, dcg += std::log(2.0) / std::log(1.0 + double(i));
        if (i <= truth.size()) ideal += std::log(2.0) / std::log(1.0 + double(i));
      }
      sums["precision_at_" + std::to_string(k)] += hits / double(k);
      sums["normalized_discounted_cumulative_gain_at_" + std::to_string(k)] += ideal > 0 ? dcg / ideal : 0;
    }
  }
  for (auto& [name, sum] : sums) sum /= double(cases.size());
  sums["coverage"] = double(shown.size()) / catalogue;
  return sums;
}

// The split and the question of 6.1 with nothing but maps: popularity by distinct users of the training part.
std::map<std::string, double> naivePopularityEvaluation(std::vector<Row> rows, uint64_t seed,
                                                        const char* type) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.time < b.time; });
  std::map<std::string, std::vector<std::string>> histories;
  std::map<std::string, Index> numbers;
  for (const Row& row : rows) {
    numbers.emplace(row.item, Index(numbers.size()));
    if (!*type || equalsIgnoreCase(row.type, type)) histories[row.user].push_back(row.item);
  }
  std::map<std::string, std::set<std::string>> watchers;
  const auto tested = [&](const std::string& user) {
    return hash64(user, seed) % 10 == 0 && histories[user].size() >= 2;
  };
  for (const auto& [user, items] : histories)
    for (const std::string& item : items)
      if (!tested(user)) watchers[item].insert(user);
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [item, users] : watchers) order.emplace_back(-int64_t(users.size()), item);
  std::sort(order.begin(), order.end());
  std::vector<RankedCase> cases;
  for (const auto& [user, items] : histories) {
    if (!tested(user)) continue;
    RankedCase one;
    for (size_t i = 0; i < std::min<size_t>(25, order.size()); ++i)
      one.ranked.push_back(numbers[order[i].second]);
    const size_t held = std::max<size_t>(1, items.size() / 10);
    for (size_t i = items.size() - held; i < items.size(); ++i) one.truth.push_back(numbers[items[i]]);
    cases.push_back(one);
  }
  return cases.empty() ? std::map<std::string, double>{} : naiveMetrics(cases, double(numbers.size()));
}

TrainingConfiguration popularity(uint64_t seed, const char* type = "") {
  TrainingConfiguration configuration;
  configuration.recipe = "aws-popularity-count";
  configuration.seed = seed;
  if (*type) configuration.events = {{type}};
  return configuration;
}

void checkSame(const std::map<std::string, double>& actual, const std::map<std::string, double>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (const auto& [name, value] : expected) {
    INFO(name);
    REQUIRE(actual.count(name));
    CHECK(std::abs(actual.at(name) - value) <= 1e-12);
  }
}

}  // namespace

TEST_CASE("the documented examples of the metrics", "[metrics]") {
  const auto ranks = rankingMetrics({hitsAt({4}, 25), hitsAt({2}, 25), hitsAt({6}, 25)}, 100);
  CHECK(fourDecimals(ranks.at("mean_reciprocal_rank_at_25")) == "0.3056");
  const auto two = rankingMetrics({hitsAt({2, 5}, 5)}, 10);
  CHECK(fourDecimals(two.at("normalized_discounted_cumulative_gain_at_5")) == "0.6241");
  CHECK(fourDecimals(two.at("precision_at_5")) == "0.4000");
  CHECK(fourDecimals(two.at("coverage")) == "0.5000");
  CHECK(fourDecimals(rankingMetrics({hitsAt({1, 5, 9}, 10)}, 10).at("precision_at_10")) == "0.3000");
}

TEST_CASE("corners of the metrics", "[metrics]") {
  struct {
    std::vector<RankedCase> cases;
    const char* metric;
    const char* expected;
    const char* reason;
  } const rows[] = {
      {{}, "precision_at_5", "0.0000", "no test users"},
      {{hitsAt({}, 25)}, "normalized_discounted_cumulative_gain_at_5", "0.0000", "no truth"},
      {{hitsAt({26}, 30)}, "mean_reciprocal_rank_at_25", "0.0000", "rank 26 does not count"},
      {{hitsAt({1, 2, 3, 4, 5, 6}, 25)},
       "normalized_discounted_cumulative_gain_at_5",
       "1.0000",
       "ideal over min(|T|, K) (ME-10)"},
      {{hitsAt({1, 2}, 2, {77, 78})},
       "normalized_discounted_cumulative_gain_at_5",
       "0.6367",
       "the ideal counts targets that were not found"},
      {{hitsAt({1}, 3)}, "precision_at_25", "0.0400", "short lists are divided by K all the same"},
      {{hitsAt({1}, 30)}, "coverage", "0.2500", "only the first 25 count"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    CHECK(fourDecimals(rankingMetrics(row.cases, 100).at(row.metric)) == row.expected);
  }
  CHECK(rankingMetrics({hitsAt({1}, 3)}, 0).at("coverage") == 0.0);
}

TEST_CASE("metrics agree with a naive implementation on random lists", "[metrics]") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::vector<RankedCase> cases(1 + random.below(40));
    for (RankedCase& one : cases) {
      std::set<Index> ranked, truth;
      for (uint64_t i = random.below(40); i > 0; --i) ranked.insert(Index(random.below(200)));
      for (uint64_t i = random.below(60); i > 0; --i) truth.insert(Index(random.below(200)));
      one.ranked.assign(ranked.begin(), ranked.end());
      for (size_t i = one.ranked.size(); i > 1; --i)
        std::swap(one.ranked[i - 1], one.ranked[random.below(i)]);
      one.truth.assign(truth.begin(), truth.end());
    }
    checkSame(rankingMetrics(cases, 200), naiveMetrics(cases, 200));
  }
}

TEST_CASE("evaluation agrees with a naive one, whatever the seed and selection", "[evaluation]") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    const std::vector<Row> rows = randomRows(seed + 100, 400, 150, 15);
    const MemoryInteractions interactions(rows);
    const char* const type = seed % 2 ? "Watch" : "";
    Progress progress;
    const auto evaluation =
        evaluate(**recipeOfFamily("popularity"), {&interactions}, popularity(seed, type), progress);
    REQUIRE(evaluation);
    CHECK(evaluation->testUsers > 10);
    checkSame(evaluation->metrics, naivePopularityEvaluation(rows, seed, type));
  }
}

TEST_CASE("evaluation agrees with a naive one on MovieLens", "[evaluation]") {
  const auto rows = movieLensRatings();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of movielens-small: not tested on real data");
    return;
  }
  const MemoryInteractions interactions(*rows);
  Progress progress;
  const auto evaluation = evaluate(**recipeOfFamily("popularity"), {&interactions}, popularity(1), progress);
  REQUIRE(evaluation);
  checkSame(evaluation->metrics, naivePopularityEvaluation(*rows, 1, ""));
}

TEST_CASE("the folds divide the users, and little data has no metrics", "[evaluation]") {
  const MemoryInteractions interactions(randomRows(5, 300, 60, 9));
  int64_t tested = 0;
  for (int fold = 0; fold < 10; ++fold) {
    Progress progress;
    EvaluationOptions options;
    options.fold = fold;
    const auto evaluation =
        evaluate(**recipeOfFamily("popularity"), {&interactions}, popularity(3), progress, options);
    REQUIRE(evaluation);
    tested += evaluation->testUsers;
  }
  CHECK(tested == countData(interactions, {}).usersWithTwo);

  const MemoryInteractions one({{"u", "a", 1}, {"u", "b", 2}});
  Progress progress;
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) {
    const auto evaluation = evaluate(**recipeOfFamily("popularity"), {&one}, popularity(seed), progress);
    REQUIRE(evaluation);
    CHECK(evaluation->metrics.empty());
    CHECK(evaluation->testUsers == 0);
  }
}

TEST_CASE("the automatic filter holds in evaluation as in serving", "[evaluation]") {
  // Everybody watched `hit` first and then something of their own; with watched items filtered `hit` cannot
  // be answered.
  std::vector<Row> rows;
  for (int user = 0; user < 200; ++user) {
    rows.push_back({"u" + std::to_string(user), "hit", 1, "Watch"});
    rows.push_back({"u" + std::to_string(user), "late" + std::to_string(user % 2), 2, "Watch"});
  }
  const MemoryInteractions interactions(rows);
  Progress progress;
  EvaluationOptions options;
  const auto open =
      evaluate(**recipeOfFamily("popularity"), {&interactions}, popularity(1), progress, options);
  options.automaticFilter = {"watch"};
  const auto filtered =
      evaluate(**recipeOfFamily("popularity"), {&interactions}, popularity(1), progress, options);
  REQUIRE(open);
  REQUIRE(filtered);
  CHECK(open->metrics.at("mean_reciprocal_rank_at_25") < 0.51);
  CHECK(filtered->metrics.at("mean_reciprocal_rank_at_25") > 0.7);
}

TEST_CASE("evaluation refuses and stops", "[evaluation]") {
  const MemoryInteractions interactions(randomRows(5, 100, 30, 5));
  Progress progress;
  EvaluationOptions options;
  options.fold = 10;
  CHECK(evaluate(**recipeOfFamily("popularity"), {&interactions}, popularity(1), progress, options)
            .error()
            .code == ErrorCode::kInvalidInput);
  TrainingConfiguration segments = popularity(1);
  segments.recipe = "aws-item-affinity";
  CHECK(evaluate(**recipeOfFamily("popularity"), {&interactions}, segments, progress).error().code ==
        ErrorCode::kNotImplemented);
  progress.cancel();
  CHECK(evaluate(**recipeOfFamily("popularity"), {&interactions}, popularity(1), progress).error().code ==
        ErrorCode::kCancelled);
}

TEST_CASE("counting data says what it can carry", "[evaluation]") {
  const MemoryInteractions interactions({{"a", "x", 1, "Watch"},
                                         {"a", "y", 2, "Click"},
                                         {"b", "x", 1, "watch"},
                                         {"c", "z", 1, ""},
                                         {"a", "x", 3, "Watch"}});
  const DataCounts all = countData(interactions, {});
  CHECK(all.interactions == 5);
  CHECK(all.users == 3);
  CHECK(all.usersWithTwo == 1);
  CHECK(all.items == 3);
  CHECK(all.perEventType ==
        std::map<std::string, int64_t>{{"", 1}, {"Click", 1}, {"Watch", 2}, {"watch", 1}});
  const DataCounts watched = countData(interactions, {{"WATCH"}});
  CHECK(watched.interactions == 3);
  CHECK(watched.users == 2);
  CHECK(watched.usersWithTwo == 1);
  CHECK(watched.items == 1);
  CHECK(watched.perEventType == all.perEventType);
}

}  // namespace evaluation_test
