// Rows of other items, one for each item of a model, best first: what models of related items are made of.
//
// Immutable after construction; any thread; cheap to copy (copies share). Opened ones lie over their
// sections' bytes, which must outlive them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "recipes/sections.h"
#include "recipes/view.h"

namespace proffer::recipes {

/// An Entry has an `item` and a `score` (float), and is laid out in sections as it is in memory.
template <class Entry>
class ItemRows {
 public:
  ItemRows() = default;
  /// `offsets`: items + 1, into `entries`.
  ItemRows(std::vector<uint64_t> offsets, std::vector<Entry> entries)
      : storage_(std::make_shared<const Storage>(Storage{std::move(offsets), std::move(entries)})),
        offsets_(storage_->offsets),
        entries_(storage_->entries) {}

  Index itemCount() const { return offsets_.empty() ? 0 : static_cast<Index>(offsets_.size() - 1); }
  std::span<const uint64_t> offsets() const { return offsets_; }
  std::span<const Entry> entries() const { return entries_; }  ///< of all rows, one behind the other
  std::span<const Entry> row(Index item) const {
    return entries_.subspan(offsets_[item], offsets_[item + 1] - offsets_[item]);
  }
  /// Null if `other` does not stand in the row.
  const Entry* find(Index item, Index other) const {
    for (const Entry& entry : row(item))
      if (entry.item == other) return &entry;
    return nullptr;
  }

  int64_t residentBytes() const {  ///< beside the sections they lie over
    return storage_ ? static_cast<int64_t>(offsets_.size_bytes() + entries_.size_bytes()) : 0;
  }
  /// Sections `prefix`/offsets and `prefix`/`name`.
  void save(SectionWriter& out, const std::string& prefix, const std::string& name) const {
    out.putArray<uint64_t>(prefix + "/offsets", offsets_);
    out.putArray<Entry>(prefix + "/" + name, entries_);
  }
  /// kCorrupt unless there is a row for each of `items`, which holds others of them, each once, with falling
  /// scores.
  static Result<ItemRows> open(const SectionReader& in, const std::string& prefix, const std::string& name,
                               Index items) {
    ItemRows rows;
    PROFFER_TRY(rows.offsets_, in.getArray<uint64_t>(prefix + "/offsets"));
    PROFFER_TRY(rows.entries_, in.getArray<Entry>(prefix + "/" + name));
    const auto& offsets = rows.offsets_;
    if (offsets.size() != size_t{items} + 1 || offsets.front() != 0 ||
        offsets.back() != rows.entries_.size() || !std::is_sorted(offsets.begin(), offsets.end()))
      return fail(ErrorCode::kCorrupt, "the model has {} items, but {} rows of {} related ones", items,
                  offsets.size(), rows.entries_.size());
    std::vector<Index> seenIn(items, kNoIndex);
    for (Index item = 0; item < items; ++item) {
      float previous = std::numeric_limits<float>::infinity();
      for (const Entry& entry : rows.row(item)) {
        if (entry.item >= items || entry.item == item || seenIn[entry.item] == item ||
            !std::isfinite(entry.score) || entry.score > previous)
          return fail(ErrorCode::kCorrupt, "the model's row of item {} is no list of other items, best first",
                      item);
        seenIn[entry.item] = item;
        previous = entry.score;
      }
    }
    return rows;
  }

 private:
  struct Storage {
    std::vector<uint64_t> offsets;
    std::vector<Entry> entries;
  };

  std::shared_ptr<const Storage> storage_;  // null over sections
  std::span<const uint64_t> offsets_;
  std::span<const Entry> entries_;
};

}  // namespace proffer::recipes
