#include "recipes/sequence/fusion.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/recipes/memory_views.h"

namespace fusion_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr Index kItems = 40;

SequenceEvent eventOf(Index item) {
  SequenceEvent event;
  event.item = item;
  return event;
}

// Item a is mostly followed by a + 1: what the counts know.
struct Followed {
  Followed() {
    std::vector<Row> rows;
    Random random(2);
    std::vector<std::string> names;
    for (int user = 0; user < 300; ++user) {
      uint64_t item = random.below(kItems);
      for (int i = 0; i < 6; ++i) {
        rows.push_back({"u" + std::to_string(user), id(item % kItems), user * 100 + i, "View"});
        item += random.below(4) == 0 ? random.below(kItems) : 1;
      }
    }
    interactions = std::make_unique<MemoryInteractions>(rows);
    std::vector<Index> all;
    for (Index item = 0; item < interactions->itemCount(); ++item) all.push_back(item);
    items = ItemSpace::of(*interactions, all);
    TrainingConfiguration configuration;
    Progress progress;
    counts = *FollowingCounts::of(*interactions, configuration, items, false, progress);
  }
  static std::string id(uint64_t item) {
    const std::string number = std::to_string(item);
    return std::string(number.size() < 2 ? "i0" : "i") + number;
  }
  std::unique_ptr<MemoryInteractions> interactions;
  ItemSpace items;
  FollowingCounts counts;
};

}  // namespace

TEST_CASE("counts get their share where they know, and none where they do not", "[sequence]") {
  const Followed world;
  REQUIRE(world.items.size() == kItems);
  Progress progress;
  Random random(3);
  const auto fitted = [&](bool followed) {
    FusionFit fit(world.counts, kItems);
    fit.resize(300);
    for (size_t i = 0; i < 300; ++i) {
      FusionCase one;
      const auto item = static_cast<Index>(random.below(kItems));
      one.events = {eventOf(item)};
      one.network.assign(kItems, 0);
      for (float& logit : one.network) logit = static_cast<float>(random.unit());
      one.target = followed ? (item + 1) % kItems : static_cast<Index>(random.below(kItems));
      fit.set(i, one);
    }
    auto fusion = fit.fit(true, true, progress);
    REQUIRE(fusion);
    Fusion without = *fusion;
    without.counts = 0;
    CHECK(fit.measure(*fusion).loss <= fit.measure(without).loss + 0.01);
    return *fusion;
  };
  CHECK(fitted(true).counts > 0.5);
  CHECK(fitted(false).counts < 0.2);
}

TEST_CASE("the network's scale is what the held-out part says", "[sequence]") {
  const FollowingCounts none;
  Progress progress;
  Random random(5);
  FusionFit fit(none, kItems);
  fit.resize(800);
  constexpr double kTrue = 2.5;
  for (size_t i = 0; i < 800; ++i) {
    FusionCase one;
    one.network.assign(kItems, 0);
    double sum = 0;
    for (float& logit : one.network) {
      logit = static_cast<float>(random.unit() * 2);
      sum += std::exp(kTrue * logit);
    }
    double at = random.unit() * sum;
    while (one.target + 1 < kItems && (at -= std::exp(kTrue * one.network[one.target])) > 0) ++one.target;
    fit.set(i, one);
  }
  const auto fusion = fit.fit(true, true, progress);
  REQUIRE(fusion);
  CHECK(fusion->scale == Approx(kTrue).epsilon(0.15));
  CHECK(fusion->seen == 0);
  const auto read = fusionFromJson(toJson(*fusion));
  REQUIRE(read);
  CHECK(read->scale == fusion->scale);
  CHECK(fusionFromJson(Json::object()).error().code == ErrorCode::kCorrupt);
}

TEST_CASE("what people never choose twice is learnt to be so", "[sequence]") {
  const FollowingCounts none;
  Progress progress;
  Random random(8);
  FusionFit fit(none, kItems);
  fit.resize(400);
  for (size_t i = 0; i < 400; ++i) {
    FusionCase one;
    for (int k = 0; k < 20; ++k) one.events.push_back(eventOf(static_cast<Index>(random.below(kItems / 2))));
    one.network.assign(kItems, 0);
    one.target = kItems / 2 + static_cast<Index>(random.below(kItems / 2));
    fit.set(i, one);
  }
  CHECK(fit.fit(true, true, progress)->seen < -2);
}

}  // namespace fusion_test
