#include "recipes/popular_list.h"

#include <algorithm>
#include <numeric>

#include "recipes/candidates.h"

namespace proffer::recipes {
namespace {

// Going down the list takes about limit / share steps until enough have passed; visiting what passes, a look
// at every word of the admission and a few steps for each item.
bool worthVisitingAdmitted(const Candidates& candidates, const Admission& admission, size_t wanted,
                           size_t items) {
  constexpr double kPerItem = 8;
  const auto passing = static_cast<double>(std::max<size_t>(candidates.atMost(), 1));
  const double down = static_cast<double>(wanted) * static_cast<double>(items) / passing;
  return down > kPerItem * passing + static_cast<double>(admission.allowed.size());
}

}  // namespace

PopularList PopularList::of(std::vector<uint32_t> counts) {
  auto storage = std::make_shared<Storage>();
  storage->counts = std::move(counts);
  storage->order.resize(storage->counts.size());
  PopularList list;
  list.counts_ = storage->counts;
  std::iota(storage->order.begin(), storage->order.end(), Index{0});
  std::sort(storage->order.begin(), storage->order.end(),
            [&](Index a, Index b) { return list.before(a, b); });
  list.order_ = storage->order;
  list.storage_ = std::move(storage);
  return list;
}

void PopularList::fill(const ItemSpace& items, const Admission& admission, Index without, size_t limit,
                       std::vector<ScoredItem>& answer) const {
  if (answer.size() >= limit) return;
  std::vector<Index> taken;
  for (const ScoredItem& item : answer) taken.push_back(item.item);
  if (without != kNoIndex) taken.push_back(without);
  std::sort(taken.begin(), taken.end());
  const auto free = [&](Index item) { return !std::binary_search(taken.begin(), taken.end(), item); };
  const auto add = [&](Index item) {
    answer.push_back({item, static_cast<double>(counts_[item]), false, "Popular item"});
  };
  if (admission.restricted) {
    const Candidates candidates(items, admission);
    if (worthVisitingAdmitted(candidates, admission, limit - answer.size(), items.size())) {
      std::vector<Index> passing;
      candidates.forEachBlock([&](std::span<const Index> block) {
        for (const Index item : block)
          if (free(item)) passing.push_back(item);
      });
      const size_t count = std::min(limit - answer.size(), passing.size());
      std::partial_sort(passing.begin(), passing.begin() + static_cast<ptrdiff_t>(count), passing.end(),
                        [&](Index a, Index b) { return before(a, b); });
      for (size_t i = 0; i < count; ++i) add(passing[i]);
      return;
    }
  }
  for (const Index item : order_) {
    if (answer.size() >= limit) return;
    if (admission.admits(items.groupIndex(item)) && free(item)) add(item);
  }
}

Evidence PopularList::evidence(Index item) const {
  Evidence evidence;
  evidence.kind = "popularity";
  evidence.value = static_cast<double>(counts_[item]);
  evidence.count = static_cast<int64_t>(counts_[item]);
  evidence.detail = "distinct users";
  return evidence;
}

int64_t PopularList::residentBytes() const {
  if (!storage_) return 0;
  return static_cast<int64_t>(storage_->counts.size() * sizeof(uint32_t) +
                              storage_->order.size() * sizeof(Index));
}

void PopularList::save(SectionWriter& out) const {
  out.putArray<uint32_t>("popular/counts", counts_);
  out.putArray<Index>("popular/order", order_);
}

Result<PopularList> PopularList::open(const SectionReader& in, size_t items) {
  PopularList list;
  PROFFER_TRY(list.counts_, in.getArray<uint32_t>("popular/counts"));
  PROFFER_TRY(list.order_, in.getArray<Index>("popular/order"));
  if (list.counts_.size() != items || list.order_.size() != items)
    return fail(ErrorCode::kCorrupt, "the model has {} items, but {} counts and {} ranks of popularity",
                items, list.counts_.size(), list.order_.size());
  std::vector<bool> seen(items);
  for (const Index item : list.order_) {
    if (item >= items || seen[item])
      return fail(ErrorCode::kCorrupt, "the model's order of popularity is no order of its items");
    seen[item] = true;
  }
  return list;
}

}  // namespace proffer::recipes
