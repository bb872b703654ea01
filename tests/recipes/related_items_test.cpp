// The recipes of the co-occurrence family: SIMS against a dense computation, and what all of them promise.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "base/parallel.h"
#include "base/text.h"
#include "recipes/co_occurrence_model.h"
#include "recipes/co_occurrence_recipe.h"
#include "tests/recipes/memory_views.h"

namespace related_items_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr const char* kFamily[] = {"aws-sims", "aws-vod-because-you-watched-x",
                                   "aws-ecomm-customers-who-viewed-x-also-viewed",
                                   "aws-ecomm-frequently-bought-together"};

TrainingConfiguration settingsFor(std::string recipe, Json hyperparameters = Json::object()) {
  TrainingConfiguration configuration;
  configuration.recipe = std::move(recipe);
  configuration.hyperparameters = std::move(hyperparameters);
  return configuration;
}

Json everything(double discount = 0.5, int least = 0) {
  return {{"popularity_discount_factor", discount},       {"min_cointeraction_count", least},
          {"min_user_history_length_percentile", 0.0},    {"max_user_history_length_percentile", 1.0},
          {"min_item_interaction_count_percentile", 0.0}, {"max_item_interaction_count_percentile", 1.0}};
}

std::unique_ptr<Model> trained(const TrainingInput& input, const TrainingConfiguration& configuration) {
  Progress progress;
  auto model = (*recipeOfFamily("co-occurrence"))->train(input, configuration, progress);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}

// "b:0.5 c:*": the score, or a star for an item that filled the answer.
std::string answer(const Model& model, const Question& question) {
  const auto items = model.recommend(question);
  REQUIRE(items);
  std::vector<std::string> parts;
  for (const ScoredItem& item : *items)
    parts.push_back(fmt::format("{}:{}", model.items().id(item.item),
                                item.scored ? fmt::format("{:.3g}", item.score) : "*"));
  return join(parts, " ");
}

std::string answerFor(const Model& model, Index item, size_t limit = 25) {
  Question question;
  question.item = item;
  question.limit = limit;
  return answer(model, question);
}

// a and b go together (three people), a and c once; d is popular and with nobody.
std::vector<Row> smallShop() {
  return {{"1", "a", 1}, {"1", "b", 2}, {"2", "a", 1}, {"2", "b", 2}, {"3", "b", 1},
          {"3", "a", 2}, {"4", "a", 1}, {"4", "c", 2}, {"5", "d", 1}, {"6", "d", 1},
          {"7", "d", 1}, {"8", "d", 1}, {"9", "d", 1}};
}

// The counts and the cut of SIMS with a users x items matrix, as the reference describes them.
struct Dense {
  std::vector<std::string> items;
  std::vector<std::vector<int>> both;
  std::vector<int> people;
};

double naivePercentile(std::vector<int> values, double percentile, bool least) {
  std::sort(values.begin(), values.end());
  const double place = percentile * double(values.size() - 1);
  return values[size_t(least ? std::floor(place) : std::ceil(place))];
}

std::map<std::string, std::set<std::string>> naiveCut(const std::vector<Row>& rows, const Json& settings) {
  std::map<std::string, std::set<std::string>> users, kept;
  for (const Row& row : rows) users[row.user].insert(row.item);
  std::vector<int> lengths;
  for (const auto& [user, items] : users) lengths.push_back(int(items.size()));
  const double least = naivePercentile(lengths, settings["min_user_history_length_percentile"], true);
  const double most = naivePercentile(lengths, settings["max_user_history_length_percentile"], false);
  std::map<std::string, int> people;
  for (const auto& [user, items] : users) {
    if (double(items.size()) < least || double(items.size()) > most) continue;
    kept[user] = items;
    for (const auto& item : items) ++people[item];
  }
  std::vector<int> counts;
  for (const auto& [item, count] : people) counts.push_back(count);
  if (counts.empty()) return {};
  const double fewest = naivePercentile(counts, settings["min_item_interaction_count_percentile"], true);
  const double mostPeople =
      settings["max_item_interaction_count_percentile"].get<double>() * double(kept.size());
  for (auto& [user, items] : kept)
    std::erase_if(items,
                  [&](const auto& item) { return people[item] < fewest || people[item] > mostPeople; });
  return kept;
}

