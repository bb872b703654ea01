// What the explorer learns, shows and keeps, without a shop around it.
#include "recipes/exploration/explorer.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "recipes/exploration/gamma.h"

namespace explorer_test {

using namespace proffer;
using namespace proffer::recipes;

namespace {

std::vector<PredictedItem> itemsFrom(Index first, size_t count, double predicted = 0.01) {
  std::vector<PredictedItem> items;
  for (size_t i = 0; i < count; ++i) items.push_back({first + static_cast<Index>(i), predicted});
  return items;
}

std::vector<Index> itemsIn(const std::vector<Explorer::Slot>& slots) {
  std::vector<Index> items;
  for (const Explorer::Slot& slot : slots) items.push_back(slot.item);
  return items;
}

std::string savedBytes(const Explorer& explorer) {
  MemorySections sections;
  explorer.save(sections);
  std::string all;
  for (const std::string& name : sections.names()) all += name + std::string(*sections.get(name));
  return all;
}

// Somebody is shown ten items of 0 to 29, and chooses one.
void learnSomething(Explorer& explorer, uint64_t occasion) {
  GammaDraws random(occasion);
  std::vector<PredictedItem> shown = itemsFrom(static_cast<Index>(random.bits() % 20), 10);
  for (PredictedItem& item : shown) item.predicted = random.uniform();
  explorer.learn(occasion, shown, random.bits() % 11 == 0 ? Explorer::kNothing : random.bits() % 10);
}

}  // namespace

TEST_CASE("gamma draws have the distribution that the tail and the quantiles tell of") {
  for (const auto& [shape, rate] : {std::pair(0.5, 2.0), {1.0, 1.0}, {4.0, 4.0}, {60.0, 30.0}}) {
    CAPTURE(shape, rate);
    GammaDraws draws(42);
    constexpr int kCount = 40'000;
    double sum = 0, above = 0;
    const double quantile = gammaQuantile(shape, rate, 0.9);
    for (int i = 0; i < kCount; ++i) {
      const double drawn = draws.gamma(shape, rate);
      sum += drawn;
      above += drawn > quantile;
    }
    const double deviation = std::sqrt(shape) / rate / std::sqrt(kCount);
    CHECK(sum / kCount == Approx(shape / rate).margin(5 * deviation));
    CHECK(above / kCount == Approx(0.1).margin(0.01));
    CHECK(gammaTail(shape, rate, quantile) == Approx(0.1).margin(1e-9));
    for (const double x : {0.1, 0.5, 1.0, 2.0, 5.0})
      CHECK(quickGammaTail(shape, rate, x) == Approx(gammaTail(shape, rate, x)).margin(0.011));
  }
  CHECK(gammaTail(1, 2, 1.5) == Approx(std::exp(-3.0)));  // the exponential distribution
  CHECK(gammaTail(2, 1, 3) == Approx(4 * std::exp(-3.0)));
}

TEST_CASE("weight 0 is the model's list as it is, whatever the candidates and the seed") {
  const Explorer explorer;
  const auto ranked = itemsFrom(100, 25);
  const auto candidates = itemsFrom(0, 50);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto list = explorer.arrange(ranked, candidates, 25, 0, seed);
    CHECK(itemsIn(list) == itemsIn(explorer.arrange(ranked, {}, 25, 1, seed)));
    REQUIRE(list.size() == 25);
    for (size_t i = 0; i < 25; ++i) {
      CHECK(list[i].item == ranked[i].item);
      CHECK_FALSE(list[i].explored);
      CHECK(list[i].probability == 1);
    }
  }
}

TEST_CASE("the share of slots is the weight, the first slot exempt, and no item stands twice") {
  const Explorer explorer;
  const auto ranked = itemsFrom(20, 25);  // 20 to 44; candidates among them
  const auto candidates = itemsFrom(0, 40);
  for (const double weight : {0.1, 0.3, 0.5, 1.0}) {
    CAPTURE(weight);
    double explored = 0;
    std::map<size_t, double> perSlot;
    for (uint64_t seed = 0; seed < 2000; ++seed) {
      const auto list = explorer.arrange(ranked, candidates, 25, weight, seed);
      const auto items = itemsIn(list);
      REQUIRE(std::set<Index>(items.begin(), items.end()).size() == 25);
      CHECK(list.front().item == 20);
      double here = 0;
      for (size_t i = 0; i < list.size(); ++i) {
        here += list[i].explored;
        perSlot[i] += list[i].explored;
        const auto& from = list[i].explored ? candidates : ranked;
        CHECK(from[list[i].from].item == list[i].item);
        CHECK(list[i].probability > 0);
        CHECK(list[i].probability <= 1);
      }
      CHECK(here >= std::floor(weight * 24));
      CHECK(here <= std::ceil(weight * 24));
      explored += here;
    }
    CHECK(perSlot[0] == 0);
    for (size_t i = 1; i < 25; ++i) CHECK(perSlot[i] / 2000 == Approx(weight).margin(0.05));
    CHECK(explored / 2000 / 24 == Approx(weight).margin(0.005));
  }
}

