// Which items of a model may be in an answer, visited without looking at the others; and the best n of what
// was visited. Any scoring recipe ranks with these two: score only what passes, keep only the best.
//
// Each belongs to one question and one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "recipes/item_space.h"
#include "recipes/model.h"

namespace proffer::recipes {

class Candidates {
 public:
  /// `items` and `admission` must outlive it. Admitted bits less the excluded ones are counted once; where
  /// few are left, they are walked bit by bit, else the model's items are walked in order.
  Candidates(const ItemSpace& items, const Admission& admission);

  /// At most how many items will be visited: admitted ones that the model does not know are counted.
  size_t atMost() const { return count_; }

  /// Calls visit(span of model items) for blocks of at most kBlock; every admitted item of the model once. In
  /// the model's order if many pass, else in the group's.
  template <class Visit>
  void forEachBlock(Visit visit) const {
    forEachBlock(visit, [](Index, Index) { return true; });
  }
  /// Where the model's items are walked in order, those of [first, last) are passed over unless
  /// worth(first, last): a look at their scores together may be cheaper than one at each.
  template <class Visit, class Worth>
  void forEachBlock(Visit visit, Worth worth) const {
    if (few_) {
      visitBits(visit);
    } else {
      visitItems(visit, worth);
    }
  }

  static constexpr size_t kBlock = 256;

 private:
  template <class Visit>
  void visitBits(Visit& visit) const {
    Index block[kBlock];
    size_t used = 0;
    for (size_t word = 0; word < bits_.size(); ++word) {
      for (uint64_t rest = bits_[word]; rest; rest &= rest - 1) {
        block[used] =
            items_.fromGroup(static_cast<Index>(word * 64) + static_cast<Index>(__builtin_ctzll(rest)));
        used += block[used] != kNoIndex;
        if (used < kBlock) continue;
        visit(std::span<const Index>(block, used));
        used = 0;
      }
    }
    if (used) visit(std::span<const Index>(block, used));
  }

  template <class Visit, class Worth>
  void visitItems(Visit& visit, Worth& worth) const {
    Index block[kBlock];
    for (Index first = 0; first < items_.size();) {
      const Index last = static_cast<Index>(std::min<size_t>(size_t{first} + kBlock, items_.size()));
      if (!worth(first, last)) {
        first = last;
        continue;
      }
      size_t used = 0;
      // No branch on the bit: half of them would be guessed wrong.
      for (; first < last; ++first) {
        block[used] = first;
        used += all_ || passes(items_.groupIndex(first));
      }
      if (used) visit(std::span<const Index>(block, used));
    }
  }

  bool passes(Index groupItem) const {
    const size_t word = groupItem / 64;
    return word < bits_.size() ? bits_[word] >> (groupItem % 64) & 1 : open_;
  }

  const ItemSpace& items_;
  std::vector<uint64_t> own_;
  std::span<const uint64_t> bits_;
  bool all_ = false;   // everything passes
  bool open_ = false;  // items beyond the bits pass
  bool few_ = false;
  size_t count_ = 0;
};

/// Keeps the best `limit` of the items offered: higher scores first, then lower items.
class BestItems {
 public:
  struct Entry {
    float score = 0;
    Index item = 0;
  };

  explicit BestItems(size_t limit) : limit_(limit) {}

  void offer(Index item, float score) {
    if (kept_.size() < limit_) {
      add({score, item});
    } else if (limit_ > 0 && before({score, item}, kept_.front())) {
      replace({score, item});
    }
  }
  /// Best first; empties it.
  std::vector<Entry> take();

  static bool before(const Entry& a, const Entry& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  }

 private:
  void add(Entry entry);
  void replace(Entry entry);

  size_t limit_;
  std::vector<Entry> kept_;  // a heap, the worst in front
};

}  // namespace proffer::recipes
