// The items a model knows, in its own dense numbering: sorted by the bytes of their ids, so that equal scores
// are ordered by id simply by comparing numbers. An artifact carries this list and the map to the group's
// dictionary.
//
// Immutable after construction; any thread; cheap to copy (copies share). An opened one lies over the
// sections' bytes, which must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "recipes/sections.h"
#include "recipes/view.h"

namespace proffer::recipes {

class ItemSpace {
 public:
  ItemSpace() = default;
  /// Of the given items of the view's dictionary (any order, distinct).
  static ItemSpace of(const Interactions& interactions, std::vector<Index> groupItems);

  Index size() const { return static_cast<Index>(groupIndexes_.size()); }
  std::string_view id(Index item) const;  ///< REQUIRES item < size()
  Index groupIndex(Index item) const { return groupIndexes_[item]; }
  Index fromGroup(Index groupItem) const {  ///< kNoIndex if the model does not know it
    return groupItem < fromGroup_.size() ? fromGroup_[groupItem] : kNoIndex;
  }
  Index fromId(std::string_view id) const;  ///< binary search; kNoIndex if unknown

  int64_t residentBytes() const;  ///< beside the sections it lies over

  void save(SectionWriter& out) const;  ///< sections "items/..."
  /// kCorrupt if the sections contradict each other.
  static Result<ItemSpace> open(const SectionReader& in);

 private:
  // What is not mapped: everything after of(), the reverse map after open().
  struct Storage {
    std::vector<uint64_t> offsets;
    std::string bytes;
    std::vector<Index> groupIndexes;
    std::vector<Index> fromGroup;
  };

  void buildReverse(Storage& storage);

  std::span<const uint64_t> offsets_;  // size() + 1, item i's id is bytes_[offsets_[i], offsets_[i + 1])
  std::string_view bytes_;
  std::span<const Index> groupIndexes_;
  std::span<const Index> fromGroup_;
  std::shared_ptr<const Storage> storage_;
};

}  // namespace proffer::recipes