Dense denseCounts(const std::vector<Row>& rows, const Json& settings) {
  std::set<std::string> names;
  for (const Row& row : rows) names.insert(row.item);
  Dense dense;
  dense.items.assign(names.begin(), names.end());
  dense.people.resize(dense.items.size());
  dense.both.assign(dense.items.size(), std::vector<int>(dense.items.size()));
  for (const auto& [user, items] : naiveCut(rows, settings)) {
    std::vector<int> x(dense.items.size());
    for (size_t i = 0; i < x.size(); ++i) x[i] = items.count(dense.items[i]) ? 1 : 0;
    for (size_t i = 0; i < x.size(); ++i) {
      dense.people[i] += x[i];
      for (size_t j = 0; j < x.size(); ++j) dense.both[i][j] += x[i] * x[j];
    }
  }
  return dense;
}

// The whole row of an item: ids, best first.
std::vector<std::string> denseRow(const Dense& dense, size_t a, double discount, int least) {
  std::vector<std::pair<double, std::string>> scored;
  for (size_t b = 0; b < dense.items.size(); ++b)
    if (b != a && dense.both[a][b] >= std::max(least, 1))
      scored.emplace_back(-(dense.both[a][b] * std::pow(double(dense.people[b]), -discount)), dense.items[b]);
  std::sort(scored.begin(), scored.end());
  std::vector<std::string> row;
  for (const auto& [score, id] : scored) row.push_back(id);
  return row;
}

}  // namespace

TEST_CASE("SIMS is the discounted cosine of a dense computation", "[related-items]") {
  size_t rowsChecked = 0;
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const std::vector<Row> rows = randomRows(seed * 31, 3 + random.below(30), 2 + random.below(20), 5);
    if (rows.empty()) continue;
    const double discounts[] = {0, 0.25, 0.5, 0.75, 1};
    const double discount = discounts[random.below(5)];
    const int least = int(random.below(4));
    Json settings = everything(discount, least);
    if (random.below(2) == 0)
      settings["min_user_history_length_percentile"] = 0.1,
      settings["max_user_history_length_percentile"] = 0.9;
    if (random.below(2) == 0)
      settings["min_item_interaction_count_percentile"] = 0.15,
      settings["max_item_interaction_count_percentile"] = 0.4;
    const MemoryInteractions interactions(rows);
    const auto model = trained({&interactions}, settingsFor("aws-sims", settings));
    const Dense dense = denseCounts(rows, settings);
    for (size_t a = 0; a < dense.items.size(); ++a) {
      Question question;
      question.item = interactions.item(dense.items[a]);
      question.limit = 1000;
      std::vector<std::string> found;
      const auto items = model->recommend(question);
      REQUIRE(items);
      for (const ScoredItem& item : *items) {
        if (!item.scored) continue;
        found.push_back(std::string(model->items().id(item.item)));
        const size_t b =
            size_t(std::find(dense.items.begin(), dense.items.end(), found.back()) - dense.items.begin());
        const double expected = dense.both[a][b] * std::pow(double(dense.people[b]), -discount) *
                                std::pow(double(dense.people[a]), discount - 1);
        REQUIRE(std::abs(item.score - expected) <= 1e-6 * expected);
        const auto evidence = model->explain(question, item.item);
        REQUIRE(evidence);
        REQUIRE((*evidence)[0].count == dense.both[a][b]);
      }
      REQUIRE(found == denseRow(dense, a, discount, least));
      ++rowsChecked;
    }
  }
  CHECK(rowsChecked > 2500);
}

TEST_CASE("the mean popularity of SIMS lists falls with the discount", "[related-items]") {
  const std::vector<Row> rows = randomRows(3, 800, 300, 15);
  const MemoryInteractions interactions(rows);
  std::map<std::string, std::set<std::string>> people;
  for (const Row& row : rows) people[row.item].insert(row.user);
  double previous = std::numeric_limits<double>::infinity();
  for (const double discount : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const auto model = trained({&interactions}, settingsFor("aws-sims", everything(discount, 3)));
    double sum = 0;
    size_t slots = 0;
    for (Index item = 0; item < interactions.itemCount(); ++item) {
      Question question;
      question.item = item;
      question.limit = 10;
      const auto list = model->recommend(question);
      REQUIRE(list);
      for (const ScoredItem& one : *list) {
        sum += double(people[std::string(model->items().id(one.item))].size());
        ++slots;
      }
    }
    INFO("discount " << discount << ": " << sum / double(slots));
    CHECK(sum / double(slots) < previous);
    previous = sum / double(slots);
  }
}

