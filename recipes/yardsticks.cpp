#include "recipes/yardsticks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/hash.h"
#include "base/parallel.h"
#include "base/text.h"
#include "recipes/yardstick_scores.h"

namespace proffer::recipes {
namespace {

constexpr size_t kMostPairs = 400'000'000;
constexpr double kPriorCount = 10;
constexpr double kPopularityShare = 1e-7;

class PopularityYardstick final : public OrderedScorer {
 public:
  explicit PopularityYardstick(const YardstickInput& input)
      : OrderedScorer(input), scores_(order().itemCount()) {
    const std::vector<uint32_t> users = usersPerItem(input);
    std::copy(users.begin(), users.end(), scores_.begin());
  }
  std::vector<double> scores(const Ask&) const override { return scores_; }

 private:
  std::vector<double> scores_;
};

// The input's own items, by how often (or not) and how lately they were met.
class OwnItemsYardstick final : public Ranker {
 public:
  OwnItemsYardstick(const YardstickInput& input, bool byFrequency)
      : order_(input), selector_(*input.selector), byFrequency_(byFrequency) {}

  Result<std::vector<Index>> rank(const Ask& ask) const override {
    struct Own {
      Index item;
      size_t count, last;
    };
    std::vector<Own> own;
    const std::vector<Index> items = selectedItems(ask.input, selector_);
    std::vector<std::pair<Index, size_t>> rows;
    for (size_t i = 0; i < items.size(); ++i) rows.emplace_back(items[i], i);
    std::sort(rows.begin(), rows.end());
    for (const auto& [item, row] : rows) {
      if (own.empty() || own.back().item != item) own.push_back({item, 0, 0});
      own.back().count += 1;
      own.back().last = row;
    }
    std::sort(own.begin(), own.end(), [&](const Own& a, const Own& b) {
      return byFrequency_ && a.count != b.count ? a.count > b.count : a.last > b.last;
    });
    std::vector<Index> ranked;
    for (const Own& one : own) {
      if (ranked.size() == ask.limit) break;
      if (order_.isCandidate(one.item) &&
          !std::binary_search(ask.excluded.begin(), ask.excluded.end(), one.item))
        ranked.push_back(one.item);
    }
    return ranked;
  }

 private:
  ScoreOrder order_;
  const EventSelector& selector_;
  bool byFrequency_;
};

class CountsYardstick final : public OrderedScorer {
 public:
  CountsYardstick(const YardstickInput& input, const CountsSettings& settings)
      : OrderedScorer(input), settings_(settings), selector_(*input.selector), users_(usersPerItem(input)) {}

  Result<void> train(const YardstickInput& input, Progress& progress) {
    PROFFER_CHECK(collect(input, progress));
    sum();
    if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the measuring was cancelled");
    return {};
  }

  std::vector<double> scores(const Ask& ask) const override {
    std::vector<double> scores(order().itemCount());
    const uint32_t most = users_.empty() ? 0 : *std::max_element(users_.begin(), users_.end());
    for (Index item = 0; item < users_.size(); ++item)
      scores[item] = kPopularityShare * users_[item] / std::max<uint32_t>(most, 1);
    const std::vector<Index> items = selectedItems(ask.input, selector_);
    for (size_t k = 0; k < items.size(); ++k) {
      const double weight = std::exp(-static_cast<double>(k) / settings_.decay);
      if (weight < 1e-18) break;
      const Index from = items[items.size() - 1 - k];
      for (size_t at = offsets_[from]; at < ends_[from]; ++at) scores[follower_[at]] += weight * value_[at];
    }
    return scores;
  }

 private:
  // Calls body(a, b, gap) for all pairs within the window.
  template <class Body>
  void forEachPair(const YardstickInput& input, Progress& progress, Body body) const {
    Interactions::Scratch scratch;
    for (Index user = 0; user < input.training->userCount() && !progress.cancelled(); ++user) {
      const std::vector<Index> items = selectedItems(input.training->history(user, scratch), selector_);
      for (size_t i = 0; i < items.size(); ++i)
        for (size_t gap = 1; gap <= settings_.window && i + gap < items.size(); ++gap)
          body(items[i], items[i + gap], static_cast<uint32_t>(gap));
      progress.add(1);
    }
  }

  Result<void> collect(const YardstickInput& input, Progress& progress) {
    progress.begin("counting", "users", 2 * int64_t{input.training->userCount()});
    offsets_.assign(users_.size() + 1, 0);
    forEachPair(input, progress, [&](Index a, Index, uint32_t) { ++offsets_[a + 1]; });
    for (size_t item = 0; item < users_.size(); ++item) offsets_[item + 1] += offsets_[item];
    if (offsets_.back() > kMostPairs)
      return fail(ErrorCode::kLimitExceeded, "{} pairs of events are too many to count; at most {}",
                  withThousands(static_cast<int64_t>(offsets_.back())),
                  withThousands(static_cast<int64_t>(kMostPairs)));
    pairs_.resize(offsets_.back());
    std::vector<size_t> next(offsets_.begin(), offsets_.end() - 1);
    forEachPair(input, progress, [&](Index a, Index b, uint32_t gap) { pairs_[next[a]++] = {b, gap}; });
    return {};
  }

