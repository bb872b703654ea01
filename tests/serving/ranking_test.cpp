// Lists in a user's order: what the model knows by score, what it does not at the end, filters, and the rules
// of requests.
#include <catch2/catch.hpp>

#include "base/text.h"
#include "controller/serving/answering.h"
#include "controller/serving/request_check.h"
#include "manifests/filter_fields.h"
#include "tests/serving/fakes.h"

namespace ranking_test {

using namespace proffer;
using namespace proffer::serving;
using namespace proffer::serving::testing;
using recipes::Index;
using recipes::testing::MemoryInteractions;
using recipes::testing::MemoryTable;

namespace {

// Longer names first; the scores sum to 1 over the list. Those of three letters have none, and come first.
class LongestName final : public recipes::Model {
 public:
  LongestName(const MemoryInteractions& interactions, std::vector<Index> known)
      : items_(recipes::ItemSpace::of(interactions, std::move(known))) {}
  const recipes::ItemSpace& items() const override { return items_; }
  Result<std::vector<recipes::ScoredItem>> recommend(const recipes::Question&) const override {
    return fail(ErrorCode::kInternal, "a ranking asked for recommendations");
  }
  Result<std::vector<recipes::ScoredItem>> rank(const recipes::Question&,
                                                std::span<const Index> groupItems) const override {
    std::vector<recipes::ScoredItem> ranked;
    double sum = 0;
    for (const Index item : groupItems) {
      const Index mine = items_.fromGroup(item);
      if (items_.id(mine).size() == 3) {
        ranked.push_back({mine, 100, false, {}});
        continue;
      }
      ranked.push_back({mine, static_cast<double>(items_.id(mine).size()), true, {}});
      sum += ranked.back().score;
    }
    for (recipes::ScoredItem& item : ranked)
      if (item.scored) item.score /= sum;
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return std::pair(-a.score, a.item) < std::pair(-b.score, b.item);
    });
    return ranked;
  }
  void save(recipes::SectionWriter&) const override {}
  int64_t residentBytes() const override { return 0; }

 private:
  recipes::ItemSpace items_;
};

// The model knows lamp, desk, chair and pen; ghost was only seen, shelf is only in the catalogue, nobody
// knows "new".
class Ranking {
 public:
  Ranking() {
    auto interactions = std::make_shared<MemoryInteractions>(
        std::vector<recipes::testing::Row>{{"ann", "lamp", 1, "View"},
                                           {"ann", "desk", 2, "Purchase"},
                                           {"bob", "chair", 3, "View"},
                                           {"bob", "ghost", 4, "View"}},
        std::vector<std::string>{"shelf", "pen"});
    auto items = std::make_shared<MemoryTable>(
        std::vector<recipes::ColumnInfo>{{"PRICE", recipes::ColumnKind::kNumeric}},
        interactions->itemCount());
    for (const auto& [id, price] :
         {std::pair("lamp", "10"), {"desk", "99"}, {"chair", "20"}, {"shelf", "30"}})
      items->set(interactions->item(id), {price});
    dsl::Fields fields;
    fields.items =
        dsl::DatasetFields{{{"ITEM_ID", dsl::ValueType::kText}, {"PRICE", dsl::ValueType::kNumber}}};
    fields.interactions = dsl::DatasetFields{{{"EVENT_TYPE", dsl::ValueType::kText}}};
    CatalogueSettings settings;
    settings.catalogueOnly = true;
    settings.fields = toJson(fields);
    settings.filters["cheap"] = {"INCLUDE ItemID WHERE Items.PRICE < 25", "extended"};
    settings.filters["not-dear"] = {"EXCLUDE ItemID WHERE Items.PRICE > 25", "extended"};
    settings.filters["unbought"] = {R"(EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase"))",
                                    "extended"};
    auto snapshot = std::make_shared<FakeSnapshot>(1, interactions, items);
    auto filters = GroupFilters::make(*snapshot, settings, nullptr);
    REQUIRE(filters);
    group_.filters = *filters;
    group_.catalogue = std::make_shared<Catalogue>(snapshot, settings);
    auto opened = std::make_shared<OpenedModel>();
    opened->model = std::make_unique<LongestName>(
        *interactions, std::vector<Index>{interactions->item("lamp"), interactions->item("desk"),
                                          interactions->item("chair"), interactions->item("pen")});
    route_.opened = opened;
    route_.settings.recipe = "aws-personalized-ranking";
    route_.settings.scores = true;
    route_.settings.metadata = true;
  }

  // "chair:0.38 lamp:0.31 new", or the error.
  std::string ask(const std::string& list, const std::string& filter = {}) const {
    RecommendRequest request;
    request.group = "shop";
    request.name = "rerank";
    request.userId = "ann";
    request.inputList = split(list, ' ');
    request.filter = filter;
    request.metadataColumns = {"PRICE"};
    const auto limit = checkRequest(request, route_.settings);
    if (!limit) return formatError(limit.error());
    const auto answer = answerRequest(route_, &group_, request, *limit, Time{});
    if (!answer) return formatError(answer.error());
    std::vector<std::string> shown;
    for (const RecommendedItem& item : answer->items) {
      shown.push_back(item.itemId);
      if (item.score) shown.back() += fmt::format(":{:.2f}", *item.score);
      for (const auto& [name, value] : item.metadata) shown.back() += "$" + value;
    }
    return join(shown, " ");
  }

 private:
  ServedGroup group_;
  ServedRoute route_;
};

}  // namespace

