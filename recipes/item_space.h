// The items a model knows, in its own dense numbering: sorted by the bytes of their ids, so that equal scores are
// ordered by id simply by comparing numbers. An artifact carries this list and the map to the group's dictionary.
//
// Immutable after construction; any thread. May lie over mapped memory that outlives it.
#pragma once

#include <cstdint>
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
  std::string_view id(Index item) const;              ///< REQUIRES item < size()
  Index groupIndex(Index item) const { return groupIndexes_[item]; }
  Index fromGroup(Index groupItem) const {            ///< kNoIndex if the model does not know it
    return groupItem < fromGroup_.size() ? fromGroup_[groupItem] : kNoIndex;
  }
  Index fromId(std::string_view id) const;            ///< binary search; kNoIndex if unknown

  void save(SectionWriter& out) const;                ///< sections "items/..."
  static Result<ItemSpace> open(const SectionReader& in);

 private:
  std::vector<uint64_t> offsets_;
  std::string bytes_;
  std::vector<Index> groupIndexes_;
  std::vector<Index> fromGroup_;
};

}  // namespace proffer::recipes
