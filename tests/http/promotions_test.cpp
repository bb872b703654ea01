// Promotions (data-plane 2.6): what is asked of the engine, and where the promoted items come to stand.
#include "controller/http/promotions.h"

#include <httplib.h>

#include <catch2/catch.hpp>
#include <set>

#include "base/ids.h"
#include "fixture.h"

namespace promotions_test {

using namespace proffer;
using namespace proffer::http;

namespace {

serving::Answer answerOf(const std::string& prefix, int from, int count) {
  serving::Answer answer;
  answer.recommendationId = "RID-" + newUuid();
  for (int i = from; i < from + count; ++i) {
    serving::RecommendedItem item;
    item.itemId = fmt::format("{}{}", prefix, i);
    answer.items.push_back(item);
  }
  return answer;
}

}  // namespace

TEST_CASE("the promoted share is rounded half up, and at least one") {
  struct Row {
    int percent;
    size_t results, promoted;
    const char* reason;
  };
  for (const Row& row : {Row{20, 20, 4, "exact"}, Row{50, 5, 3, "half up"}, Row{1, 10, 1, "at least one"},
                         Row{100, 25, 25, "all"}, Row{30, 25, 8, "7.5"}, Row{10, 24, 2, "2.4"}}) {
    INFO(row.reason);
    CHECK(promotedCount(row.percent, row.results) == row.promoted);
  }
}

TEST_CASE("promoted items stand among the others, each once, both in their own order") {
  std::set<size_t> firstPlaces;
  for (int round = 0; round < 200; ++round) {
    // p3 to p5 are in both.
    serving::Answer main = answerOf("a", 0, 17);
    for (int i = 3; i < 6; ++i) main.items.push_back(answerOf("p", i, 1).items[0]);
    const auto merged = mergePromoted(main, answerOf("p", 0, 5), 20);
    REQUIRE(merged.size() == 20);
    std::set<std::string> seen;
    std::string lastPromoted, lastOther;
    std::vector<std::string> promoted, others;
    for (const MergedItem& each : merged) {
      CHECK(seen.insert(each.item.itemId).second);
      (each.promoted ? promoted : others).push_back(each.item.itemId);
    }
    CHECK(promoted == std::vector<std::string>{"p0", "p1", "p2", "p3", "p4"});
    CHECK(others.front() == "a0");
    CHECK(others[13] == "a13");
    for (size_t i = 0; i < merged.size(); ++i)
      if (merged[i].promoted) {
        firstPlaces.insert(i);
        break;
      }
  }
  CHECK(firstPlaces.size() > 3);  // at random places
}

TEST_CASE("too few promoted items leave room for the others") {
  CHECK(mergePromoted(answerOf("a", 0, 20), answerOf("p", 0, 0), 20).size() == 20);
  CHECK(mergePromoted(answerOf("a", 0, 3), answerOf("p", 0, 2), 20).size() == 5);
}

TEST_CASE("the promotion's filter alone governs what is promoted") {
  TestServer fixture;
  std::mutex mutex;
  std::vector<serving::RecommendRequest> asked;
  fixture.engine.answerWith([&](const serving::RecommendRequest& request) -> Result<serving::Answer> {
    std::lock_guard guard(mutex);
    asked.push_back(request);
    return request.filter == "new" ? answerOf("p", 0, 3) : answerOf("a", 0, 10);
  });
  httplib::Client client("127.0.0.1", fixture.port);
  const auto answer = client.Post(
      "/recommendations",
      R"({"campaignArn": "shop/home", "userId": "1", "numResults": 10, "filterArn": "cheap", "promotions": [)"
      R"({"name": "launch", "percentPromotedItems": 30, "filterArn": "new", "filterValues": {"A": "\"x\""}}]})",
      "application/json");
  REQUIRE(answer);
  INFO(answer->body);
  REQUIRE(answer->status == 200);
  const Json items = (*parseJson(answer->body))["itemList"];
  CHECK(items.size() == 10);
  int promoted = 0;
  for (const Json& item : items)
    if (item.contains("promotionName")) {
      CHECK(item["promotionName"] == "launch");
      CHECK(stringMember(item, "itemId") == fmt::format("p{}", promoted++));
    }
  CHECK(promoted == 3);
  std::lock_guard guard(mutex);
  REQUIRE(asked.size() == 2);
  const bool first = asked[0].filter == "new";
  const serving::RecommendRequest& promotion = asked[first ? 0 : 1];
  CHECK(promotion.filter == "new");
  CHECK(promotion.filterValues.at("A") == "\"x\"");
  CHECK(promotion.numResults == 3);
  CHECK(asked[first ? 1 : 0].filter == "cheap");
}

}  // namespace promotions_test
