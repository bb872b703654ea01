#include "recipes/comparison.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "recipes/evaluation.h"
#include "recipes/yardsticks.h"
#include "tests/recipes/memory_views.h"

namespace comparison_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

Contender popularity(const char* name) {
  Contender contender;
  contender.name = name;
  contender.recipe = *recipeOfFamily("popularity");
  contender.configuration.recipe = "aws-popularity-count";
  return contender;
}

std::unique_ptr<OrderedInteractions> ordered(const Interactions& interactions, uint64_t seed = 1) {
  Progress progress;
  return std::move(*OrderedInteractions::of(interactions, seed, TieOrder::kHash, progress));
}

}  // namespace

TEST_CASE("ties in time are ordered by a hash that a seed changes\\, and by id if asked", "[comparison]") {
  std::vector<Row> rows;
  for (int item = 0; item < 12; ++item) rows.push_back({"u", std::to_string(item), item < 10 ? 5 : 1});
  const MemoryInteractions interactions(rows);
  const auto idsOf = [&](const OrderedInteractions& order) {
    std::vector<std::string> ids;
    for (const Index item : order.history(0).items) ids.emplace_back(interactions.itemId(item));
    return ids;
  };
  const auto one = idsOf(*ordered(interactions, 1));
  CHECK(std::set<std::string>{one[0], one[1]} == std::set<std::string>{"10", "11"});
  CHECK(one == idsOf(*ordered(interactions, 1)));
  CHECK(one != idsOf(*ordered(interactions, 2)));
  Progress progress;
  const auto byId = OrderedInteractions::of(interactions, 1, TieOrder::kItemId, progress);
  REQUIRE(byId);
  CHECK(idsOf(**byId) ==
        std::vector<std::string>{"10", "11", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

TEST_CASE("each protocol asks for what it says", "[comparison]") {
  std::vector<Row> rows;
  for (int i = 0; i < 25; ++i) rows.push_back({"u", "i" + std::to_string(i), i});
  rows.push_back({"once", "i3", 1});
  const MemoryInteractions interactions(rows);
  const auto order = ordered(interactions);
  const EventSelector all({}, interactions.eventTypes());
  struct {
    Protocol protocol;
    size_t cases;
    uint32_t firstInput, kept;
    size_t firstTruth;
    const char* reason;
  } const table[] = {
      {Protocol::kLeaveLast, 1, 24, 24, 1, "the last event"},
      {Protocol::kRolling, 10, 15, 15, 1, "the last ten in turn"},
      {Protocol::kUsers, 1, 23, 0, 2, "the newest tenth, rounded down"},
      {Protocol::kFollowing, 24, 1, 0, 10, "every event but the last is a query"},
  };
  for (const auto& row : table) {
    INFO(row.reason);
    SplitOptions options;
    options.protocol = row.protocol;
    options.folds = 2;
    HeldOut heldOut;
    for (options.fold = 0; options.fold < 2; ++options.fold) {
      heldOut = holdOut(*order, nullptr, all, options);
      if (!heldOut.cases.empty()) break;
    }
    REQUIRE(heldOut.cases.size() == row.cases);
    CHECK(heldOut.cases.front().input == row.firstInput);
    CHECK(heldOut.cases.front().truth.size() == row.firstTruth);
    CHECK(heldOut.kept[interactions.user("u")] == row.kept);
    CHECK(heldOut.kept[interactions.user("once")] == 1);
    CHECK(heldOut.catalogueSize == 25);
  }
}

TEST_CASE("the folds ask everybody once, and repeats and threads change nothing else", "[comparison]") {
  const MemoryInteractions interactions(randomRows(5, 150, 40, 6));
  ComparisonOptions options;
  options.allFolds = true;
  options.resamples = 200;
  Progress progress;
  const auto comparison = compare({&interactions}, {popularity("a"), popularity("b")}, options, progress);
  REQUIRE(comparison);
  CHECK(comparison->runs == 10);
  REQUIRE(comparison->tasks.size() == 2);
  const TaskFigures& any = comparison->tasks[1];
  CHECK(any.name == "ANY");
  CHECK(any.users == countData(interactions, {}).usersWithTwo);
  CHECK(any.cases == any.users);
  // Two of a kind do not differ, in no sample.
  const MethodSpread& same = any.methods[1].spread;
  for (size_t i = 0; i < kFigureCount; ++i) {
    CHECK(same.difference[i] == 0);
    CHECK(same.differenceInterval[i].low == 0);
    CHECK(same.differenceInterval[i].high == 0);
    CHECK(same.interval[i].low <= same.mean[i]);
    CHECK(same.interval[i].high >= same.mean[i]);
  }
  Progress again;
  const auto twice = compare({&interactions}, {popularity("a"), popularity("b")}, options, again);
  REQUIRE(twice);
  CHECK(toJson(*twice) == toJson(*comparison));
  options.repeats = 3;
  options.allFolds = false;
  Progress more;
  const auto repeated = compare({&interactions}, {popularity("a")}, options, more);
  REQUIRE(repeated);
  CHECK(repeated->runs == 3);
}

TEST_CASE("EASE takes the most popular items where all are too many", "[comparison]") {
  const MemoryInteractions interactions(randomRows(9, 60, 50, 8));
  const auto order = ordered(interactions);
  const EventSelector all({}, interactions.eventTypes());
  SplitOptions splitOptions;
  splitOptions.protocol = Protocol::kLeaveLast;
  const HeldOut heldOut = holdOut(*order, nullptr, all, splitOptions);
  const TrainingPrefix training(*order, heldOut.kept);
  const YardstickInput input{&training, &all, &heldOut.catalogue, TieOrder::kHash, 1};
  Progress progress;
  EaseSettings settings;
  settings.most = 12;
  const auto ease = easeYardstick(input, settings, progress);
  REQUIRE(ease);
  for (const HeldOutCase& one : heldOut.cases) {
    Ask ask;
    ask.user = one.user;
    ask.input = firstRowsOf(order->history(one.user), one.input);
    ask.limit = 10;
    CHECK((*ease)->rank(ask)->size() == 10);
  }
}

TEST_CASE("an automatic filter is the only task\\, and what it filters is not answered", "[comparison]") {
  std::vector<Row> rows;
  for (int user = 0; user < 60; ++user)
    for (int i = 0; i < 4; ++i)
      rows.push_back(
          {"u" + std::to_string(user), "i" + std::to_string((user + i) % 7), i, i % 2 ? "Buy" : "View"});
  const MemoryInteractions interactions(rows);
  ComparisonOptions options;
  options.protocol = Protocol::kLeaveLast;
  options.automaticFilter = {"buy"};
  options.resamples = 0;
  Progress progress;
  std::string lists;
  const auto comparison = compare({&interactions}, {popularity("it")}, options, progress,
                                  [&](std::string_view file, std::string_view text) {
                                    if (file == "list-filtered-popularity.csv") lists += text;
                                    return true;
                                  });
  REQUIRE(comparison);
  REQUIRE(comparison->tasks.size() == 1);
  CHECK(comparison->tasks[0].name == "FILTERED");
  CHECK(comparison->tasks[0].cases == 60);
  CHECK(lists.starts_with("user,rank,item\n"));
  // u0: i0 seen, i1 bought, i2 seen; then i3 was bought.
  CHECK(lists.find("u0,1,i1\n") == std::string::npos);
}

TEST_CASE("measuring refuses what it cannot do and stops when told", "[comparison]") {
  const MemoryInteractions single({{"u", "a", 1}, {"v", "b", 1}});
  Progress progress;
  CHECK(compare({&single}, {popularity("it")}, {}, progress).error().code == ErrorCode::kInvalidInput);
  CHECK(compare({&single}, {}, {}, progress).error().code == ErrorCode::kInvalidInput);
  const MemoryInteractions interactions(randomRows(5, 100, 30, 5));
  Contender segments = popularity("it");
  segments.configuration.recipe = "aws-item-affinity";
  CHECK(compare({&interactions}, {segments}, {}, progress).error().code == ErrorCode::kNotImplemented);
  CHECK(compare({&interactions}, {popularity("it")}, {}, progress,
                [](std::string_view, std::string_view) { return false; })
            .error()
            .code == ErrorCode::kCancelled);
  progress.cancel();
  CHECK(compare({&interactions}, {popularity("it")}, {}, progress).error().code == ErrorCode::kCancelled);
}

}  // namespace comparison_test
