// How lists of related items are judged on real data: the next ten events of a film's viewers, the rest of an
// order, and the rest of an order for items that nobody bought yet. For tests and benchmarks: whatever is
// said about related items is measured by these.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/parallel.h"
#include "recipes/recipe.h"
#include "tests/recipes/memory_views.h"

namespace proffer::recipes::testing {

/// Null where the training fails.
using Trainer = std::function<std::unique_ptr<Model>(const TrainingInput&)>;

inline Trainer trainerOf(const std::string& family, const std::string& recipe) {
  return [family, recipe](const TrainingInput& input) {
    TrainingConfiguration configuration;
    configuration.recipe = recipe;
    Progress progress;
    auto model = (*recipeOfFamily(family))->train(input, configuration, progress);
    return model ? std::move(*model) : nullptr;
  };
}

/// One item of five, which tests of new items hide from training.
inline bool oneItemOfFive(const std::string& item, uint64_t seed) {
  return hash64(item, seed) % 5 == 0;
}

struct RelatedQuery {
  Index item = 0;
  std::vector<Index> truth;     ///< distinct
  std::vector<Index> excluded;  ///< sorted
};

/// The share of hits among the first ten, per query.
inline std::vector<double> precisionsAtTen(const Model& model, const std::vector<RelatedQuery>& queries) {
  std::vector<double> precisions(queries.size());
  parallelFor(queries.size(), [&](size_t i) {
    const RelatedQuery& query = queries[i];
    Question question;
    question.item = query.item;
    question.limit = 10;
    question.admission.excluded = query.excluded;
    double hits = 0;
    const auto answer = model.recommend(question);
    for (const ScoredItem& one : *answer)
      hits += std::count(query.truth.begin(), query.truth.end(), model.items().groupIndex(one.item)) > 0;
    precisions[i] = hits / 10;
  });
  return precisions;
}

/// The ten answers for an item, by their ids; remembered.
class TopTen {
 public:
  TopTen(const Model& model, const MemoryInteractions& interactions) : model_(model), rows_(interactions) {}
  const std::vector<std::string>& of(const std::string& item) {
    const auto [at, added] = lists_.try_emplace(item);
    if (!added) return at->second;
    Question question;
    question.item = rows_.item(item);
    question.limit = 11;
    const auto answer = model_.recommend(question);
    for (const ScoredItem& one : *answer)
      if (model_.items().id(one.item) != item && at->second.size() < 10)
        at->second.emplace_back(model_.items().id(one.item));
    return at->second;
  }

 private:
  const Model& model_;
  const MemoryInteractions& rows_;
  std::map<std::string, std::vector<std::string>> lists_;
};

/// Rows in an order in which ties in time say nothing: by a hash of user and item.
inline std::vector<Row> withoutTies(std::vector<Row> rows, uint64_t seed) {
  const auto key = [&](const Row& row) { return hash64(row.user + "/" + row.item, seed); };
  std::sort(rows.begin(), rows.end(),
            [&](const Row& a, const Row& b) { return a.time != b.time ? a.time < b.time : key(a) < key(b); });
  return rows;
}

/// Sums over queries, and the figures that are made of them.
struct NextTen {
  struct Fold {
    double sum = 0, rareSum = 0;
    size_t queries = 0, rareQueries = 0;
  };
  std::array<Fold, 5> folds;

