#include "controller/serving/new_items.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/text.h"
#include "recipes/user_chunks.h"

namespace proffer::serving {
namespace {

using recipes::Index;

// The oldest time of each item, of those that are kNotBornYet.
void findFirstInteractions(const recipes::Interactions& interactions, std::vector<int64_t>& births) {
  std::vector<std::atomic<int64_t>> first(births.size());
  for (auto& time : first) time.store(kNotBornYet, std::memory_order_relaxed);
  recipes::forEachUserChunk(interactions, nullptr, [&](Index from, Index to, auto& scratch) {
    for (Index user = from; user < to; ++user) {
      const recipes::History history = interactions.history(user, scratch);
      for (size_t i = 0; i < history.size(); ++i) {
        const Index item = history.items[i];
        if (item >= first.size() || births[item] != kNotBornYet) continue;
        int64_t known = first[item].load(std::memory_order_relaxed);
        while (history.times[i] < known &&
               !first[item].compare_exchange_weak(known, history.times[i], std::memory_order_relaxed)) {
        }
      }
    }
  });
  for (size_t item = 0; item < births.size(); ++item)
    births[item] = std::min(births[item], first[item].load(std::memory_order_relaxed));
}

}  // namespace

std::vector<int64_t> itemBirths(const data::Snapshot& snapshot) {
  const recipes::Interactions& interactions = snapshot.interactions();
  const recipes::MetadataTable* items = snapshot.items();
  std::vector<int64_t> births(std::max(interactions.itemCount(), items ? items->size() : 0), kNotBornYet);
  if (items) {
    const auto columns = items->columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!equalsIgnoreCase(columns[i].name, "CREATION_TIMESTAMP")) continue;
      for (Index item = 0; item < items->size(); ++item)
        if (const double created = items->number(item, i); std::abs(created) < 1e15)  // not NaN
          births[item] = static_cast<int64_t>(created);
    }
  }
  const bool all = std::find(births.begin(), births.end(), kNotBornYet) == births.end();
  if (!all) findFirstInteractions(interactions, births);
  return births;
}

std::vector<Index> newItems(const recipes::ItemSpace& items, std::span<const int64_t> births, int64_t newest,
                            int64_t cutOff) {
  std::vector<Index> found;
  for (Index item = 0; item < items.size(); ++item) {
    const Index group = items.groupIndex(item);
    if (group >= births.size() || births[group] >= newest - cutOff) found.push_back(group);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace proffer::serving
