// A model's items in one fixed order, best first, and the first of it that a question admits. What answers
// everybody the same (counts, growth), and what fills up where a recipe has nothing better to say.
//
// Immutable after construction; any thread; cheap to copy (copies share). An opened one lies over its
// section's bytes, which must outlive it.
#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "recipes/item_space.h"
#include "recipes/model.h"
#include "recipes/sections.h"

namespace proffer::recipes {

class ItemOrder {
 public:
  ItemOrder() = default;
  /// Of the items below `count`; `before(a, b)` is a strict order without ties.
  template <class Before>
  static ItemOrder of(Index count, const Before& before) {
    std::vector<Index> order(count);
    std::iota(order.begin(), order.end(), Index{0});
    std::sort(order.begin(), order.end(), before);
    return ItemOrder(std::move(order));
  }
  /// The most of `counts` (a span of numbers) first, ties by item.
  template <class Counts>
  static ItemOrder byCount(const Counts& counts) {
    return of(static_cast<Index>(counts.size()),
              [&](Index a, Index b) { return counts[a] != counts[b] ? counts[a] > counts[b] : a < b; });
  }

  std::span<const Index> items() const { return order_; }
  Index position(Index item) const { return storage_->positions[item]; }

  /// The best `limit` admitted items, best first. Takes about limit steps if most are admitted, and about as
  /// many as are admitted if few are.
  std::vector<Index> first(const ItemSpace& items, const Admission& admission, size_t limit) const;

  /// Orders a given list (group indexes, as Model::rank) by it; the unknown come last, unscored, as given.
  std::vector<ScoredItem> rank(const ItemSpace& items, const Admission& admission,
                               std::span<const Index> groupItems) const;

  int64_t residentBytes() const;
  void save(SectionWriter& out, std::string_view section) const { out.putArray<Index>(section, order_); }
  /// kCorrupt if it is no order of `count` items.
  static Result<ItemOrder> open(const SectionReader& in, std::string_view section, Index count);

 private:
  struct Storage {
    std::vector<Index> order;      // empty over a section
    std::vector<Index> positions;  // by item
  };

  explicit ItemOrder(std::vector<Index> order);

  std::span<const Index> order_;
  std::shared_ptr<const Storage> storage_ = std::make_shared<Storage>();
};

}  // namespace proffer::recipes
