#include "recipes/content_index.h"

#include <algorithm>
#include <numeric>

namespace proffer::recipes {
namespace {

bool before(const SimilarItem& a, const SimilarItem& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.item < b.item;
}

// Keeps the first `count` in order.
void cut(std::vector<SimilarItem>& items, size_t count) {
  if (items.size() > count) {
    std::nth_element(items.begin(), items.begin() + static_cast<ptrdiff_t>(count), items.end(), before);
    items.resize(count);
  }
  std::sort(items.begin(), items.end(), before);
}

}  // namespace

ContentIndex::ContentIndex(const ItemFeatures& features, std::span<const uint32_t> people)
    : features_(features), people_(people), offsets_(features.featureCount() + 1) {
  std::vector<Index> order(features.itemCount());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return people[a] > people[b]; });
  for (const Index item : order)
    for (const FeatureEntry& entry : features.of(item)) ++offsets_[entry.feature + 1];
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  postings_.resize(offsets_.back());
  std::vector<uint64_t> next(offsets_.begin(), offsets_.end() - 1);
  for (const Index item : order)
    for (const FeatureEntry& entry : features.of(item))
      postings_[next[entry.feature]++] = {item, entry.weight};
}

ContentIndex::Found ContentIndex::similarTo(Index item, size_t count, Scratch& scratch) const {
  const auto own = features_.of(item);
  std::vector<FeatureEntry> rare(own.begin(), own.end());
  const auto length = [&](const FeatureEntry& entry) {
    return offsets_[entry.feature + 1] - offsets_[entry.feature];
  };
  std::stable_sort(rare.begin(), rare.end(),
                   [&](const FeatureEntry& a, const FeatureEntry& b) { return length(a) < length(b); });
  scratch.sums.resize(features_.itemCount());
  scratch.touched.clear();
  size_t budget = kBudget;
  for (const FeatureEntry& entry : rare) {
    const size_t steps = std::min<size_t>(length(entry), budget);
    for (size_t i = 0; i < steps; ++i) {
      const SimilarItem& posting = postings_[offsets_[entry.feature] + i];
      float& sum = scratch.sums[posting.item];
      if (sum == 0) scratch.touched.push_back(posting.item);
      sum += entry.weight * posting.similarity;
    }
    budget -= steps;
    if (budget == 0) break;
  }
  Found found;
  std::vector<SimilarItem>& order = scratch.order;
  order.clear();
  std::vector<SimilarItem> chosen;
  for (const Index other : scratch.touched) {
    const SimilarItem one{other, scratch.sums[other]};
    scratch.sums[other] = 0;
    if (other == item || one.similarity <= 0) continue;
    order.push_back(one);
    if (people_[other] > 0) chosen.push_back(one);
  }
  found.all = best(item, count, order);
  found.chosen = best(item, count, chosen);
  return found;
}

// The sums may miss what the budget left out: more than wanted are compared exactly.
std::vector<SimilarItem> ContentIndex::best(Index item, size_t count, std::vector<SimilarItem>& order) const {
  cut(order, 2 * count + 50);
  for (SimilarItem& one : order) one.similarity = static_cast<float>(features_.similarity(item, one.item));
  cut(order, count);
  return order;
}

}  // namespace proffer::recipes
