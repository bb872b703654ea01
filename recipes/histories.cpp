#include "recipes/histories.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <optional>

#include "base/parallel.h"
#include "base/text.h"
#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

// The value that stands at this place of the sorted values; the least place for minima, the greatest for
// maxima, so that the cut keeps rather too much.
uint32_t atPercentile(std::vector<uint32_t>& values, double percentile, bool least) {
  const double place = percentile * static_cast<double>(values.size() - 1);
  const double whole = least ? std::floor(place) : std::ceil(place);
  const auto at =
      values.begin() + static_cast<ptrdiff_t>(std::clamp(whole, 0.0, static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::optional<size_t> columnNamed(const Interactions& interactions, const std::string& name) {
  for (size_t i = 0; i < interactions.columns().size() && !name.empty(); ++i)
    if (equalsIgnoreCase(interactions.columns()[i].name, name)) return i;
  return std::nullopt;
}

// Which basket each row of a history is in: the value of the column for orders, or the time.
class BasketKeys {
 public:
  BasketKeys(const Interactions& interactions, const std::string& orderColumn)
      : interactions_(interactions), column_(columnNamed(interactions, orderColumn)) {}

  /// `history` is the user's and lies in `scratch`.
  void read(Index user, const History& history, Interactions::Scratch& scratch, std::vector<uint64_t>& keys) {
    const auto codes = column_ && history.size() > 0 ? interactions_.codes(user, *column_, scratch)
                                                     : std::span<const uint32_t>();
    keys.clear();
    for (size_t row = 0; row < history.size(); ++row) {
      const bool ordered = row < codes.size() && codes[row] != kNoIndex;
      keys.push_back(ordered ? codes[row] : static_cast<uint64_t>(history.times[row]) | kByTime);
    }
  }

 private:
  static constexpr uint64_t kByTime = uint64_t{1} << 63;

  const Interactions& interactions_;
  const std::optional<size_t> column_;
};

// Makes of one person's rows what is kept of them. One per thread at a time.
class PersonReader {
 public:
  PersonReader(const Interactions& interactions, const EventSelector& selector, const HistoryCut& cut,
               bool weighted)
      : interactions_(interactions),
        selector_(selector),
        baskets_(cut.baskets),
        weighted_(weighted),
        basketKeys_(interactions, cut.orderColumn) {}

  /// Appends the person's rows; returns how many. `distinct` are then the person's items, ascending.
  uint32_t append(Index user, Interactions::Scratch& scratch, std::vector<Index>& items,
                  std::vector<float>& weights) {
    const History history = interactions_.history(user, scratch);
    if (baskets_) basketKeys_.read(user, history, scratch, keys_);
    rows_.clear();
    for (size_t i = 0; i < history.size(); ++i) {
      const float weight = selector_.weight(history, i);
      if (weight <= 0) continue;
      rows_.push_back(
          {baskets_ ? keys_[i] : 0, history.items[i], static_cast<uint32_t>(rows_.size()), weight});
    }
    collectDistinct();
    const size_t before = items.size();
    if (baskets_) {
      appendBaskets(items, weights);
    } else {
      appendSequence(items, weights);
    }
    return static_cast<uint32_t>(items.size() - before);
  }
  const std::vector<Index>& distinct() const { return distinct_; }

 private:
  struct Row {
    uint64_t basket;
    Index item;
    uint32_t place;
    float weight;
  };

  void collectDistinct() {
    distinct_.clear();
    for (const Row& row : rows_) distinct_.push_back(row.item);
    std::sort(distinct_.begin(), distinct_.end());
    distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
  }

  static bool sameKey(const Row& a, const Row& b) { return a.basket == b.basket && a.item == b.item; }

  // Sorts by basket, item and place, and keeps one row per basket and item: the first, with the greatest
  // weight.
  void unite() {
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      return a.basket != b.basket ? a.basket < b.basket
             : a.item != b.item   ? a.item < b.item
                                  : a.place < b.place;
    });
    size_t kept = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (kept > 0 && sameKey(rows_[kept - 1], rows_[i])) {
        rows_[kept - 1].weight = std::max(rows_[kept - 1].weight, rows_[i].weight);
      } else {
        rows_[kept++] = rows_[i];
      }
    }
    rows_.resize(kept);
  }

  void appendSequence(std::vector<Index>& items, std::vector<float>& weights) {
    if (distinct_.size() < rows_.size()) {
      unite();
      std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.place < b.place; });
    }
    const size_t first = rows_.size() > kLongestHistory ? rows_.size() - kLongestHistory : 0;
    for (size_t i = first; i < rows_.size(); ++i) put(rows_[i].item, rows_[i].weight, items, weights);
  }

  void appendBaskets(std::vector<Index>& items, std::vector<float>& weights) {
    if (rows_.size() > kLongestHistory)
      rows_.erase(rows_.begin(), rows_.end() - static_cast<ptrdiff_t>(kLongestHistory));
    unite();
    for (size_t i = 0; i < rows_.size(); ++i) {
      put(rows_[i].item, rows_[i].weight, items, weights);
      if (i + 1 == rows_.size() || rows_[i + 1].basket != rows_[i].basket)
        put(Places::kEndOfBasket, 0, items, weights);
    }
  }

  void put(Index item, float weight, std::vector<Index>& items, std::vector<float>& weights) const {
    items.push_back(item);
    if (weighted_) weights.push_back(weight);
  }

  const Interactions& interactions_;
  const EventSelector& selector_;
  const bool baskets_, weighted_;
  BasketKeys basketKeys_;
  std::vector<uint64_t> keys_;
  std::vector<Row> rows_;
  std::vector<Index> distinct_;
};