TEST_CASE("the same seed gives the same list, another one another") {
  Explorer explorer;
  for (uint64_t i = 0; i < 500; ++i) learnSomething(explorer, i);
  const auto ranked = itemsFrom(100, 25);
  const auto candidates = itemsFrom(0, 30);
  std::set<std::vector<Index>> lists;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto list = itemsIn(explorer.arrange(ranked, candidates, 25, 0.3, seed));
    CHECK(list == itemsIn(explorer.arrange(ranked, candidates, 25, 0.3, seed)));
    lists.insert(list);
  }
  CHECK(lists.size() == 20);
}

TEST_CASE("few items: lists end where there is nothing left") {
  const Explorer explorer;
  CHECK(explorer.arrange({}, {}, 10, 0.3, 1).empty());
  CHECK(explorer.arrange(itemsFrom(0, 3), {}, 10, 1, 1).size() == 3);
  CHECK(explorer.arrange(itemsFrom(0, 3), itemsFrom(0, 3), 10, 1, 1).size() == 3);
  CHECK(explorer.arrange(itemsFrom(0, 3), itemsFrom(10, 2), 10, 1, 1).size() == 5);
  CHECK(explorer.arrange(itemsFrom(0, 3), itemsFrom(10, 9), 1, 1, 1).front().item == 0);
  CHECK(explorer.arrange(itemsFrom(0, 3), itemsFrom(10, 9), 0, 1, 1).empty());
  // Predictions that say nothing.
  for (const double odd : {0.0, -1.0, std::nan(""), 1e300})
    CHECK(explorer.arrange(itemsFrom(0, 3, odd), itemsFrom(10, 9, odd), 5, 1, 1).size() == 5);
}

TEST_CASE("the probability of an explored slot is how often its item comes there") {
  Explorer explorer;
  for (uint64_t i = 0; i < 2000; ++i) learnSomething(explorer, i);
  const auto ranked = itemsFrom(100, 2);
  auto candidates = itemsFrom(0, 8);
  for (size_t i = 0; i < candidates.size(); ++i) candidates[i].predicted *= static_cast<double>(i + 1);
  constexpr int kTimes = 20'000;
  std::map<Index, double> often, told;
  for (int seed = 0; seed < kTimes; ++seed) {
    const auto slot = explorer.arrange(ranked, candidates, 2, 0.5, static_cast<uint64_t>(seed))[1];
    ++often[slot.item];
    if (!slot.explored) CHECK(slot.probability == 0.5);
    told[slot.item] += slot.probability;
  }
  for (const auto& [item, times] : often) {
    if (times < 200) continue;
    CAPTURE(item, times);
    CHECK(told[item] / times == Approx(times / kTimes).epsilon(0.25));
  }
}

TEST_CASE("a choice counts once, however often it is told") {
  Explorer once, again;
  const auto shown = itemsFrom(0, 10);
  CHECK(once.learn(1, shown, 3));
  CHECK(once.learn(1, shown, 4));  // another item of the same list
  CHECK(once.learn(2, shown, 3));  // another list
  CHECK(once.learn(2, shown, Explorer::kNothing));
  for (int time = 0; time < 3; ++time)
    for (const auto& [occasion, chosen] :
         {std::pair<uint64_t, size_t>(1, 3), {1, 4}, {2, 3}, {2, Explorer::kNothing}})
      CHECK(again.learn(occasion, shown, chosen) == (time == 0));
  CHECK(savedBytes(once) == savedBytes(again));
  CHECK(again.belief(3).clicks == 2);
  CHECK(again.choices() == 4);
}

TEST_CASE("a list with a choice has as many expected clicks as it had real ones") {
  Explorer explorer;
  const auto shown = itemsFrom(0, 10);
  explorer.learn(1, shown, 9);
  double expected = 0;
  for (Index item = 0; item < 10; ++item) expected += explorer.belief(item).expected;
  CHECK(expected == Approx(1));
  CHECK(explorer.belief(0).expected > explorer.belief(9).expected);  // the first place is seen by more
  CHECK(explorer.mean(9) > 1);
  CHECK(explorer.mean(0) < 1);
  const double before = explorer.mean(2);
  explorer.learn(2, shown, Explorer::kNothing);
  CHECK(explorer.mean(2) < before);  // shown, and something else was chosen

  SECTION("what tells nothing changes nothing") {
    const std::string bytes = savedBytes(explorer);
    CHECK_FALSE(explorer.learn(3, {}, Explorer::kNothing));
    CHECK_FALSE(explorer.learn(3, itemsFrom(0, 1), 0));
    CHECK(savedBytes(explorer) == bytes);
  }
  SECTION("unknown items hold their places") {
    auto unknown = itemsFrom(20, 3);
    unknown[0].item = kNoIndex;
    CHECK(explorer.learn(4, unknown, 0));
    CHECK(explorer.belief(kNoIndex).clicks == 0);
    CHECK(explorer.mean(21) < 1);
  }
}

