#include "recipes/item_space.h"

#include <algorithm>
#include <utility>

namespace proffer::recipes {

namespace {

// The first eight bytes as a number that orders as they do: most comparisons need not touch the ids at all.
uint64_t prefixOf(std::string_view id) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < sizeof(prefix); ++i)
    prefix = prefix << 8 | (i < id.size() ? static_cast<unsigned char>(id[i]) : 0);
  return prefix;
}

void sortById(const Interactions& interactions, std::vector<Index>& items) {
  std::vector<std::pair<uint64_t, Index>> keyed;
  keyed.reserve(items.size());
  for (const Index item : items) keyed.emplace_back(prefixOf(interactions.itemId(item)), item);
  std::sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first
                              : interactions.itemId(a.second) < interactions.itemId(b.second);
  });
  for (size_t i = 0; i < items.size(); ++i) items[i] = keyed[i].second;
}

}  // namespace

ItemSpace ItemSpace::of(const Interactions& interactions, std::vector<Index> groupItems) {
  sortById(interactions, groupItems);
  auto storage = std::make_shared<Storage>();
  storage->offsets.reserve(groupItems.size() + 1);
  storage->offsets.push_back(0);
  for (const Index item : groupItems) {
    storage->bytes += interactions.itemId(item);
    storage->offsets.push_back(storage->bytes.size());
  }
  storage->groupIndexes = std::move(groupItems);
  ItemSpace space;
  space.offsets_ = storage->offsets;
  space.bytes_ = storage->bytes;
  space.groupIndexes_ = storage->groupIndexes;
  space.buildReverse(*storage);
  space.storage_ = std::move(storage);
  return space;
}

void ItemSpace::buildReverse(Storage& storage) {
  Index most = 0;
  for (const Index item : groupIndexes_) most = std::max(most, item);
  storage.fromGroup.assign(groupIndexes_.empty() ? 0 : size_t{most} + 1, kNoIndex);
  for (Index i = 0; i < size(); ++i) storage.fromGroup[groupIndexes_[i]] = i;
  fromGroup_ = storage.fromGroup;
}

std::string_view ItemSpace::id(Index item) const {
  return bytes_.substr(offsets_[item], offsets_[item + 1] - offsets_[item]);
}

Index ItemSpace::fromId(std::string_view wanted) const {
  Index low = 0, high = size();
  while (low < high) {
    const Index middle = low + (high - low) / 2;
    if (id(middle) < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low < size() && id(low) == wanted ? low : kNoIndex;
}

int64_t ItemSpace::residentBytes() const {
  if (!storage_) return 0;
  return static_cast<int64_t>(storage_->bytes.size() + storage_->offsets.size() * sizeof(uint64_t) +
                              (storage_->groupIndexes.size() + storage_->fromGroup.size()) * sizeof(Index));
}

void ItemSpace::save(SectionWriter& out) const {
  out.putArray<uint64_t>("items/offsets", offsets_);
  out.put("items/ids", bytes_);
  out.putArray<Index>("items/group", groupIndexes_);
}

Result<ItemSpace> ItemSpace::open(const SectionReader& in) {
  ItemSpace space;
  PROFFER_TRY(space.offsets_, in.getArray<uint64_t>("items/offsets"));
  PROFFER_TRY(space.bytes_, in.get("items/ids"));
  PROFFER_TRY(space.groupIndexes_, in.getArray<Index>("items/group"));
  const size_t count = space.groupIndexes_.size();
  if (count >= kNoIndex || space.offsets_.size() != count + 1 || space.offsets_.front() != 0 ||
      space.offsets_.back() != space.bytes_.size())
    return fail(ErrorCode::kCorrupt, "the model's item list has {} items, {} offsets and {} bytes of ids",
                count, space.offsets_.size(), space.bytes_.size());
  // The table from the group's numbers to the model's is as long as the largest number says.
  constexpr Index kMostGroupItems = Index{1} << 27;
  for (size_t i = 0; i < count; ++i)
    if (space.offsets_[i + 1] < space.offsets_[i] || space.offsets_[i + 1] > space.bytes_.size() ||
        space.groupIndexes_[i] >= kMostGroupItems)
      return fail(ErrorCode::kCorrupt, "item {} of the model's item list is out of order", i);
  auto storage = std::make_shared<Storage>();
  space.buildReverse(*storage);
  for (Index i = 0; i < count; ++i)
    if (space.fromGroup_[space.groupIndexes_[i]] != i)
      return fail(ErrorCode::kCorrupt, "item {} stands twice in the model's item list",
                  space.groupIndexes_[i]);
  space.storage_ = std::move(storage);
  return space;
}

}  // namespace proffer::recipes
