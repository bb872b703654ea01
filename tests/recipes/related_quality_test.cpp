// What related items must reach on real data, where it is at hand.
#include <catch2/catch.hpp>

#include "tests/recipes/movielens.h"
#include "tests/recipes/online_retail.h"
#include "tests/recipes/related_protocol.h"

namespace related_quality_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {
constexpr const char* kBoughtTogether = "aws-ecomm-frequently-bought-together";
}  // namespace

TEST_CASE("frequently bought together finds the rest of an order", "[related-quality][quality]") {
  const auto rows = onlineRetailOrders();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of online-retail: not tested on real data");
    return;
  }
  CHECK(rows->size() == 397'924);
  const Orders last = lastOrders(*rows);
  const RestOfOrder bought = judgeRestOfOrder(last, trainerOf("co-occurrence", kBoughtTogether));
  const RestOfOrder popular = judgeRestOfOrder(last, trainerOf("popularity", "aws-popularity-count"));
  INFO("hits " << bought.hitRate << ", precision " << bought.precision << ", best sellers "
               << bought.bestSellerSlots << ", listed " << bought.listed << "; popularity " << popular.hitRate
               << ", " << popular.precision);
  CHECK(bought.hitRate >= 0.68);
  CHECK(bought.precision >= 0.153);
  CHECK(bought.bestSellerSlots <= 0.15);
  CHECK(bought.listed >= 0.80);
  CHECK(popular.hitRate < 0.5);
  const RestOfOrder later =
      judgeRestOfOrder(ordersOfLastDays(*rows, 30), trainerOf("co-occurrence", kBoughtTogether));
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
  const NextTen popular = judgeNextTen(*rows, trainerOf("popularity", "aws-popularity-count"));
  const NextTen sims = judgeNextTen(*rows, trainerOf("co-occurrence", "aws-sims"));
  const NextTen because = judgeNextTen(*rows, trainerOf("co-occurrence", "aws-vod-because-you-watched-x"));
  INFO("precision: popularity " << popular.precision << ", SIMS " << sims.precision
                                << ", because you watched " << because.precision << "; rare queries "
                                << popular.rarePrecision << ", " << sims.rarePrecision << ", "
                                << because.rarePrecision);
  CHECK(sims.precision >= 1.3 * popular.precision);
  CHECK(because.precision >= 1.15 * sims.precision);
}

}  // namespace related_quality_test