  Fold all() const {
    Fold all;
    for (const Fold& fold : folds) {
      all.sum += fold.sum, all.rareSum += fold.rareSum;
      all.queries += fold.queries, all.rareQueries += fold.rareQueries;
    }
    return all;
  }
  double precision() const { return all().sum / static_cast<double>(std::max<size_t>(1, all().queries)); }
  /// Of queries with fewer than 20 interactions in training.
  double rarePrecision() const {
    return all().rareSum / static_cast<double>(std::max<size_t>(1, all().rareQueries));
  }
};

struct NextTenSplit {
  uint64_t seed = 1;   ///< of ties and folds
  uint64_t oneOf = 1;  ///< of so many queries one is asked
  size_t folds = 5;    ///< the first of the five
  /// For choosing settings: of each fold's training part a quarter of the users is tested. The fold's own
  /// users are neither trained on nor asked for.
  bool validation = false;
  /// Items that are not trained on; if there are any, they alone are the queries.
  std::function<bool(const std::string&)> hidden = {};
};

/// The queries of one fold's users: of a user's events all but the last, the truth being the next ten; what
/// the user has seen before is not answered.
inline std::vector<RelatedQuery> nextTenQueries(const MemoryInteractions& all, const NextTenSplit& split,
                                                const std::function<bool(Index)>& tested) {
  std::vector<RelatedQuery> queries;
  Interactions::Scratch scratch;
  for (Index user = 0; user < all.userCount(); ++user) {
    if (!tested(user)) continue;
    const auto items = all.history(user, scratch).items;
    for (size_t i = 0; i + 1 < items.size(); ++i) {
      if (split.oneOf > 1 && hash64(all.userId(user), i) % split.oneOf != 0) continue;
      if (split.hidden && !split.hidden(std::string(all.itemId(items[i])))) continue;
      const auto next = items.subspan(i + 1, std::min<size_t>(10, items.size() - i - 1));
      const auto seen = items.first(i + 1);
      RelatedQuery query{items[i], {next.begin(), next.end()}, {seen.begin(), seen.end()}};
      std::sort(query.excluded.begin(), query.excluded.end());
      queries.push_back(std::move(query));
    }
  }
  return queries;
}

using TableMaker = std::function<MemoryTable(const MemoryInteractions&)>;

/// Five folds by user: every event of a test user is a query, the next ten events are the truth, all items
/// are candidates. All trainers are asked the same. `tableOf`: the items' metadata; none: there is none.
inline std::vector<NextTen> judgeNextTen(const std::vector<Row>& rows, const std::vector<Trainer>& trainers,
                                         const NextTenSplit& split, const TableMaker& tableOf = {}) {
  const MemoryInteractions all(withoutTies(rows, split.seed));
  std::optional<MemoryTable> table;
  if (tableOf) table.emplace(tableOf(all));
  std::vector<bool> hidden(all.itemCount());
  for (Index item = 0; split.hidden && item < all.itemCount(); ++item)
    hidden[item] = split.hidden(std::string(all.itemId(item)));
  std::vector<NextTen> judged(trainers.size());
  for (size_t fold = 0; fold < split.folds; ++fold) {
    const size_t asked = split.validation ? (fold + 1) % 5 : fold;
    const auto foldOf = [&](Index user) { return hash64(all.userId(user), split.seed) % 5; };
    const KeptRows training(all, [&](Index user, Index item, int64_t) {
      return foldOf(user) != fold && foldOf(user) != asked && !hidden[item];
    });
    std::vector<size_t> counts(all.itemCount());
    Interactions::Scratch scratch;
    for (Index user = 0; user < all.userCount(); ++user)
      for (const Index item : training.history(user, scratch).items) ++counts[item];
    const auto queries = nextTenQueries(all, split, [&](Index user) { return foldOf(user) == asked; });
    for (size_t i = 0; i < trainers.size(); ++i) {
      const auto model = trainers[i]({&training, table ? &*table : nullptr});
      const std::vector<double> found = precisionsAtTen(*model, queries);
      NextTen::Fold& to = judged[i].folds[fold];
      for (size_t query = 0; query < queries.size(); ++query) {
        const bool rare = counts[queries[query].item] < 20;
        to.sum += found[query], to.queries += 1;
        if (rare) to.rareSum += found[query], to.rareQueries += 1;
      }
    }
  }
  return judged;
}

struct Orders {
  std::vector<Row> training;
  std::vector<std::vector<std::string>> tested;  ///< distinct items, two or more
};

inline std::map<std::string, std::map<int64_t, std::set<std::string>>> ordersOf(
    const std::vector<Row>& rows) {
  std::map<std::string, std::map<int64_t, std::set<std::string>>> orders;
  for (const Row& row : rows) orders[row.user][row.time].insert(row.item);
  return orders;
}

/// Of each customer the last order, if it is of two or more items, is tested and not trained on.
inline Orders lastOrders(const std::vector<Row>& rows) {
  Orders split;
  std::map<std::string, int64_t> held;
  for (const auto& [user, orders] : ordersOf(rows)) {
    const auto& [time, items] = *orders.rbegin();
    if (items.size() < 2) continue;
    held[user] = time;
    split.tested.emplace_back(items.begin(), items.end());
  }
  for (const Row& row : rows)
    if (const auto at = held.find(row.user); at == held.end() || at->second != row.time)
      split.training.push_back(row);
  return split;
}

/// Orders of the last days are tested, those before are trained on.
inline Orders ordersOfLastDays(const std::vector<Row>& rows, int days) {
  int64_t last = 0;
  for (const Row& row : rows) last = std::max(last, row.time);
  const int64_t cut = last - int64_t{days} * 86'400;
  Orders split;
  for (const auto& [user, orders] : ordersOf(rows))
    for (const auto& [time, items] : orders)
      if (time > cut && items.size() >= 2) split.tested.emplace_back(items.begin(), items.end());
  for (const Row& row : rows)
    if (row.time <= cut) split.training.push_back(row);
  return split;
}

struct RestOfOrder {
  double hitRate = 0, precision = 0;  ///< at 10: means over an order's items, then over orders
  double bestSellerSlots = 0;         ///< share of the slots that the 20 best sellers have
  double listed = 0;                  ///< share of the trained items that stand in any list
};

/// Every item of an order is a query, the others are the truth.
inline RestOfOrder judgeRestOfOrder(const Orders& orders, const Trainer& train) {
  const MemoryInteractions interactions(orders.training);
  const std::unique_ptr<Model> model = train({&interactions});
  TopTen lists(*model, interactions);
  std::map<std::string, std::set<std::string>> buyers;
  for (const Row& row : orders.training) buyers[row.item].insert(row.user);
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const auto& [item, people] : buyers) ranked.emplace_back(people.size(), item);
  std::sort(ranked.rbegin(), ranked.rend());
  std::set<std::string> best, listed;
  for (size_t i = 0; i < std::min<size_t>(20, ranked.size()); ++i) best.insert(ranked[i].second);
  RestOfOrder judged;
  double slots = 0, bestSlots = 0;
  for (const auto& items : orders.tested) {
    double hitRate = 0, precision = 0;
    for (const std::string& query : items) {
      double hits = 0;
      for (const std::string& one : lists.of(query)) {
        hits += std::binary_search(items.begin(), items.end(), one) ? 1 : 0;
        bestSlots += best.count(one) ? 1 : 0;
        slots += 1;
        listed.insert(one);
      }
      hitRate += hits > 0 ? 1 : 0;
      precision += hits / 10;
    }
    judged.hitRate += hitRate / static_cast<double>(items.size());
    judged.precision += precision / static_cast<double>(items.size());
  }
  judged.hitRate /= static_cast<double>(orders.tested.size());
  judged.precision /= static_cast<double>(orders.tested.size());
  judged.bestSellerSlots = bestSlots / slots;
  judged.listed = static_cast<double>(listed.size()) / static_cast<double>(buyers.size());
  return judged;
}

