#include "recipes/popularity.h"

#include <algorithm>
#include <atomic>

#include "base/text.h"
#include "recipes/item_order.h"
#include "recipes/known_items.h"
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
        counts_(ownCounts_),
        order_(ItemOrder::byCount(counts_)) {}
  /// Over sections that outlive it.
  PopularityModel(ItemSpace items, std::span<const uint64_t> counts, ItemOrder order, Counting counting)
      : items_(std::move(items)), counting_(counting), counts_(counts), order_(std::move(order)) {}

  const ItemSpace& items() const override { return items_; }
  bool readsHistory() const override { return false; }

  Result<std::vector<ScoredItem>> recommend(const Question& question) const override {
    std::vector<ScoredItem> answer;
    for (const Index item : order_.first(items_, question.admission, question.limit))
      answer.push_back({item, static_cast<double>(counts_[item]), true, {}});
    return answer;
  }

  Result<std::vector<ScoredItem>> rank(const Question& question,
                                       std::span<const Index> groupItems) const override {
    std::vector<ScoredItem> ranked = order_.rank(items_, question.admission, groupItems);
    for (ScoredItem& one : ranked)
      if (one.item != kNoIndex) one.score = static_cast<double>(counts_[one.item]);
    return ranked;
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
    order_.save(out, "popularity/order");
    const auto counting = static_cast<char>(counting_);
    out.put("popularity/counting", {&counting, 1});
  }

  int64_t residentBytes() const override {
    return items_.residentBytes() + order_.residentBytes() +
           static_cast<int64_t>(ownCounts_.size() * sizeof(uint64_t));
  }

 private:
  ItemSpace items_;
  Counting counting_;
  std::vector<uint64_t> ownCounts_;
  std::span<const uint64_t> counts_;
  ItemOrder order_;
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

  std::vector<Index> groupItems =
      knownItems(input, configuration, [&](Index item) { return counter.of(item) > 0; });
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
  PROFFER_TRY(const std::string_view counting, sections.get("popularity/counting"));
  if (counts.size() != items.size() || counting.size() != 1 || counting[0] < 0 || counting[0] > 1)
    return fail(ErrorCode::kCorrupt, "the popularity model has {} items and {} counts", items.size(),
                counts.size());
  PROFFER_TRY(ItemOrder order, ItemOrder::open(sections, "popularity/order", items.size()));
  return std::make_unique<PopularityModel>(std::move(items), counts, std::move(order),
                                           static_cast<Counting>(counting[0]));
}

}  // namespace proffer::recipes
