#include "recipes/sequence/stored_bags.h"

#include <algorithm>
#include <cmath>

namespace proffer::recipes {

static_assert(sizeof(Feature) == 8, "the layout of sections");

StoredBags::StoredBags(FeatureBags bags) {
  auto own = std::make_shared<const FeatureBags>(std::move(bags));
  begins_ = own->begins;
  features_ = own->features;
  own_ = std::move(own);
}

int64_t StoredBags::residentBytes() const {
  if (!own_) return 0;
  return static_cast<int64_t>(own_->begins.size() * sizeof(uint32_t) +
                              own_->features.size() * sizeof(Feature));
}

void StoredBags::save(SectionWriter& out, std::string_view name) const {
  out.putArray<uint32_t>(std::string(name) + "/begins", begins_);
  out.putArray<Feature>(std::string(name) + "/features", features_);
}

Result<StoredBags> StoredBags::open(const SectionReader& in, std::string_view name, size_t rows) {
  StoredBags bags;
  PROFFER_TRY(bags.begins_, in.getArray<uint32_t>(std::string(name) + "/begins"));
  PROFFER_TRY(bags.features_, in.getArray<Feature>(std::string(name) + "/features"));
  const bool whole = bags.begins_.empty()
                         ? bags.features_.empty()
                         : bags.begins_.front() == 0 && bags.begins_.back() == bags.features_.size() &&
                               std::is_sorted(bags.begins_.begin(), bags.begins_.end());
  if (!whole) return fail(ErrorCode::kCorrupt, "the model's features {} contradict each other", name);
  for (const Feature& feature : bags.features_)
    if (feature.row >= rows || !std::isfinite(feature.weight))
      return fail(ErrorCode::kCorrupt, "the model's features {} name feature {} of {}", name, feature.row,
                  rows);
  return bags;
}

}  // namespace proffer::recipes