/// By customer, when the last order of two or more items was.
inline std::map<std::string, int64_t> lastOrdersOfTwo(const std::vector<Row>& rows) {
  std::map<std::string, int64_t> last;
  for (const auto& [user, orders] : ordersOf(rows))
    for (const auto& [time, items] : orders)
      if (items.size() > 1) last[user] = time;
  return last;
}

/// Of each customer the last order of two or more items is asked for by its hidden items one by one, and
/// counts once. Neither those orders nor hidden items are trained on. P@10 of each trainer.
inline std::vector<double> judgeNewProducts(const std::vector<Row>& rows,
                                            const std::vector<Trainer>& trainers,
                                            const std::function<bool(const std::string&)>& hidden,
                                            const TableMaker& tableOf) {
  const MemoryInteractions all(withoutTies(rows, 17));
  const auto orders = ordersOf(rows);
  std::map<Index, int64_t> last;
  std::vector<RelatedQuery> queries;
  std::vector<double> weights;
  for (const auto& [user, time] : lastOrdersOfTwo(rows)) {
    last[all.user(user)] = time;
    std::vector<Index> asked, whole;
    for (const std::string& id : orders.at(user).at(time)) {
      whole.push_back(all.item(id));
      if (hidden(id)) asked.push_back(whole.back());
    }
    for (const Index item : asked) {
      queries.push_back({item, whole, {}});
      std::erase(queries.back().truth, item);
      weights.push_back(1.0 / static_cast<double>(asked.size()));
    }
  }
  const KeptRows training(all, [&](Index user, Index item, int64_t time) {
    const auto at = last.find(user);
    return (at == last.end() || at->second != time) && !hidden(std::string(all.itemId(item)));
  });
  const MemoryTable table = tableOf(all);
  std::vector<double> judged;
  for (const Trainer& train : trainers) {
    const auto found = precisionsAtTen(*train({&training, &table}), queries);
    double sum = 0, weight = 0;
    for (size_t i = 0; i < found.size(); ++i) sum += weights[i] * found[i], weight += weights[i];
    judged.push_back(sum / weight);
  }
  return judged;
}

/// Those that a rule keeps.
inline std::vector<Row> rowsThat(std::vector<Row> rows, const std::function<bool(const Row&)>& keeps) {
  std::erase_if(rows, [&](const Row& row) { return !keeps(row); });
  return rows;
}

}  // namespace proffer::recipes::testing