TEST_CASE("what is told often is found: four times the predicted clicks, and none of them") {
  Explorer explorer;
  GammaDraws random(7);
  for (uint64_t i = 0; i < 2000; ++i) {
    auto shown = itemsFrom(0, 10);
    std::swap(shown[random.bits() % 10], shown[0]);
    std::swap(shown[random.bits() % 10], shown[1]);
    std::vector<double> chances;
    double sum = 0;
    for (size_t k = 0; k < 10; ++k) {
      const double theta = shown[k].item == 0 ? 4 : shown[k].item == 1 ? 0 : 1;
      sum += theta / static_cast<double>(k + 1);  // not the places' discounts that are assumed
      chances.push_back(sum);
    }
    const double drawn = random.uniform() * sum;
    explorer.learn(
        i, shown,
        static_cast<size_t>(std::upper_bound(chances.begin(), chances.end(), drawn) - chances.begin()));
  }
  explorer.fitPrior([](Index) { return true; });
  CHECK(explorer.mean(0) / explorer.mean(5) == Approx(4).epsilon(0.2));
  CHECK(explorer.mean(1) < 0.1);
  CHECK(explorer.belief(0).low > 1.5);
  CHECK(explorer.discount(8) / explorer.discount(0) < 0.2);
}

TEST_CASE("the prior becomes wide where items differ, and narrow where they do not") {
  for (const bool differ : {true, false}) {
    Explorer explorer;
    GammaDraws random(11);
    for (uint64_t i = 0; i < 20'000; ++i) {
      auto shown = itemsFrom(static_cast<Index>(random.bits() % 191), 10);
      size_t chosen = random.bits() % 10;
      if (differ && shown[chosen].item % 4 != 0 && random.uniform() < 0.6) chosen = (chosen + 1) % 10;
      if (differ && shown[chosen].item % 4 != 0 && random.uniform() < 0.6) chosen = (chosen + 1) % 10;
      explorer.learn(i, shown, chosen);
    }
    explorer.fitPrior([](Index) { return true; });
    CAPTURE(differ, explorer.prior());
    CHECK((explorer.prior() > 12) != differ);
  }
}

TEST_CASE("what was learned is kept, and goes on from there as if nothing had been") {
  Explorer explorer;
  for (uint64_t i = 0; i < 300; ++i) learnSomething(explorer, i);
  explorer.fitPrior([](Index item) { return item > 10; });
  MemorySections sections;
  explorer.save(sections);
  auto opened = Explorer::open(sections);
  REQUIRE(opened);
  CHECK(savedBytes(*opened) == savedBytes(explorer));
  for (uint64_t i = 200; i < 400; ++i) {  // a third of them again
    learnSomething(explorer, i);
    learnSomething(*opened, i);
  }
  CHECK(savedBytes(*opened) == savedBytes(explorer));
  CHECK(opened->choices() == 400);

  for (const std::string& name : sections.names()) {
    CAPTURE(name);
    MemorySections broken = sections;
    std::string bytes(*sections.get(name));
    bytes.pop_back();
    broken.put(name, bytes);
    const auto refused = Explorer::open(broken);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kCorrupt);
  }
  MemorySections odd = sections;
  const std::vector<float> notNumbers{std::nanf(""), 1};
  odd.putArray<float>("explorer/items", notNumbers);
  CHECK_FALSE(Explorer::open(odd));
}

TEST_CASE("what it holds is bounded") {
  Explorer explorer;
  const auto shown = itemsFrom(0, 2);
  for (uint64_t i = 0; i < Explorer::kOccasions + 30'000; ++i) explorer.learn(i, shown, 0);
  const auto belief = explorer.belief(0);
  CHECK(belief.clicks <= 8192);
  CHECK(belief.mean == Approx(belief.clicks / belief.expected).epsilon(0.01));
  CHECK(explorer.residentBytes() < 4 << 20);
  explorer.learn(1, std::vector<PredictedItem>{{Explorer::kMostItems + 5, 1}, {0, 1}}, 0);
  CHECK(explorer.residentBytes() < 4 << 20);
  // A new model: what is left weighs as much as the prior.
  explorer.startOver();
  CHECK(explorer.belief(0).expected == Approx(explorer.prior()));
  CHECK(explorer.belief(0).clicks / explorer.belief(0).expected ==
        Approx(belief.clicks / belief.expected).epsilon(0.001));
}

}  // namespace explorer_test
