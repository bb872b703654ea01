#include "recipes/content.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/parallel.h"
#include "base/text.h"
#include "recipes/content_index.h"
#include "recipes/content_words.h"
#include "tests/recipes/memory_views.h"

namespace content_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr const char* kSimilar = "aws-similar-items";
constexpr const char* kSemantic = "aws-semantic-similarity";

TrainingConfiguration settings(const char* recipe, double discount = 0) {
  TrainingConfiguration configuration;
  configuration.recipe = recipe;
  if (recipe == std::string(kSimilar)) configuration.hyperparameters["popularity_discount_factor"] = discount;
  return configuration;
}

std::unique_ptr<Model> trained(const TrainingInput& input, const TrainingConfiguration& configuration) {
  Progress progress;
  auto model = (*recipeOfFamily("content"))->train(input, configuration, progress);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}

std::vector<std::string> answer(const Model& model, Question question) {
  const auto items = model.recommend(question);
  REQUIRE(items);
  std::vector<std::string> ids;
  for (const ScoredItem& item : *items) ids.emplace_back(model.items().id(item.item));
  return ids;
}

std::vector<std::string> related(const Model& model, const MemoryInteractions& interactions,
                                 const std::string& item, size_t limit = 25) {
  Question question;
  question.item = interactions.item(item);
  question.limit = limit;
  return answer(model, question);
}

// Two tastes: people of one take the films of one genre, one after the other. Films f0.. and g0.. are
// comedies and thrillers by turns; the last two of each genre nobody has seen.
struct Cinema {
  Cinema() : interactions(rows(), unseen()), items(columns(), interactions.itemCount()) {
    for (size_t i = 0; i < kFilms; ++i) {
      describe("comedy-" + std::to_string(i), "Comedy|Light", "A funny summer " + std::to_string(i),
               1990.0 + static_cast<double>(i));
      describe("thriller-" + std::to_string(i), "Thriller|Dark", "The long night " + std::to_string(i),
               1960.0 + static_cast<double>(i));
    }
  }
  static constexpr size_t kFilms = 14, kSeen = 12;

  static std::vector<ColumnInfo> columns() {
    return {{"GENRES", ColumnKind::kCategorical},
            {"TITLE", ColumnKind::kText},
            {"YEAR", ColumnKind::kNumeric},
            {"INTERNAL", ColumnKind::kPlain}};
  }
  static std::vector<std::string> unseen() {
    std::vector<std::string> ids;
    for (size_t i = kSeen; i < kFilms; ++i) {
      ids.push_back("comedy-" + std::to_string(i));
      ids.push_back("thriller-" + std::to_string(i));
    }
    return ids;
  }
  static std::vector<Row> rows() {
    Random random(5);
    std::vector<Row> rows;
    for (int user = 0; user < 200; ++user) {
      const std::string genre = user % 2 == 0 ? "comedy-" : "thriller-";
      for (int i = 0; i < 6; ++i)
        rows.push_back({"u" + std::to_string(user), genre + std::to_string(random.below(kSeen)),
                        user * 100 + i, "Watch"});
    }
    return rows;
  }
  void describe(const std::string& id, const char* genres, const std::string& title, double year) {
    items.set(interactions.item(id), {genres, title, std::to_string(year), "x"});
  }

  MemoryInteractions interactions;
  MemoryTable items;
};

size_t comediesIn(const std::vector<std::string>& ids) {
  size_t comedies = 0;
  for (const std::string& id : ids) comedies += id.starts_with("comedy-");
  return comedies;
}

}  // namespace

TEST_CASE("items that nobody chose are answered by what goes with items like them", "[content]") {
  const Cinema cinema;
  const auto model = trained({&cinema.interactions, &cinema.items}, settings(kSimilar));
  for (const char* query : {"comedy-3", "comedy-12", "comedy-13"}) {
    INFO(query);
    const auto list = related(*model, cinema.interactions, query, 11);
    CHECK(list.size() == 11);
    CHECK(comediesIn(list) == 11);
    CHECK(std::find(list.begin(), list.end(), query) == list.end());
  }
  CHECK(comediesIn(related(*model, cinema.interactions, "thriller-13", 11)) == 0);
  // The unseen ones are answers too, behind what people chose.
  const auto all = related(*model, cinema.interactions, "comedy-0", 100);
  CHECK(all.size() == 2 * Cinema::kFilms - 1);
  CHECK(std::find(all.begin(), all.begin() + 13, "comedy-12") != all.begin() + 13);
}