// Whether any event weighs other than 1, so that weights are worth their memory.
bool anyWeights(const std::vector<EventRule>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const EventRule& rule) { return rule.weight != 1.0 && rule.weight > 0; });
}

std::vector<uint32_t> plain(const std::vector<std::atomic<uint32_t>>& counts) {
  std::vector<uint32_t> numbers(counts.size());
  for (size_t i = 0; i < counts.size(); ++i) numbers[i] = counts[i].load(std::memory_order_relaxed);
  return numbers;
}

}  // namespace

bool mostlyInBaskets(const Interactions& interactions, const TrainingConfiguration& configuration) {
  const EventSelector selector(configuration.events, interactions.eventTypes());
  std::atomic<int64_t> rows{0}, alone{0};
  forEachUserChunk(interactions, nullptr, [&](Index first, Index last, Interactions::Scratch& scratch) {
    BasketKeys baskets(interactions, configuration.orderColumn);
    std::vector<uint64_t> keys, selected;
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      baskets.read(user, history, scratch, keys);
      selected.clear();
      for (size_t row = 0; row < history.size(); ++row)
        if (selector.weight(history, row) > 0) selected.push_back(keys[row]);
      std::sort(selected.begin(), selected.end());
      for (size_t i = 0; i < selected.size(); ++i)
        alone += (i == 0 || selected[i - 1] != selected[i]) &&
                 (i + 1 == selected.size() || selected[i + 1] != selected[i]);
      rows += static_cast<int64_t>(selected.size());
    }
  });
  return 2 * (rows - alone) > rows;
}

Result<CutHistories> CutHistories::read(const Interactions& interactions,
                                        const TrainingConfiguration& configuration, const HistoryCut& cut,
                                        Progress& progress) {
  CutHistories histories;
  histories.baskets_ = cut.baskets;
  const EventSelector selector(configuration.events, interactions.eventTypes());
  const bool weighted = anyWeights(configuration.events);
  histories.chunks_.resize((size_t{interactions.userCount()} + kUsersPerChunk - 1) / kUsersPerChunk);
  std::vector<std::atomic<uint32_t>> people(interactions.itemCount());
  progress.begin("reading", "users", interactions.userCount());
  forEachUserChunk(interactions, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
    Chunk& chunk = histories.chunks_[first / kUsersPerChunk];
    PersonReader reader(interactions, selector, cut, weighted);
    for (Index user = first; user < last; ++user) {
      chunk.rows.push_back(reader.append(user, scratch, chunk.items, chunk.weights));
      chunk.distinct.push_back(static_cast<uint32_t>(reader.distinct().size()));
      for (const Index item : reader.distinct()) people[item].fetch_add(1, std::memory_order_relaxed);
    }
    chunk.items.shrink_to_fit();
    chunk.weights.shrink_to_fit();
  });
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  size_t rows = 1;
  for (const Chunk& chunk : histories.chunks_) rows += chunk.items.size() + chunk.rows.size();
  if (rows > std::numeric_limits<uint32_t>::max())
    return fail(ErrorCode::kLimitExceeded, "{} places in histories are more than this recipe can count in",
                rows);
  histories.people_ = plain(people);
  histories.cutPeople(cut);
  histories.cutItems(cut);
  return histories;
}

void CutHistories::cutPeople(const HistoryCut& cut) {
  std::vector<uint32_t> lengths;
  for (const Chunk& chunk : chunks_)
    for (const uint32_t distinct : chunk.distinct)
      if (distinct > 0) lengths.push_back(distinct);
  fewest_ = 1;
  most_ = std::numeric_limits<uint32_t>::max();
  if (lengths.empty()) return;
  if (cut.leastOfPerson > 0) fewest_ = atPercentile(lengths, cut.leastOfPerson, true);
  if (cut.mostOfPerson < 1) most_ = atPercentile(lengths, cut.mostOfPerson, false);
}

