// How good related items are, on real data (PROFFER_TEST_DATA): against counts alone, and for items that
// nobody chose yet, which are hidden from training here.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <mutex>
#include <set>

#include "base/hash.h"
#include "base/parallel.h"
#include "base/text.h"
#include "recipes/recipe.h"
#include "tests/recipes/memory_views.h"
#include "tests/recipes/movielens.h"
#include "tests/recipes/online_retail_products.h"

namespace content_quality_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr size_t kAsked = 10;

// Rows that stand at one time in an order of their own, never that of ids.
void orderTies(std::vector<Row>& rows) {
  const auto key = [](const Row& row) {
    return std::tuple(row.time, hash64(row.user + "\n" + row.item, 17));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return key(a) < key(b); });
}

std::unique_ptr<Model> trained(const char* recipe, const TrainingInput& input) {
  const std::string name(recipe);
  const char* const family = name == "aws-popularity-count" ? "popularity"
                             : name == "aws-sims"           ? "co-occurrence"
                                                            : "content";
  TrainingConfiguration configuration;
  configuration.recipe = recipe;
  Progress progress;
  auto model = (*recipeOfFamily(family))->train(input, configuration, progress);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}

struct Query {
  Index item = 0;
  std::vector<Index> truth;     // distinct
  std::vector<Index> excluded;  // what the user has seen, sorted
  double weight = 1;            // in the mean
};

// The share of hits among the first ten, per query.
std::vector<double> precisions(const Model& model, const std::vector<Query>& queries) {
  std::vector<double> found(queries.size());
  parallelFor(queries.size(), [&](size_t i) {
    const Query& query = queries[i];
    Question question;
    question.item = query.item;
    question.limit = kAsked;
    question.admission.excluded = query.excluded;
    const auto answer = model.recommend(question);
    for (const ScoredItem& one : answer.value()) {
      const Index item = model.items().groupIndex(one.item);
      found[i] += static_cast<double>(std::count(query.truth.begin(), query.truth.end(), item)) / kAsked;
    }
  });
  return found;
}

double mean(const std::vector<double>& values, const std::vector<double>& weights = {}) {
  double sum = 0, all = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    sum += weight * values[i];
    all += weight;
  }
  return all > 0 ? sum / all : 0;
}

// Films with genres, words of the title, and the year in its parentheses.
MemoryTable films(const MemoryInteractions& interactions) {
  MemoryTable table(
      {{"GENRES", ColumnKind::kCategorical}, {"TITLE", ColumnKind::kText}, {"YEAR", ColumnKind::kNumeric}},
      interactions.itemCount());
  std::ifstream in(std::string(std::getenv("PROFFER_TEST_DATA")) + "/movielens-small/movies.csv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const size_t first = line.find(','), last = line.rfind(',');
    const Index item = interactions.item(line.substr(0, first));
    if (item == kNoIndex) continue;
    const std::string title = line.substr(first + 1, last - first - 1);
    const size_t open = title.rfind('(');
    std::optional<std::string> year;
    if (open != std::string::npos && std::isdigit(static_cast<unsigned char>(title[open + 1])))
      year = title.substr(open + 1, 4);
    table.set(item, {line.substr(last + 1), title.substr(0, open), year});
  }
  return table;
}

// What the tests of cold items hide: one item of five.
bool hidden(const std::string& item) {
  return hash64(item, 3) % 5 == 0;
}

std::vector<Index> distinct(std::vector<Index> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

// A part of the events of a part of the users, and the ten that follow each; what was seen is not asked for
// again.
std::vector<Query> nextTen(const std::vector<Row>& rows, const MemoryInteractions& interactions,
                           uint64_t fold) {
  constexpr uint64_t kOneOf = 4;
  std::map<std::string, std::vector<Index>> histories;
  for (const Row& row : rows)
    if (hash64(row.user, 9) % 5 == fold) histories[row.user].push_back(interactions.item(row.item));
  std::vector<Query> queries;
  for (const auto& [user, history] : histories) {
    for (size_t i = 0; i + 1 < history.size(); ++i) {
      if (hash64(user, i) % kOneOf != 0) continue;
      const auto at = history.begin() + static_cast<ptrdiff_t>(i) + 1;
      const auto end = history.begin() + static_cast<ptrdiff_t>(std::min(i + 11, history.size()));
      queries.push_back({history[i], distinct({at, end}), distinct({history.begin(), at}), 1});
    }
  }
  return queries;
}

void add(std::vector<double>& all, const std::vector<double>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::string told(const char* what, double value) {
  return fmt::format("{} {:.4f}", what, value);
}

}  // namespace

TEST_CASE("similar items on MovieLens, five folds by user", "[content][quality]") {
  auto rows = movieLensRatings();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of movielens-small: not measured");
    return;
  }
  if (!recipeOfFamily("co-occurrence")) return;
  orderTies(*rows);
  const char* const recipes[] = {"aws-popularity-count", "aws-sims", "aws-similar-items"};
  std::vector<double> all[3], rare[3];
  for (uint64_t fold = 0; fold < 5; ++fold) {
    std::vector<Row> training;
    std::vector<std::string> ids;
    std::map<std::string, int> countOf;
    for (const Row& row : *rows) {
      ids.push_back(row.item);
      if (hash64(row.user, 9) % 5 == fold) continue;
      training.push_back(row);
      ++countOf[row.item];
    }
    const MemoryInteractions interactions(training, ids);
    const MemoryTable items = films(interactions);
    const std::vector<Query> queries = nextTen(*rows, interactions, fold);
    for (size_t i = 0; i < 3; ++i) {
      const auto model = trained(recipes[i], {&interactions, &items});
      const auto found = precisions(*model, queries);
      add(all[i], found);
      for (size_t query = 0; query < queries.size(); ++query)
        if (countOf[std::string(interactions.itemId(queries[query].item))] < 20)
          rare[i].push_back(found[query]);
    }
  }
  for (size_t i = 0; i < 3; ++i)
    UNSCOPED_INFO(recipes[i] << ": " << told("all", mean(all[i])) << ", " << told("rare", mean(rare[i])));
  CHECK(mean(all[2]) >= 0.95 * mean(all[1]));
  CHECK(mean(rare[2]) >= 1.2 * mean(rare[1]));
}