TEST_CASE("unknown items are answered with popular ones", "[content]") {
  const Cinema cinema;
  const auto model = trained({&cinema.interactions, &cinema.items}, settings(kSimilar));
  const auto popular = related(*model, cinema.interactions, "no such film", 5);
  CHECK(popular.size() == 5);
  const auto evidence = *model->explain({}, model->items().fromId(popular[0]));
  REQUIRE(evidence.size() == 1);
  CHECK(evidence[0].kind == "popularity");
}

TEST_CASE("related items say why: who chose both, and what agrees", "[content]") {
  const Cinema cinema;
  const auto model = trained({&cinema.interactions, &cinema.items}, settings(kSimilar));
  Question question;
  question.item = cinema.interactions.item("comedy-1");
  const auto list = *model->recommend(question);
  const auto reasons = *model->explain(question, list[0].item);
  std::set<std::string> kinds;
  double likeness = 0;
  for (const Evidence& reason : reasons) {
    kinds.insert(reason.kind);
    CHECK(reason.item == question.item);
    CHECK(reason.value > 0);
    if (reason.kind == "attribute") likeness += reason.value;
  }
  CHECK(kinds == std::set<std::string>{"attribute", "co-occurrence"});
  CHECK(reasons[0].count > 0);
  CHECK(likeness <= 1.0001);
  question.item = cinema.interactions.item("comedy-13");
  const auto cold = *model->explain(question, model->items().fromId("comedy-12"));
  REQUIRE_FALSE(cold.empty());
  for (const Evidence& reason : cold) CHECK(reason.kind == "attribute");
  CHECK(std::any_of(cold.begin(), cold.end(), [](const Evidence& reason) {
    return reason.detail == "GENRES: Comedy, Light" || reason.detail == "GENRES: Light, Comedy";
  }));
}

TEST_CASE("without metadata the counts alone decide", "[content]") {
  const Cinema cinema;
  const auto model = trained({&cinema.interactions}, settings(kSimilar));
  CHECK(comediesIn(related(*model, cinema.interactions, "comedy-3", 8)) == 8);
  // And without interactions what items are like.
  const MemoryInteractions nobody({}, {"a", "b", "c", "d"});
  MemoryTable items({{"GENRES", ColumnKind::kCategorical}}, 4);
  items.set(0, {"x|y"});
  items.set(1, {"z"});
  items.set(2, {"x|y"});
  items.set(3, {"x"});
  CHECK(related(*trained({&nobody, &items}, settings(kSimilar)), nobody, "a") ==
        std::vector<std::string>{"c", "d", "b"});
}

TEST_CASE("orders are what the order column says", "[content]") {
  // Each person has two orders: a with d, b with c.
  for (const bool atOnce : {true, false}) {
    INFO((atOnce ? "all at one time" : "one line after the other"));
    std::vector<Row> rows;
    std::vector<std::vector<uint32_t>> codes;
    for (uint32_t user = 0; user < 30; ++user) {
      const char* const items[] = {"a", "b", "c", "d"};
      for (int i = 0; i < 4; ++i) rows.push_back({"u" + std::to_string(user), items[i], atOnce ? 1 : i});
      codes.push_back({2 * user, 2 * user + 1, 2 * user + 1, 2 * user});
    }
    const MemoryInteractions plain(rows);
    const WithOrders interactions(plain, codes);
    TrainingConfiguration configuration = settings(kSimilar);
    CHECK(related(*trained({&interactions}, configuration), plain, "a", 1)[0] == "b");
    configuration.orderColumn = "order_id";
    const auto model = trained({&interactions}, configuration);
    CHECK(related(*model, plain, "a", 1)[0] == "d");
    CHECK(related(*model, plain, "c", 1)[0] == "b");
    // A column that is not there, or says nothing.
    CHECK(related(*trained({&plain}, configuration), plain, "a", 1)[0] == "b");
    const WithOrders empty(plain, std::vector(30, std::vector<uint32_t>(4, kNoIndex)));
    CHECK(related(*trained({&empty}, configuration), plain, "a", 1)[0] == "b");
  }
}