  // Sorted first, so that the sums do not depend on who came when.
  void sum() {
    follower_.resize(pairs_.size());
    value_.resize(pairs_.size());
    ends_.resize(users_.size());
    parallelFor(users_.size(), [&](size_t a) {
      std::sort(pairs_.begin() + static_cast<ptrdiff_t>(offsets_[a]),
                pairs_.begin() + static_cast<ptrdiff_t>(offsets_[a + 1]));
      size_t to = offsets_[a];
      for (size_t at = offsets_[a]; at < offsets_[a + 1];) {
        const Index b = pairs_[at].first;
        double count = 0;
        for (; at < offsets_[a + 1] && pairs_[at].first == b; ++at) count += 1.0 / pairs_[at].second;
        follower_[to] = b;
        value_[to++] = count / (users_[a] + kPriorCount) / std::pow(users_[b], settings_.power);
      }
      ends_[a] = to;
    });
    pairs_ = {};
  }

  CountsSettings settings_;
  const EventSelector& selector_;
  std::vector<uint32_t> users_;
  std::vector<size_t> offsets_, ends_;  // the row of item a is [offsets_[a], ends_[a])
  std::vector<std::pair<Index, uint32_t>> pairs_;
  std::vector<Index> follower_;
  std::vector<double> value_;
};

}  // namespace

std::vector<Index> tieOrder(const YardstickInput& input) {
  std::vector<Index> order;
  for (Index item = 0; item < input.candidates->size(); ++item)
    if ((*input.candidates)[item]) order.push_back(item);
  const Interactions& names = *input.training;
  if (input.ties == TieOrder::kItemId) {
    std::sort(order.begin(), order.end(),
              [&](Index a, Index b) { return idBefore(names.itemId(a), names.itemId(b)); });
    return order;
  }
  std::vector<uint64_t> keys(input.candidates->size());
  for (const Index item : order) keys[item] = hash64(names.itemId(item), input.seed);
  std::sort(order.begin(), order.end(),
            [&](Index a, Index b) { return keys[a] != keys[b] ? keys[a] < keys[b] : a < b; });
  return order;
}

ScoreOrder::ScoreOrder(const YardstickInput& input)
    : order_(tieOrder(input)), place_(input.candidates->size(), kNoIndex) {
  for (size_t at = 0; at < order_.size(); ++at) place_[order_[at]] = static_cast<Index>(at);
}

std::vector<Index> ScoreOrder::best(std::span<const double> scores, const Ask& ask) const {
  // In the order of ties, so that an equal score never displaces one that came before it.
  const auto worse = [&](Index a, Index b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : place_[a] < place_[b];
  };
  std::vector<Index> kept;  // a heap, the worst in front
  for (const Index item : order_) {
    if (ask.limit == 0) break;
    if (kept.size() == ask.limit && !(scores[item] > scores[kept.front()])) continue;
    if (std::binary_search(ask.excluded.begin(), ask.excluded.end(), item)) continue;
    if (kept.size() == ask.limit) {
      std::pop_heap(kept.begin(), kept.end(), worse);
      kept.pop_back();
    }
    kept.push_back(item);
    std::push_heap(kept.begin(), kept.end(), worse);
  }
  std::sort_heap(kept.begin(), kept.end(), worse);
  return kept;
}

std::vector<Index> selectedItems(const History& history, const EventSelector& selector) {
  std::vector<Index> items;
  for (size_t row = 0; row < history.size(); ++row)
    if (selector.weight(history, row) > 0) items.push_back(history.items[row]);
  return items;
}

std::vector<Index> distinctItems(std::vector<Index> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

std::vector<uint32_t> usersPerItem(const YardstickInput& input) {
  std::vector<uint32_t> users(input.candidates->size());
  Interactions::Scratch scratch;
  for (Index user = 0; user < input.training->userCount(); ++user)
    for (const Index item :
         distinctItems(selectedItems(input.training->history(user, scratch), *input.selector)))
      ++users[item];
  return users;
}

std::unique_ptr<Ranker> popularityYardstick(const YardstickInput& input) {
  return std::make_unique<PopularityYardstick>(input);
}

std::unique_ptr<Ranker> repeatLastYardstick(const YardstickInput& input) {
  return std::make_unique<OwnItemsYardstick>(input, false);
}

std::unique_ptr<Ranker> ownFrequentYardstick(const YardstickInput& input) {
  return std::make_unique<OwnItemsYardstick>(input, true);
}

Result<std::unique_ptr<Scorer>> countsYardstick(const YardstickInput& input, const CountsSettings& settings,
                                                Progress& progress) {
  auto made = std::make_unique<CountsYardstick>(input, settings);
  PROFFER_CHECK(made->train(input, progress));
  return std::unique_ptr<Scorer>(std::move(made));
}

}  // namespace proffer::recipes