TEST_CASE("films that nobody chose yet are answered at least as well as by popularity",
          "[content][quality]") {
  auto rows = movieLensRatings();
  if (!rows) {
    WARN("PROFFER_TEST_DATA names no copy of movielens-small: not measured");
    return;
  }
  orderTies(*rows);
  std::vector<double> popular, similar;
  for (uint64_t fold = 0; fold < 5; ++fold) {
    std::vector<Row> training;
    std::vector<std::string> ids;
    for (const Row& row : *rows) {
      ids.push_back(row.item);
      if (hash64(row.user, 9) % 5 != fold && !hidden(row.item)) training.push_back(row);
    }
    const MemoryInteractions interactions(training, ids);
    const MemoryTable items = films(interactions);
    std::vector<Query> queries = nextTen(*rows, interactions, fold);
    std::erase_if(queries,
                  [&](const Query& query) { return !hidden(std::string(interactions.itemId(query.item))); });
    add(popular, precisions(*trained("aws-popularity-count", {&interactions, &items}), queries));
    add(similar, precisions(*trained("aws-similar-items", {&interactions, &items}), queries));
  }
  UNSCOPED_INFO(told("popularity", mean(popular)) << ", " << told("similar items", mean(similar)));
  CHECK(mean(similar) >= mean(popular));
}

TEST_CASE("products that nobody bought yet are answered by what goes with those like them",
          "[content][quality]") {
  const auto retail = onlineRetail();
  if (!retail) {
    WARN("PROFFER_TEST_DATA names no copy of online-retail: not measured");
    return;
  }
  // The last order of each customer that has two items is hidden, and with it every order of what is asked
  // for.
  std::map<std::string, std::map<int64_t, std::set<std::string>>> byCustomer;
  for (const Row& row : retail->lines) byCustomer[row.user][row.time].insert(row.item);
  std::map<std::string, std::pair<int64_t, std::set<std::string>>> last;
  for (const auto& [user, baskets] : byCustomer) {
    const auto found =
        std::find_if(baskets.rbegin(), baskets.rend(), [](const auto& one) { return one.second.size() > 1; });
    if (found != baskets.rend()) last[user] = *found;
  }
  std::vector<Row> training;
  std::vector<std::string> ids;
  for (const Row& row : retail->lines) {
    ids.push_back(row.item);
    const auto asked = last.find(row.user);
    if (!hidden(row.item) && (asked == last.end() || asked->second.first != row.time))
      training.push_back(row);
  }
  orderTies(training);
  const MemoryInteractions interactions(training, ids);
  MemoryTable items({{"DESCRIPTION", ColumnKind::kText}, {"PRICE", ColumnKind::kNumeric}},
                    interactions.itemCount());
  for (const auto& [id, product] : retail->products)
    if (const Index item = interactions.item(id); item != kNoIndex)
      items.set(item, {product.description, fmt::format("{}", product.price)});
  // Each order is asked for by its hidden items one by one, and counts once.
  std::vector<Query> queries;
  std::vector<double> weights;
  for (const auto& [user, order] : last) {
    std::vector<Index> asked, whole;
    for (const std::string& id : order.second) {
      whole.push_back(interactions.item(id));
      if (hidden(id)) asked.push_back(whole.back());
    }
    for (const Index item : asked) {
      Query query{item, whole, {}, 1.0 / static_cast<double>(asked.size())};
      std::erase(query.truth, item);
      queries.push_back(std::move(query));
      weights.push_back(queries.back().weight);
    }
  }
  const double popular =
      mean(precisions(*trained("aws-popularity-count", {&interactions, &items}), queries), weights);
  const double similar =
      mean(precisions(*trained("aws-similar-items", {&interactions, &items}), queries), weights);
  UNSCOPED_INFO(told("popularity", popular) << ", " << told("similar items", similar));
  CHECK(similar >= 1.8 * popular);
}

}  // namespace content_quality_test
