// Keeps of scores that may be off what could be among the best n: the best ones, and whatever stands so near
// to the n-th that the exact scores may say otherwise.
//
// One question, one thread.
#pragma once

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "recipes/candidates.h"

namespace proffer::recipes {

class NearBest {
 public:
  /// Every score offered is off by at most `offBy`.
  NearBest(size_t limit, float offBy) : limit_(limit), margin_(2 * offBy), full_(2 * limit + kSpare) {}

  void offer(Index item, float score) {
    if (!(score >= least_)) return;  // nor what is no number
    kept_.push_back({score, item});
    if (kept_.size() >= full_) shrink();
  }

  /// Whether any of these scores would be kept now.
  bool worth(std::span<const float> scores) const {
    size_t reach = 0;
    for (const float score : scores) reach += score >= least_;
    return reach > 0;
  }

  /// In no order; empties it.
  std::vector<BestItems::Entry> take() {
    shrink();
    return std::move(kept_);
  }

 private:
  static constexpr size_t kSpare = 128;

  void shrink() {
    if (kept_.size() <= limit_ || limit_ == 0) {
      if (limit_ == 0) kept_.clear();
      return;
    }
    const auto nth = kept_.begin() + static_cast<ptrdiff_t>(limit_ - 1);
    std::nth_element(kept_.begin(), nth, kept_.end(), BestItems::before);
    least_ = std::max(least_, nth->score - margin_);
    std::erase_if(kept_, [this](const BestItems::Entry& entry) { return entry.score < least_; });
    full_ = std::max(full_, 2 * kept_.size());  // many may stand near
  }

  size_t limit_;
  float margin_;
  size_t full_;
  float least_ = -std::numeric_limits<float>::infinity();
  std::vector<BestItems::Entry> kept_;
};

}  // namespace proffer::recipes