TEST_CASE("the discount makes popular items rarer", "[content]") {
  // Everybody has taken "hit"; pairs of the others have their own people.
  std::vector<Row> rows;
  for (int user = 0; user < 300; ++user) {
    const std::string id = "u" + std::to_string(user);
    rows.push_back({id, "a" + std::to_string(user % 10), 1});
    rows.push_back({id, "hit", 2});
    rows.push_back({id, "b" + std::to_string(user % 10), 3});
  }
  const MemoryInteractions interactions(rows);
  CHECK(related(*trained({&interactions}, settings(kSimilar, 0)), interactions, "a4", 1)[0] == "hit");
  CHECK(related(*trained({&interactions}, settings(kSimilar, 1)), interactions, "a4", 1)[0] == "b4");
}

TEST_CASE("a filter that leaves few items is answered by likeness", "[content]") {
  const Cinema cinema;
  TrainingConfiguration narrow = settings(kSimilar);
  narrow.hyperparameters["item_id_hidden_dim"] = 30;
  const auto model = trained({&cinema.interactions, &cinema.items}, narrow);
  std::vector<uint64_t> bits((cinema.interactions.itemCount() + 63) / 64);
  for (const char* id : {"comedy-13", "thriller-2", "thriller-13"}) {
    const Index item = cinema.interactions.item(id);
    bits[item / 64] |= uint64_t{1} << (item % 64);
  }
  Question question;
  question.item = cinema.interactions.item("thriller-5");
  question.admission.allowed = bits;
  question.admission.restricted = true;
  const auto list = answer(*model, question);
  REQUIRE(list.size() == 3);
  CHECK(list[0] == "thriller-2");
  CHECK(list[1] == "thriller-13");
  const std::vector<Index> bought{cinema.interactions.item("thriller-2")};
  question.admission.excluded = bought;
  CHECK(answer(*model, question) == std::vector<std::string>{"thriller-13", "comedy-13"});
}

TEST_CASE("texts alone are compared, and popularity and freshness have their say", "[content]") {
  const MemoryInteractions interactions({{"u", "old", 1}, {"v", "old", 2}, {"w", "fresh", 3}},
                                        {"query", "near", "other"});
  MemoryTable items({{"DESCRIPTION", ColumnKind::kText},
                     {"CREATION_TIMESTAMP", ColumnKind::kNumeric},
                     {"GENRES", ColumnKind::kCategorical}},
                    interactions.itemCount());
  const auto set = [&](const char* id, const char* text, const char* created) {
    items.set(interactions.item(id), {text, created, "same"});
  };
  set("query", "red cotton shirt with buttons", "100");
  set("near", "a red cotton shirt", "200");
  set("old", "blue cotton shirt", "100");
  set("fresh", "a cotton hat", "900");
  set("other", "garden chair", "300");
  const auto model = trained({&interactions, &items}, settings(kSemantic));
  Question question;
  question.item = interactions.item("query");
  question.limit = 3;
  CHECK(answer(*model, question)[0] == "near");
  question.popularityInfluence = 1;
  CHECK(answer(*model, question)[0] == "old");
  question.popularityInfluence = 0;
  question.freshnessInfluence = 1;
  CHECK(answer(*model, question)[0] == "fresh");
  question.freshnessInfluence = 0;
  question.limit = 25;
  CHECK(answer(*model, question).size() == 4);

  Progress progress;
  const ContentRecipe recipe;
  CHECK(recipe.train({&interactions}, settings(kSemantic), progress).error().code ==
        ErrorCode::kInvalidInput);
  MemoryTable plain({{"GENRES", ColumnKind::kCategorical}}, interactions.itemCount());
  plain.set(0, {"x"});
  CHECK(recipe.train({&interactions, &plain}, settings(kSemantic), progress).error().code ==
        ErrorCode::kInvalidInput);
}

