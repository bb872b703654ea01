#include "recipes/popular_list.h"

#include <algorithm>

namespace proffer::recipes {

PopularList PopularList::of(std::vector<uint32_t> counts) {
  PopularList list;
  list.storage_ = std::make_shared<const std::vector<uint32_t>>(std::move(counts));
  list.counts_ = *list.storage_;
  list.order_ = ItemOrder::byCount(list.counts_);
  return list;
}

void PopularList::fill(const ItemSpace& items, const Admission& admission, Index without, size_t limit,
                       std::vector<ScoredItem>& answer) const {
  if (answer.size() >= limit) return;
  std::vector<Index> taken;
  for (const ScoredItem& item : answer) taken.push_back(item.item);
  if (without != kNoIndex) taken.push_back(without);
  std::sort(taken.begin(), taken.end());
  // So many that enough are left, even if all that are taken are among them.
  const size_t wanted = limit - answer.size() + taken.size();
  for (const Index item : order_.first(items, admission, std::min<size_t>(wanted, items.size()))) {
    if (answer.size() >= limit) return;
    if (!std::binary_search(taken.begin(), taken.end(), item))
      answer.push_back({item, static_cast<double>(counts_[item]), false, "Popular item"});
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
  return order_.residentBytes() + (storage_ ? static_cast<int64_t>(storage_->size() * sizeof(uint32_t)) : 0);
}

void PopularList::save(SectionWriter& out) const {
  out.putArray<uint32_t>("popular/counts", counts_);
  order_.save(out, "popular/order");
}

Result<PopularList> PopularList::open(const SectionReader& in, size_t items) {
  PopularList list;
  PROFFER_TRY(list.counts_, in.getArray<uint32_t>("popular/counts"));
  PROFFER_TRY(list.order_, ItemOrder::open(in, "popular/order", static_cast<Index>(items)));
  if (list.counts_.size() != items)
    return fail(ErrorCode::kCorrupt, "the model has {} items, but {} counts of popularity", items,
                list.counts_.size());
  return list;
}

}  // namespace proffer::recipes