TEST_CASE("A list comes back in the user's order, with what the model does not know at its end") {
  const Ranking ranking;
  struct Case {
    const char *list, *filter, *expected, *reason;
  };
  const Case cases[] = {
      {"lamp chair desk", "", "chair:0.38$20 desk:0.31$99 lamp:0.31$10", "by score; equal ones by id"},
      {"desk", "", "desk:1.00$99", "scores are of the list alone (2.4)"},
      {"new lamp shelf ghost chair", "", "chair:0.56$20 lamp:0.44$10 new shelf$30 ghost",
       "unknown ones last, as given, without score (R8, R14); the rule of the catalogue keeps none of them "
       "out"},
      {"new pen chair ghost", "", "chair:1.00$20 new pen ghost",
       "one that the model knows and does not score is among those without, as given"},
      {"lamp lamp new desk new lamp", "", "desk:0.50$99 lamp:0.50$10 new", "the first of each counts (R14)"},
      {"new ghost", "", "new ghost", "nothing that is known"},
      {"lamp desk chair shelf ghost new", "cheap", "chair:0.56$20 lamp:0.44$10",
       "an INCLUDE is false for what has no price (R15, F27)"},
      {"lamp desk chair shelf ghost new", "not-dear", "chair:0.56$20 lamp:0.44$10 ghost new",
       "an EXCLUDE lets pass what it says nothing of"},
      {"lamp desk chair new", "unbought", "chair:0.56$20 lamp:0.44$10 new", "the user's own events"},
      {"desk", "unbought", "", "nothing is left"},
  };
  for (const Case& each : cases) {
    INFO(each.reason);
    CHECK(ranking.ask(each.list, each.filter) == each.expected);
  }
}

TEST_CASE("Recipes that rank take lists, and only they") {
  struct Case {
    const char* recipe;
    size_t items;
    bool metadata;
    const char *expected, *reason;
  };
  const Case cases[] = {
      {"aws-personalized-ranking", 500, false, "500", "as many as are allowed (Q4)"},
      {"aws-personalized-ranking-v2", 1, false, "1", "the other one"},
      {"aws-personalized-ranking", 501, false, "501 items are given, from 1 to 500 can be ranked",
       "one more"},
      {"aws-personalized-ranking", 51, true, "51 items are given, from 1 to 50 can be ranked with metadata",
       "metadata costs"},
      {"aws-personalized-ranking", 0, false, "ranks a list of items, and there is none",
       "the wrong question (R6)"},
      {"aws-user-personalization", 3, false, "which recommends and ranks no lists", "the wrong recipe (R6)"},
      {"aws-user-personalization", 0, false, "25", "and as ever without"},
  };
  for (const Case& each : cases) {
    INFO(each.reason);
    RecommendRequest request;
    request.group = "shop";
    request.name = "some";
    request.userId = "ann";
    for (size_t i = 0; i < each.items; ++i) request.inputList.push_back(std::to_string(i));
    if (each.metadata) request.metadataColumns = {"PRICE"};
    RouteSettings settings;
    settings.recipe = each.recipe;
    settings.metadata = true;
    const auto limit = checkRequest(request, settings);
    const std::string said = limit ? std::to_string(*limit) : formatError(limit.error());
    CHECK_THAT(said, Catch::Matchers::Contains(each.expected));
    if (!limit) CHECK(limit.error().field == "inputList");
  }
}

}  // namespace ranking_test