// visit(rows of one person, weights of them)
template <class Visit>
void CutHistories::forEachKeptRow(const Chunk& chunk, const Visit& visit) const {
  size_t at = 0;
  for (size_t user = 0; user < chunk.rows.size(); ++user) {
    const size_t rows = chunk.rows[user];
    if (chunk.distinct[user] >= fewest_ && chunk.distinct[user] <= most_)
      visit(std::span(chunk.items).subspan(at, rows),
            chunk.weights.empty() ? std::span<const float>() : std::span(chunk.weights).subspan(at, rows));
    at += rows;
  }
}

void CutHistories::cutItems(const HistoryCut& cut) {
  std::vector<std::atomic<uint32_t>> counts(people_.size());
  std::atomic<uint32_t> persons{0};
  parallelFor(chunks_.size(), [&](size_t i) {
    std::vector<Index> items;
    forEachKeptRow(chunks_[i], [&](std::span<const Index> rows, std::span<const float>) {
      items.assign(rows.begin(), rows.end());
      if (baskets_) {
        std::sort(items.begin(), items.end());
        items.erase(std::unique(items.begin(), items.end()), items.end());
        if (!items.empty()) items.pop_back();  // the mark
      }
      for (const Index item : items) counts[item].fetch_add(1, std::memory_order_relaxed);
      persons.fetch_add(1, std::memory_order_relaxed);
    });
  });
  kept_ = plain(counts);
  std::vector<uint32_t> some;
  for (const uint32_t count : kept_)
    if (count > 0) some.push_back(count);
  if (some.empty()) return;
  const uint32_t least = cut.leastOfItem > 0 ? atPercentile(some, cut.leastOfItem, true) : 1;
  const double most = cut.mostPeopleShare * persons.load();
  for (uint32_t& count : kept_)
    if (count < least || static_cast<double>(count) > most) count = 0;
}

ItemSpace CutHistories::items(const TrainingInput& input, const TrainingConfiguration& configuration) const {
  const Index described = input.items && configuration.catalogueItems ? input.items->size() : 0;
  std::vector<Index> groupItems;
  for (Index item = 0; item < input.interactions->itemCount(); ++item)
    if ((item < people_.size() && people_[item] > 0) || (item < described && input.items->has(item)))
      groupItems.push_back(item);
  return ItemSpace::of(*input.interactions, std::move(groupItems));
}

Places CutHistories::place(const ItemSpace& items) && {
  // Calls put(model item or mark, weight) for what is left of a chunk.
  const auto emit = [&](const Chunk& chunk, const auto& put) {
    forEachKeptRow(chunk, [&](std::span<const Index> rows, std::span<const float> weights) {
      size_t ofPerson = 0, ofBasket = 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] == Places::kEndOfBasket) {
          if (ofBasket > 0) put(Places::kEndOfBasket, 0.0F);
          ofBasket = 0;
        } else if (kept_[rows[i]] > 0) {
          put(items.fromGroup(rows[i]), weights.empty() ? 1.0F : weights[i]);
          ++ofPerson, ++ofBasket;
        }
      }
      if (ofPerson > 0) put(Places::kEndOfPerson, 0.0F);
    });
  };
  std::vector<size_t> begins(chunks_.size() + 1, 1);
  std::atomic<bool> weighted{false};
  parallelFor(chunks_.size(), [&](size_t i) {
    size_t count = 0;
    emit(chunks_[i], [&](Index, float) { ++count; });
    begins[i + 1] = count;
    if (!chunks_[i].weights.empty()) weighted = true;
  });
  for (size_t i = 0; i < chunks_.size(); ++i) begins[i + 1] += begins[i];
  Places places;
  places.baskets = baskets_;
  places.items.resize(begins.back());
  places.items[0] = Places::kEndOfPerson;
  if (weighted) places.weights.resize(begins.back());
  parallelFor(chunks_.size(), [&](size_t i) {
    size_t at = begins[i];
    emit(chunks_[i], [&](Index item, float weight) {
      if (weighted) places.weights[at] = weight;
      places.items[at++] = item;
    });
    chunks_[i] = {};
  });
  places.people.resize(items.size());
  for (Index item = 0; item < items.size(); ++item)
    if (items.groupIndex(item) < kept_.size()) places.people[item] = kept_[items.groupIndex(item)];
  return places;
}

}  // namespace proffer::recipes
