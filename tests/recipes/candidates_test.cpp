// What passes is visited once and nothing else; the best of it are those of a full sort.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "recipes/candidates.h"
#include "tests/recipes/memory_views.h"

namespace candidates_test {

using namespace proffer::recipes;

namespace {

ItemSpace spaceOf(Index groupItems) {
  static std::vector<std::unique_ptr<testing::MemoryInteractions>> kept;
  std::vector<testing::Row> rows;
  for (Index i = 0; i < groupItems; ++i)
    rows.push_back({"u", "item" + std::to_string((i * 7919) % 100003), i});
  kept.push_back(std::make_unique<testing::MemoryInteractions>(rows));
  std::vector<Index> known;
  for (Index i = 0; i < groupItems; ++i)
    if (i % 10 != 3) known.push_back(i);  // the model does not know every item of the group
  return ItemSpace::of(*kept.back(), known);
}

std::vector<Index> visited(const ItemSpace& items, const Admission& admission) {
  std::vector<Index> all;
  Candidates(items, admission).forEachBlock([&](std::span<const Index> block) {
    REQUIRE(block.size() <= Candidates::kBlock);
    all.insert(all.end(), block.begin(), block.end());
  });
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("admitted items are visited once each, however many pass") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  constexpr Index kItems = 5'000;
  const ItemSpace items = spaceOf(kItems);
  for (const int share : {0, 1, 5, 50, 95, 100}) {
    for (const bool restricted : {true, false}) {
      for (const size_t exclusions : {0, 1, 300}) {
        std::vector<uint64_t> words((kItems + 63) / 64);
        for (Index i = 0; i < kItems; ++i)
          if (static_cast<int>(random() % 100) < share) words[i / 64] |= uint64_t{1} << (i % 64);
        std::vector<Index> excluded;
        for (size_t i = 0; i < exclusions; ++i)
          excluded.push_back(static_cast<Index>(random() % (kItems + 500)));
        std::sort(excluded.begin(), excluded.end());
        Admission admission{{}, restricted, excluded};
        if (restricted) admission.allowed = words;
        std::vector<Index> expected;
        for (Index item = 0; item < items.size(); ++item)
          if (admission.admits(items.groupIndex(item))) expected.push_back(item);
        CHECK(visited(items, admission) == expected);
        CHECK(Candidates(items, admission).atMost() >= expected.size());
      }
    }
  }
}

TEST_CASE("the best are those of a full sort, ties by item") {
  std::mt19937_64 random(7);
  for (const size_t limit : {0, 1, 25, 2000}) {
    BestItems best(limit);
    std::vector<BestItems::Entry> all;
    for (Index item = 0; item < 1000; ++item) {
      all.push_back({static_cast<float>(random() % 50), (item * 37) % 1000});
      best.offer(all.back().item, all.back().score);
    }
    std::sort(all.begin(), all.end(), BestItems::before);
    const std::vector<BestItems::Entry> found = best.take();
    REQUIRE(found.size() == std::min<size_t>(limit, 1000));
    for (size_t i = 0; i < found.size(); ++i) CHECK(found[i].item == all[i].item);
  }
}

}  // namespace candidates_test