TEST_CASE("what is related comes first, then what is popular", "[related-items]") {
  const MemoryInteractions interactions(smallShop(), {"new", "unlisted"});
  MemoryTable items({}, interactions.itemCount());
  items.set(interactions.item("new"), {});
  const TrainingInput input{&interactions, &items};
  for (const char* recipe : kFamily) {
    INFO(recipe);
    const bool sims = std::string(recipe) == "aws-sims";
    const auto model = trained(input, settingsFor(recipe, sims ? everything(0.5, 2) : Json::object()));
    const std::string related = answerFor(*model, interactions.item("b"));
    CHECK(related.starts_with("a:"));
    CHECK(related.ends_with("d:* c:* new:*"));
    for (const Index unknown : {kNoIndex, interactions.item("unlisted"), Index{4'000'000}})
      CHECK(answerFor(*model, unknown) == "d:* a:* b:* c:* new:*");  // R12
    CHECK(answerFor(*model, interactions.item("new")) == "d:* a:* b:* c:*");
    CHECK(answerFor(*model, interactions.item("d"), 2) == "a:* b:*");
    CHECK(answerFor(*model, interactions.item("b"), 0).empty());
    CHECK_FALSE(model->readsHistory());
  }
}

TEST_CASE("filters and exclusions hold for what is related and for what fills", "[related-items]") {
  const MemoryInteractions interactions(randomRows(21, 500, 400, 12));
  const auto model = trained({&interactions}, settingsFor("aws-sims", everything(0.5, 1)));
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint64_t> words((interactions.itemCount() + 63) / 64);
    const uint64_t members = random.below(2) == 0 ? random.below(10) : random.below(500);
    for (uint64_t i = 0; i < members; ++i) {
      const uint64_t item = random.below(interactions.itemCount());
      words[item / 64] |= uint64_t{1} << (item % 64);
    }
    Question whole;
    whole.item = static_cast<Index>(random.below(interactions.itemCount()));
    whole.limit = 1'000'000;
    Question question = whole;
    question.limit = 1 + random.below(60);
    const std::vector<Index> excluded{1, 2, 3, 50, 51};
    question.admission.restricted = random.below(4) > 0;
    question.admission.allowed = words;
    if (random.below(2) == 0) question.admission.excluded = excluded;
    const auto all = *model->recommend(whole);
    CHECK(all.size() == model->items().size() - 1);
    std::vector<Index> expected, found;
    for (const ScoredItem& item : all)
      if (question.admission.admits(model->items().groupIndex(item.item)) && expected.size() < question.limit)
        expected.push_back(item.item);
    const auto answered = *model->recommend(question);
    for (const ScoredItem& item : answered) found.push_back(item.item);
    INFO("round " << round << ", " << members << " members");
    REQUIRE(found == expected);
  }
}

TEST_CASE("answers explain themselves with the people behind them", "[related-items]") {
  const MemoryInteractions interactions(smallShop());
  const auto model = trained({&interactions}, settingsFor("aws-sims", everything(0.5, 2)));
  Question question;
  question.item = interactions.item("a");
  const auto evidence = model->explain(question, model->items().fromId("b"));
  REQUIRE(evidence);
  CHECK((*evidence)[0].kind == "co-occurrence");
  CHECK((*evidence)[0].item == interactions.item("a"));
  CHECK((*evidence)[0].count == 3);
  CHECK((*evidence)[0].value == Approx(3 / std::sqrt(4.0 * 3.0)));
  const auto filler = model->explain(question, model->items().fromId("d"));
  REQUIRE(filler);
  CHECK((*filler)[0].kind == "popularity");
  CHECK((*filler)[0].count == 5);
}

TEST_CASE("orders are what the order column says, else what happened at one time", "[related-items]") {
  // Two orders at one time, and one that was entered in two steps.
  const MemoryInteractions rows({{"u", "a", 1}, {"u", "b", 1}, {"u", "c", 1}, {"u", "d", 1}, {"u", "e", 9}});
  const WithOrders interactions(rows, {{7, 7, 8, 8, 8}});
  TrainingConfiguration configuration = settingsFor("aws-ecomm-frequently-bought-together");
  CHECK(answerFor(*trained({&interactions}, configuration), rows.item("c"), 1).starts_with("a:"));
  configuration.orderColumn = "order_id";
  const auto model = trained({&interactions}, configuration);
  CHECK(answerFor(*model, rows.item("a"), 1).starts_with("b:"));
  CHECK(answerFor(*model, rows.item("c"), 2).find("d:") != std::string::npos);
  CHECK(answerFor(*model, rows.item("c"), 2).find("e:") != std::string::npos);
  const WithOrders unnamed(rows, {{kNoIndex, kNoIndex, kNoIndex, kNoIndex, kNoIndex}});
  CHECK(answerFor(*trained({&unnamed}, configuration), rows.item("e"), 4) ==
        answerFor(*trained({&rows}, configuration), rows.item("e"), 4));
}

