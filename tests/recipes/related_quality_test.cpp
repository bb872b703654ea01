// What related items must reach on real data (PROFFER_TEST_DATA), where it is at hand. All figures are those
// of related_protocol.h.
#include <catch2/catch.hpp>

#include "tests/recipes/movielens.h"
#include "tests/recipes/online_retail.h"
#include "tests/recipes/related_protocol.h"

namespace related_quality_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

const Trainer kPopular = trainerOf("popularity", "aws-popularity-count");
const Trainer kBought = trainerOf("co-occurrence", "aws-ecomm-frequently-bought-together");
const Trainer kSims = trainerOf("co-occurrence", "aws-sims");
const Trainer kBecause = trainerOf("co-occurrence", "aws-vod-because-you-watched-x");
const Trainer kSimilar = trainerOf("content", "aws-similar-items");

bool hiddenItem(const std::string& item) {
  return oneItemOfFive(item, 3);
}

}  // namespace

TEST_CASE("frequently bought together finds the rest of an order", "[related-quality][quality]") {
  const auto retail = onlineRetail();
  if (!retail) {
    WARN("PROFFER_TEST_DATA names no copy of online-retail: not tested on real data");
    return;
  }
  CHECK(retail->lines.size() == 397'924);
  const Orders last = lastOrders(retail->lines);
  const RestOfOrder bought = judgeRestOfOrder(last, kBought);
  const RestOfOrder popular = judgeRestOfOrder(last, kPopular);
  INFO("hits " << bought.hitRate << ", precision " << bought.precision << ", best sellers "
               << bought.bestSellerSlots << ", listed " << bought.listed << "; popularity " << popular.hitRate
               << ", " << popular.precision);
  CHECK(bought.hitRate >= 0.68);
  CHECK(bought.precision >= 0.153);
  CHECK(bought.bestSellerSlots <= 0.15);
  CHECK(bought.listed >= 0.80);
  CHECK(popular.hitRate < 0.5);
  const RestOfOrder later = judgeRestOfOrder(ordersOfLastDays(retail->lines, 30), kBought);
  INFO("last 30 days: hits " << later.hitRate << ", precision " << later.precision);
  CHECK(later.hitRate >= 0.65);
  CHECK(later.precision >= 0.147);
}

TEST_CASE("related films are watched next", "[related-quality][quality]") {
  const auto rows = movieLensRatings();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of movielens-small: not tested on real data");
    return;
  }
  NextTenSplit split;
  split.oneOf = 4;
  const auto judged = judgeNextTen(*rows, {kPopular, kSims, kBecause, kSimilar}, split, movieLensFilms);
  const char* const names[] = {"popularity", "SIMS", "because you watched", "similar items"};
  for (size_t i = 0; i < judged.size(); ++i)
    UNSCOPED_INFO(names[i] << " " << judged[i].precision() << ", rare " << judged[i].rarePrecision());
  const NextTen &popular = judged[0], &sims = judged[1], &because = judged[2], &similar = judged[3];
  CHECK(popular.all().queries > 20'000);
  CHECK(sims.precision() >= 1.3 * popular.precision());
  CHECK(because.precision() >= 1.15 * sims.precision());
  CHECK(similar.precision() >= 0.95 * sims.precision());
  CHECK(similar.rarePrecision() >= 1.2 * sims.rarePrecision());
}

TEST_CASE("films that nobody chose yet are answered at least as well as by popularity",
          "[related-quality][quality]") {
  const auto rows = movieLensRatings();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of movielens-small: not tested on real data");
    return;
  }
  NextTenSplit split;
  split.hidden = hiddenItem;
  split.folds = 2;
  const auto judged = judgeNextTen(*rows, {kPopular, kSimilar}, split, movieLensFilms);
  INFO("popularity " << judged[0].precision() << ", similar items " << judged[1].precision());
  CHECK(judged[1].precision() >= judged[0].precision());
}

TEST_CASE("products that nobody bought yet are answered by what goes with those like them",
          "[related-quality][quality]") {
  const auto retail = onlineRetail();
  if (!retail) {
    WARN("PROFFER_TEST_DATA names no copy of online-retail: not tested on real data");
    return;
  }
  const auto judged = judgeNewProducts(
      retail->lines, {kPopular, kSimilar}, hiddenItem,
      [&](const MemoryInteractions& interactions) { return retailTable(retail->products, interactions); });
  INFO("popularity " << judged[0] << ", similar items " << judged[1]);
  CHECK(judged[1] >= 1.8 * judged[0]);
}

}  // namespace related_quality_test
