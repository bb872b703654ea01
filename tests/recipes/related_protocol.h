// How lists of related items are judged on real data: the next ten events of a film's viewers, and the rest
// of an order. For tests and benchmarks.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "recipes/recipe.h"
#include "tests/recipes/memory_views.h"

namespace proffer::recipes::testing {

using Trainer = std::function<std::unique_ptr<Model>(const Interactions&)>;

inline Trainer trainerOf(const std::string& family, const std::string& recipe) {
  return [family, recipe](const Interactions& interactions) {
    TrainingConfiguration configuration;
    configuration.recipe = recipe;
    Progress progress;
    auto model = (*recipeOfFamily(family))->train({&interactions}, configuration, progress);
    return model ? std::move(*model) : nullptr;
  };
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

struct NextTen {
  double precision = 0;      ///< at 10, mean over queries
  double rarePrecision = 0;  ///< of queries with fewer than 20 interactions in training
  size_t queries = 0, rareQueries = 0;
};

/// The hits among ten items for a query, those that the user has seen already left out.
inline double hitsOfNextTen(const Model& model, Index query, const std::vector<Index>& seen,
                            std::span<const Index> next) {
  Question question;
  question.item = query;
  question.limit = 10;
  question.admission.excluded = seen;
  double hits = 0;
  const auto answer = model.recommend(question);
  for (const ScoredItem& one : *answer)
    hits += std::find(next.begin(), next.end(), model.items().groupIndex(one.item)) != next.end() ? 1 : 0;
  return hits;
}

inline void judgeFold(const std::vector<Row>& training,
                      const std::map<std::string, std::vector<std::string>>& tested, const Trainer& train,
                      NextTen& judged) {
  const MemoryInteractions interactions(training);
  std::vector<int> counts(interactions.itemCount());
  for (const Row& row : training) ++counts[interactions.item(row.item)];
  const std::unique_ptr<Model> model = train(interactions);
  for (const auto& [user, ids] : tested) {
    std::vector<Index> items, seen;
    for (const std::string& id : ids) items.push_back(interactions.item(id));
    for (size_t i = 0; i + 1 < items.size(); ++i) {
      if (items[i] != kNoIndex) seen.insert(std::lower_bound(seen.begin(), seen.end(), items[i]), items[i]);
      const auto next = std::span(items).subspan(i + 1, std::min<size_t>(10, items.size() - i - 1));
      const double hits = hitsOfNextTen(*model, items[i], seen, next);
      judged.precision += hits / 10;
      ++judged.queries;
      if (items[i] != kNoIndex && counts[items[i]] >= 20) continue;
      judged.rarePrecision += hits / 10;
      ++judged.rareQueries;
    }
  }
}

/// Five folds by user: every event of a test user is a query, the next ten events are the truth; what the
/// user has seen before is not answered.
inline NextTen judgeNextTen(const std::vector<Row>& rows, const Trainer& train, uint64_t seed = 1) {
  const std::vector<Row> ordered = withoutTies(rows, seed);
  NextTen judged;
  for (uint64_t fold = 0; fold < 5; ++fold) {
    std::vector<Row> training;
    std::map<std::string, std::vector<std::string>> tested;
    for (const Row& row : ordered) {
      if (hash64(row.user, seed) % 5 == fold) {
        tested[row.user].push_back(row.item);
      } else {
        training.push_back(row);
      }
    }
    judgeFold(training, tested, train, judged);
  }
  judged.precision /= static_cast<double>(judged.queries);
  judged.rarePrecision /= static_cast<double>(std::max<size_t>(1, judged.rareQueries));
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
  const std::unique_ptr<Model> model = train(interactions);
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

}  // namespace proffer::recipes::testing