TEST_CASE("content says what it cannot do", "[content]") {
  const ContentRecipe recipe;
  const MemoryInteractions none({});
  Progress progress;
  CHECK(recipe.train({nullptr}, settings(kSimilar), progress).error().code == ErrorCode::kInvalidInput);
  CHECK(recipe.train({&none}, settings(kSimilar), progress).error().code == ErrorCode::kInvalidInput);
  TrainingConfiguration wrong = settings(kSimilar);
  wrong.hyperparameters["item_id_hidden_dim"] = 3;
  const Cinema cinema;
  CHECK(recipe.train({&cinema.interactions}, wrong, progress).error().code == ErrorCode::kInvalidInput);
  progress.cancel();
  CHECK(recipe.train({&cinema.interactions, &cinema.items}, settings(kSimilar), progress).error().code ==
        ErrorCode::kCancelled);
}

TEST_CASE("excluded columns are not looked at", "[content]") {
  const MemoryInteractions nobody({}, {"a", "b", "c"});
  MemoryTable items({{"GENRES", ColumnKind::kCategorical}, {"COLOUR", ColumnKind::kCategorical}}, 3);
  items.set(0, {"x", "red"});
  items.set(1, {"x", "blue"});
  items.set(2, {"y", "red"});
  TrainingConfiguration configuration = settings(kSimilar);
  configuration.excludedColumns["ITEMS"] = {"GENRES"};
  CHECK(related(*trained({&nobody, &items}, configuration), nobody, "a", 1)[0] == "c");
  configuration.excludedColumns["ITEMS"] = {"COLOUR"};
  CHECK(related(*trained({&nobody, &items}, configuration), nobody, "a", 1)[0] == "b");
}

TEST_CASE("a saved content model opens to the same answers, a damaged one not at all", "[content]") {
  const Cinema cinema;
  for (const char* recipe : {kSimilar, kSemantic}) {
    INFO(recipe);
    const auto model = trained({&cinema.interactions, &cinema.items}, settings(recipe));
    MemorySections sections;
    model->save(sections);
    const auto opened = (*recipeOfFamily("content"))->open(sections);
    REQUIRE(opened);
    for (const char* query : {"comedy-0", "comedy-13", "thriller-4"})
      CHECK(related(**opened, cinema.interactions, query) == related(*model, cinema.interactions, query));
    CHECK((*opened)->residentBytes() < model->residentBytes());
    MemorySections again;
    (*opened)->save(again);
    for (const std::string& name : sections.names()) CHECK(*again.get(name) == *sections.get(name));
    for (const std::string& name : sections.names()) {
      if (name == "content/columns" || name == "content/feature-text") continue;
      INFO(name);
      MemorySections damaged;
      model->save(damaged);
      const std::string_view whole = *sections.get(name);
      damaged.put(name, std::string(whole.size() / 2 + 1, '\xFF'));
      CHECK((*recipeOfFamily("content"))->open(damaged).error().code == ErrorCode::kCorrupt);
    }
  }
}

TEST_CASE("content models do not depend on the number of threads", "[content]") {
  const MemoryInteractions interactions(randomRows(3, 800, 400, 10));
  MemoryTable items({{"GENRES", ColumnKind::kCategorical}, {"PRICE", ColumnKind::kNumeric}},
                    interactions.itemCount());
  Random random(4);
  for (Index item = 0; item < interactions.itemCount(); ++item)
    items.set(item, {"g" + std::to_string(random.below(9)) + "|h" + std::to_string(random.below(30)),
                     std::to_string(random.below(100))});
  MemorySections first, second;
  trained({&interactions, &items}, settings(kSimilar))->save(first);
  // Loops within a loop run on its thread alone.
  parallelFor(2, [&](size_t i) {
    if (i == 0) trained({&interactions, &items}, settings(kSimilar))->save(second);
  });
  for (const std::string& name : first.names()) CHECK(*first.get(name) == *second.get(name));
}