TEST_CASE("the family says what it cannot do", "[related-items]") {
  const CoOccurrenceRecipe recipe;
  Progress progress;
  const MemoryInteractions none({}), some(smallShop());
  CHECK(recipe.train({&none}, settingsFor("aws-sims"), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({nullptr}, settingsFor("aws-sims"), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({&some}, settingsFor("aws-hrnn"), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({&some}, settingsFor("aws-sims", {{"popularity_discount_factor", 2}}), progress)
            .error()
            .code == ErrorCode::kInvalidInput);
  progress.cancel();
  CHECK(recipe.train({&some}, settingsFor("aws-sims"), progress).error().code == ErrorCode::kCancelled);
  const auto model = trained({&some}, settingsFor("aws-sims"));
  CHECK(model->rank({}, {}).error().code == ErrorCode::kNotImplemented);
}

TEST_CASE("a saved model of related items opens to the same answers", "[related-items]") {
  const MemoryInteractions interactions(randomRows(7, 300, 120, 10), {"never-seen"});
  for (const char* recipe : kFamily) {
    INFO(recipe);
    const auto model = trained({&interactions}, settingsFor(recipe));
    MemorySections sections;
    model->save(sections);
    const auto opened = (*recipeOfFamily("co-occurrence"))->open(sections);
    REQUIRE(opened);
    for (Index item = 0; item < interactions.itemCount(); ++item) {
      REQUIRE(answerFor(**opened, item, 200) == answerFor(*model, item, 200));
      Question question;
      question.item = item;
      REQUIRE((*(*opened)->explain(question, 0))[0].detail == (*model->explain(question, 0))[0].detail);
    }
    CHECK((*opened)->residentBytes() < model->residentBytes());
    MemorySections again;
    (*opened)->save(again);
    for (const std::string& name : sections.names()) CHECK(*again.get(name) == *sections.get(name));

    std::unique_ptr<Model> alone;
    parallelFor(2, [&](size_t i) {
      if (i == 0) alone = trained({&interactions}, settingsFor(recipe));
    });
    MemorySections fromOneThread;
    alone->save(fromOneThread);
    for (const std::string& name : sections.names()) CHECK(*fromOneThread.get(name) == *sections.get(name));
  }
}

TEST_CASE("sections of related items that contradict each other are refused", "[related-items]") {
  const MemoryInteractions interactions(smallShop());
  const auto model = trained({&interactions}, settingsFor("aws-sims", everything(0.5, 0)));
  const auto bytes = [](const auto& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  };
  // The rows of smallShop: a: b c; b: a; c: a; d: nothing.
  const std::vector<uint64_t> falling = {0, 2, 1, 4, 4}, few = {0, 2, 3, 4}, beyond = {0, 2, 3, 4, 9};
  const auto neighbours = [&](Neighbour first, Neighbour second) {
    return bytes(std::vector<Neighbour>{first, second, {0, 0.5F, 3}, {0, 0.5F, 1}});
  };
  const std::vector<uint32_t> twice = {0, 0, 1, 2};
  struct {
    const char* section;
    std::string content;
    const char* reason;
  } const rows[] = {
      {"co-occurrence/offsets", bytes(falling), "offsets that fall"},
      {"co-occurrence/offsets", bytes(few), "a row too few"},
      {"co-occurrence/offsets", bytes(beyond), "rows longer than what is there"},
      {"co-occurrence/offsets", "", "no offsets"},
      {"co-occurrence/neighbours", "0123456", "no array of neighbours"},
      {"co-occurrence/neighbours", neighbours({1, 0.5F, 3}, {9, 0.1F, 1}), "an item that is not there"},
      {"co-occurrence/neighbours", neighbours({1, 0.5F, 3}, {0, 0.1F, 1}), "an item in its own row"},
      {"co-occurrence/neighbours", neighbours({1, 0.5F, 3}, {1, 0.1F, 1}), "an item twice"},
      {"co-occurrence/neighbours", neighbours({1, 0.1F, 3}, {2, 0.5F, 1}), "the better one second"},
      {"co-occurrence/neighbours", neighbours({1, std::nanf(""), 3}, {2, 0.5F, 1}), "a score that is none"},
      {"popular/order", bytes(twice), "an item twice among the popular ones"},
      {"popular/counts", "1234", "one count only"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    MemorySections damaged;
    model->save(damaged);
    damaged.put(row.section, row.content);
    const auto opened = (*recipeOfFamily("co-occurrence"))->open(damaged);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::kCorrupt);
  }
  MemorySections whole;
  model->save(whole);
  for (const std::string& missing : whole.names()) {
    INFO(missing);
    MemorySections part;
    for (const std::string& name : whole.names())
      if (name != missing) part.put(name, *whole.get(name));
    CHECK(CoOccurrenceModel::open(part).error().code == ErrorCode::kCorrupt);
  }
}

}  // namespace related_items_test
