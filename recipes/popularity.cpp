#include "recipes/popularity.h"

#include <algorithm>
#include <atomic>
#include <numeric>

#include "base/text.h"
#include "recipes/candidates.h"
#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

enum class Counting : uint8_t { kUsers, kEvents };

Result<Counting> countingOf(const TrainingConfiguration& configuration) {
  if (configuration.counting.empty() || configuration.counting == "users") return Counting::kUsers;
  if (configuration.counting == "events") return Counting::kEvents;
  return fail(ErrorCode::kInvalidInput, "popularity counts \"users\" or \"events\", found {}",
              proffer::quoted(configuration.counting));
}

class PopularityModel final : public Model {
 public:
  /// `counts`: per item of the space.
  PopularityModel(ItemSpace items, std::vector<uint64_t> counts, Counting counting)
      : items_(std::move(items)),
        counting_(counting),
        ownCounts_(std::move(counts)),
        ownOrder_(items_.size()) {
    std::iota(ownOrder_.begin(), ownOrder_.end(), Index{0});
    std::sort(ownOrder_.begin(), ownOrder_.end(), [&](Index a, Index b) {
      return ownCounts_[a] != ownCounts_[b] ? ownCounts_[a] > ownCounts_[b] : a < b;
    });
    counts_ = ownCounts_;
    order_ = ownOrder_;
  }
  /// Over sections that outlive it.
  PopularityModel(ItemSpace items, std::span<const uint64_t> counts, std::span<const Index> order,
                  Counting counting)
      : items_(std::move(items)), counting_(counting), counts_(counts), order_(order) {}

  const ItemSpace& items() const override { return items_; }
  bool readsHistory() const override { return false; }

  Result<std::vector<ScoredItem>> recommend(const Question& question) const override {
    std::vector<ScoredItem> answer;
    if (question.admission.restricted) {
      const Candidates candidates(items_, question.admission);
      if (worthVisiting(candidates, question)) return bestOf(candidates, question.limit);
    }
    answer.reserve(std::min<size_t>(question.limit, order_.size()));
    for (const Index item : order_) {
      if (answer.size() >= question.limit) break;
      if (question.admission.admits(items_.groupIndex(item)))
        answer.push_back({item, static_cast<double>(counts_[item]), true, {}});
    }
    return answer;
  }

  Result<std::vector<ScoredItem>> rank(const Question& question,
                                       std::span<const Index> groupItems) const override {
    std::vector<ScoredItem> known, unknown;
    for (const Index groupItem : groupItems) {
      if (!question.admission.admits(groupItem)) continue;
      const Index item = items_.fromGroup(groupItem);
      if (item == kNoIndex) {
        unknown.push_back({kNoIndex, 0, false, {}});
      } else {
        known.push_back({item, static_cast<double>(counts_[item]), true, {}});
      }
    }
    std::sort(known.begin(), known.end(), [](const ScoredItem& a, const ScoredItem& b) {
      return a.score != b.score ? a.score > b.score : a.item < b.item;
    });
    known.insert(known.end(), unknown.begin(), unknown.end());
    return known;
  }

  Result<std::vector<Evidence>> explain(const Question&, Index item) const override {
    Evidence evidence;
    evidence.kind = "popularity";
    evidence.value = static_cast<double>(counts_[item]);
    evidence.count = static_cast<int64_t>(counts_[item]);
    evidence.detail = counting_ == Counting::kUsers ? "distinct users" : "events";
    return std::vector<Evidence>{std::move(evidence)};
  }

  void save(SectionWriter& out) const override {
    items_.save(out);
    out.putArray<uint64_t>("popularity/counts", counts_);
    out.putArray<Index>("popularity/order", order_);
    const auto counting = static_cast<char>(counting_);
    out.put("popularity/counting", {&counting, 1});
  }

  int64_t residentBytes() const override {
    return items_.residentBytes() +
           static_cast<int64_t>(ownCounts_.size() * sizeof(uint64_t) + ownOrder_.size() * sizeof(Index));
  }

 private:
  // Going down the list takes about limit / share steps until enough have passed; visiting what passes, a
  // look at every word of the admission and a few steps for each item.
  bool worthVisiting(const Candidates& candidates, const Question& question) const {
    constexpr double kPerItem = 8;
    const auto passing = static_cast<double>(std::max<size_t>(candidates.atMost(), 1));
    const double down = static_cast<double>(question.limit) * static_cast<double>(order_.size()) / passing;
    return down > kPerItem * passing + static_cast<double>(question.admission.allowed.size());
  }