TEST_CASE("tokens of values, words and numbers", "[content]") {
  const auto texts = [](const std::vector<TokenText>& found) {
    std::vector<std::string> all;
    for (const TokenText& one : found) all.push_back(one.text);
    return join(all, ",");
  };
  std::vector<Token> tokens;
  std::vector<TokenText> found;
  categoricalTokens("Action| Crime||action", 1, tokens, found);
  CHECK(texts(found) == "Action,Crime,action");
  CHECK(tokens[0].hash == tokens[2].hash);
  found.clear();
  wordTokens("Toy Story, (1995) \xC3\xA9t\xC3\xA9", 2, tokens, found);
  CHECK(texts(found) == "Toy,Story,1995,\xC3\xA9t\xC3\xA9,Toy Story,Story 1995,1995 \xC3\xA9t\xC3\xA9");
  found.clear();
  wordTokens("...", 2, tokens, found);
  CHECK(found.empty());
  const NumberScale scale({0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100});
  tokens.clear();
  scale.tokens(35, 3, tokens, found);
  CHECK(texts(found) == "about 30,about 40");
  CHECK(tokens[0].weight == Approx(tokens[1].weight));
  CHECK(tokens[0].weight * tokens[0].weight + tokens[1].weight * tokens[1].weight == Approx(1));
  found.clear();
  scale.tokens(-5, 3, tokens, found);
  scale.tokens(500, 3, tokens, found);
  scale.tokens(20, 3, tokens, found);
  scale.tokens(kNoValue, 3, tokens, found);
  CHECK(texts(found) == "about 0,about 100,about 20");
  found.clear();
  NumberScale({}).tokens(1, 3, tokens, found);
  CHECK(found.empty());
}

TEST_CASE("the index finds what comparing with everything finds", "[content]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const size_t count = 20 + random.below(200);
    std::vector<Row> rows;
    for (size_t i = 0; i < count; ++i) rows.push_back({"u", "i" + std::to_string(i), 1});
    const MemoryInteractions interactions(rows);
    MemoryTable table({{"A", ColumnKind::kCategorical}, {"B", ColumnKind::kText}}, interactions.itemCount());
    for (Index item = 0; item < count; ++item) {
      std::string text;
      for (size_t word = random.below(6); word > 0; --word)
        text += "w" + std::to_string(random.below(15)) + " ";
      table.set(item, {"c" + std::to_string(random.below(5)), text});
    }
    std::vector<Index> all(count);
    for (Index i = 0; i < count; ++i) all[i] = i;
    const ItemSpace items = ItemSpace::of(interactions, all);
    Progress progress;
    auto features = *ItemFeatures::read(table, items, {}, progress);
    features.weigh(std::vector<double>{1, 2});
    std::vector<uint32_t> people(count);
    for (uint32_t& one : people) one = static_cast<uint32_t>(random.below(3));
    const ContentIndex index(features, people);
    ContentIndex::Scratch scratch;
    for (Index item = 0; item < count; item += 7) {
      std::vector<std::pair<float, Index>> expected, chosen;
      for (Index other = 0; other < count; ++other) {
        const auto similarity = static_cast<float>(features.similarity(item, other));
        if (other == item || similarity <= 0) continue;
        expected.emplace_back(-similarity, other);
        if (people[other] > 0) chosen.emplace_back(-similarity, other);
      }
      const auto found = index.similarTo(item, 10, scratch);
      const auto agree = [](auto& naive, const std::vector<SimilarItem>& answered) {
        std::sort(naive.begin(), naive.end());
        REQUIRE(answered.size() == std::min<size_t>(10, naive.size()));
        for (size_t i = 0; i < answered.size(); ++i) {
          CHECK(answered[i].item == naive[i].second);
          CHECK(answered[i].similarity == -naive[i].first);
        }
      };
      agree(expected, found.all);
      agree(chosen, found.chosen);
    }
  }
}

}  // namespace content_test
