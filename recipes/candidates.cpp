#include "recipes/candidates.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace proffer::recipes {
namespace {

// Bits are walked one by one if at most one item in so many passes.
constexpr size_t kFewOf = 8;

}  // namespace

Candidates::Candidates(const ItemSpace& items, const Admission& admission) : items_(items) {
  if (!admission.restricted && admission.excluded.empty()) {
    all_ = true;
    count_ = items.size();
    return;
  }
  bits_ = admission.allowed;
  open_ = !admission.restricted;
  if (!admission.excluded.empty()) {
    if (admission.restricted) {
      own_.assign(admission.allowed.begin(), admission.allowed.end());
    } else {
      own_.assign(admission.excluded.back() / 64 + 1, ~uint64_t{0});
    }
    for (const Index item : admission.excluded)
      if (item / 64 < own_.size()) own_[item / 64] &= ~(uint64_t{1} << (item % 64));
    bits_ = own_;
  }
  if (open_) {
    count_ = items.size();
    return;
  }
  for (const uint64_t word : bits_) count_ += static_cast<size_t>(std::popcount(word));
  few_ = count_ <= items.size() / kFewOf;
}

void BestItems::add(Entry entry) {
  kept_.push_back(entry);
  std::push_heap(kept_.begin(), kept_.end(), before);
}

void BestItems::replace(Entry entry) {
  std::pop_heap(kept_.begin(), kept_.end(), before);
  kept_.back() = entry;
  std::push_heap(kept_.begin(), kept_.end(), before);
}

std::vector<BestItems::Entry> BestItems::take() {
  std::sort(kept_.begin(), kept_.end(), before);
  return std::exchange(kept_, {});
}

}  // namespace proffer::recipes