  std::vector<ScoredItem> bestOf(const Candidates& candidates, size_t limit) const {
    std::vector<Index> passing;
    candidates.forEachBlock(
        [&](std::span<const Index> block) { passing.insert(passing.end(), block.begin(), block.end()); });
    const size_t count = std::min(limit, passing.size());
    std::partial_sort(
        passing.begin(), passing.begin() + static_cast<ptrdiff_t>(count), passing.end(),
        [&](Index a, Index b) { return counts_[a] != counts_[b] ? counts_[a] > counts_[b] : a < b; });
    std::vector<ScoredItem> answer;
    for (size_t i = 0; i < count; ++i)
      answer.push_back({passing[i], static_cast<double>(counts_[passing[i]]), true, {}});
    return answer;
  }

  ItemSpace items_;
  Counting counting_;
  std::vector<uint64_t> ownCounts_;
  std::vector<Index> ownOrder_;
  std::span<const uint64_t> counts_;
  std::span<const Index> order_;  // best first
};

class Counter {
 public:
  Counter(const Interactions& interactions, const EventSelector& selector, Counting counting)
      : interactions_(interactions),
        selector_(selector),
        counting_(counting),
        counts_(interactions.itemCount()) {}

  // Whole numbers, so that the sum does not depend on the order of the threads.
  void count(Progress& progress) {
    progress.begin("training", "users", interactions_.userCount());
    forEachUserChunk(interactions_, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
      std::vector<Index> items;
      for (Index user = first; user < last; ++user) {
        selected(interactions_.history(user, scratch), items);
        for (const Index item : items) counts_[item].fetch_add(1, std::memory_order_relaxed);
      }
    });
  }

  uint64_t of(Index item) const { return counts_[item].load(std::memory_order_relaxed); }

 private:
  void selected(const History& history, std::vector<Index>& items) const {
    items.clear();
    for (size_t i = 0; i < history.size(); ++i)
      if (selector_.weight(history, i) > 0) items.push_back(history.items[i]);
    if (counting_ == Counting::kEvents) return;
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
  }

  const Interactions& interactions_;
  const EventSelector& selector_;
  Counting counting_;
  std::vector<std::atomic<uint64_t>> counts_;
};

}  // namespace

Result<std::unique_ptr<Model>> PopularityRecipe::train(const TrainingInput& input,
                                                       const TrainingConfiguration& configuration,
                                                       Progress& progress, Checkpoints*) const {
  PROFFER_TRY(const Counting counting, countingOf(configuration));
  if (!input.interactions) return fail(ErrorCode::kInvalidInput, "there are no interactions to count");
  const Interactions& interactions = *input.interactions;
  const EventSelector selector(configuration.events, interactions.eventTypes());
  Counter counter(interactions, selector, counting);
  counter.count(progress);
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");

  std::vector<Index> groupItems;
  const Index described = input.items && configuration.catalogueItems ? input.items->size() : 0;
  for (Index item = 0; item < interactions.itemCount(); ++item)
    if (counter.of(item) > 0 || (item < described && input.items->has(item))) groupItems.push_back(item);
  if (groupItems.empty())
    return fail(ErrorCode::kInvalidInput, "there are no interactions to count and no items to list");
  ItemSpace items = ItemSpace::of(interactions, std::move(groupItems));
  std::vector<uint64_t> counts(items.size());
  for (Index item = 0; item < items.size(); ++item) counts[item] = counter.of(items.groupIndex(item));
  return std::make_unique<PopularityModel>(std::move(items), std::move(counts), counting);
}

Result<std::unique_ptr<Model>> PopularityRecipe::open(const SectionReader& sections) const {
  PROFFER_TRY(ItemSpace items, ItemSpace::open(sections));
  PROFFER_TRY(const std::span<const uint64_t> counts, sections.getArray<uint64_t>("popularity/counts"));
  PROFFER_TRY(const std::span<const Index> order, sections.getArray<Index>("popularity/order"));
  PROFFER_TRY(const std::string_view counting, sections.get("popularity/counting"));
  if (counts.size() != items.size() || order.size() != items.size() || counting.size() != 1 ||
      counting[0] < 0 || counting[0] > 1)
    return fail(ErrorCode::kCorrupt, "the popularity model has {} items, {} counts and {} ranks",
                items.size(), counts.size(), order.size());
  std::vector<bool> seen(items.size());
  for (const Index item : order) {
    if (item >= items.size() || seen[item])
      return fail(ErrorCode::kCorrupt, "the popularity model's order is no order of its items");
    seen[item] = true;
  }
  return std::make_unique<PopularityModel>(std::move(items), counts, order,
                                           static_cast<Counting>(counting[0]));
}

}  // namespace proffer::recipes
