// Bags of features that a model keeps, one after the other: its own, or those that lie in a section.
//
// Immutable; any thread; cheap to copy (copies share). Opened ones lie over the sections' bytes, which must
// outlive them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "recipes/network/batch.h"
#include "recipes/sections.h"

namespace proffer::recipes {

class StoredBags {
 public:
  StoredBags() = default;  ///< no bags
  explicit StoredBags(FeatureBags bags);

  size_t size() const { return begins_.empty() ? 0 : begins_.size() - 1; }
  /// Empty beyond the end.
  std::span<const Feature> operator[](size_t bag) const {
    if (bag >= size()) return {};
    return features_.subspan(begins_[bag], begins_[bag + 1] - begins_[bag]);
  }

  int64_t residentBytes() const;                               ///< beside the sections it lies over
  void save(SectionWriter& out, std::string_view name) const;  ///< sections "NAME/begins", "NAME/features"
  /// kCorrupt if the sections contradict each other, or a feature is not below `rows`.
  static Result<StoredBags> open(const SectionReader& in, std::string_view name, size_t rows);

 private:
  std::span<const uint32_t> begins_;
  std::span<const Feature> features_;
  std::shared_ptr<const FeatureBags> own_;
};

}  // namespace proffer::recipes
