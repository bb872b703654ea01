#include "recipes/item_order.h"

#include "recipes/candidates.h"

namespace proffer::recipes {
namespace {

std::vector<Index> positionsOf(std::span<const Index> order) {
  std::vector<Index> positions(order.size());
  for (size_t i = 0; i < order.size(); ++i) positions[order[i]] = static_cast<Index>(i);
  return positions;
}

// Going down the list takes about limit / share steps until enough have passed; visiting what passes, a look
// at every word of the admission and a few steps for each item.
bool worthVisiting(const Candidates& candidates, const Admission& admission, size_t limit, size_t items) {
  constexpr double kPerItem = 8;
  const auto passing = static_cast<double>(std::max<size_t>(candidates.atMost(), 1));
  const double down = static_cast<double>(limit) * static_cast<double>(items) / passing;
  return down > kPerItem * passing + static_cast<double>(admission.allowed.size());
}

}  // namespace

ItemOrder::ItemOrder(std::vector<Index> order) {
  auto storage = std::make_shared<Storage>();
  storage->positions = positionsOf(order);
  storage->order = std::move(order);
  order_ = storage->order;
  storage_ = std::move(storage);
}

std::vector<Index> ItemOrder::first(const ItemSpace& items, const Admission& admission, size_t limit) const {
  std::vector<Index> found;
  if (admission.restricted) {
    const Candidates candidates(items, admission);
    if (worthVisiting(candidates, admission, limit, order_.size())) {
      candidates.forEachBlock([&](std::span<const Index> block) {
        for (const Index item : block) found.push_back(position(item));
      });
      const size_t count = std::min(limit, found.size());
      std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(count), found.end());
      found.resize(count);
      for (Index& place : found) place = order_[place];
      return found;
    }
  }
  found.reserve(std::min<size_t>(limit, order_.size()));
  for (const Index item : order_) {
    if (found.size() >= limit) break;
    if (admission.admits(items.groupIndex(item))) found.push_back(item);
  }
  return found;
}

std::vector<ScoredItem> ItemOrder::rank(const ItemSpace& items, const Admission& admission,
                                        std::span<const Index> groupItems) const {
  std::vector<ScoredItem> known, unknown;
  for (const Index groupItem : groupItems) {
    if (!admission.admits(groupItem)) continue;
    const Index item = items.fromGroup(groupItem);
    if (item == kNoIndex)
      unknown.push_back({kNoIndex, 0, false, {}});
    else
      known.push_back({item, 0, true, {}});
  }
  std::sort(known.begin(), known.end(),
            [&](const ScoredItem& a, const ScoredItem& b) { return position(a.item) < position(b.item); });
  known.insert(known.end(), unknown.begin(), unknown.end());
  return known;
}

int64_t ItemOrder::residentBytes() const {
  return static_cast<int64_t>((storage_->order.size() + storage_->positions.size()) * sizeof(Index));
}

Result<ItemOrder> ItemOrder::open(const SectionReader& in, std::string_view section, Index count) {
  ItemOrder opened;
  PROFFER_TRY(opened.order_, in.getArray<Index>(section));
  if (opened.order_.size() != count)
    return fail(ErrorCode::kCorrupt, "section {} of the model orders {} items, it has {}", section,
                opened.order_.size(), count);
  std::vector<bool> seen(count);
  for (const Index item : opened.order_) {
    if (item >= count || seen[item])
      return fail(ErrorCode::kCorrupt, "section {} of the model is no order of its items", section);
    seen[item] = true;
  }
  auto storage = std::make_shared<Storage>();
  storage->positions = positionsOf(opened.order_);
  opened.storage_ = std::move(storage);
  return opened;
}

}  // namespace proffer::recipes
