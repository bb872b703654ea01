#include "recipes/model.h"

#include <algorithm>

namespace proffer::recipes {

bool Admission::admits(Index groupItem) const {
  if (restricted) {
    const size_t word = groupItem / 64;
    if (word >= allowed.size() || (allowed[word] >> (groupItem % 64) & 1) == 0) return false;
  }
  return excluded.empty() || !std::binary_search(excluded.begin(), excluded.end(), groupItem);
}

Result<std::vector<ScoredItem>> Model::rank(const Question&, std::span<const Index>) const {
  return fail(ErrorCode::kNotImplemented, "this recipe does not rank lists of items");
}

Result<std::vector<ScoredItem>> Model::usersFor(const Question&) const {
  return fail(ErrorCode::kNotImplemented, "this recipe does not answer which users an item is for");
}

Result<std::vector<Evidence>> Model::explain(const Question&, Index) const {
  return std::vector<Evidence>{};
}

}  // namespace proffer::recipes
