#include "recipes/sequence/cold_items.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

constexpr int64_t kUnknownTime = std::numeric_limits<int64_t>::max();
constexpr size_t kFewestCold = 100, kMostCold = 80'000;
constexpr double kSecondsOfDay = 86'400;

// When each item of the group was first chosen.
std::vector<std::atomic<int64_t>> firstChosen(const Interactions& interactions, Progress& progress) {
  std::vector<std::atomic<int64_t>> times(interactions.itemCount());
  for (auto& time : times) time = kUnknownTime;
  forEachUserChunk(interactions, nullptr, [&](Index first, Index last, Interactions::Scratch& scratch) {
    if (progress.cancelled()) return;
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      for (size_t i = 0; i < history.size(); ++i) {
        std::atomic<int64_t>& known = times[history.items[i]];
        int64_t before = known.load(std::memory_order_relaxed);
        while (history.times[i] < before && !known.compare_exchange_weak(before, history.times[i])) {
        }
      }
    }
  });
  return times;
}

}  // namespace

Result<std::vector<uint8_t>> coldItems(const TrainingInput& input, const TrainingConfiguration& configuration,
                                       const SequenceSettings& settings, const ItemSpace& items,
                                       const std::vector<uint32_t>& interactions, Progress& progress) {
  const std::vector<std::atomic<int64_t>> chosen = firstChosen(*input.interactions, progress);
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  size_t column = 0;
  const size_t columns = input.items ? input.items->columns().size() : 0;
  while (column < columns && input.items->columns()[column].name != "CREATION_TIMESTAMP") ++column;
  std::vector<int64_t> since;
  int64_t latest = std::numeric_limits<int64_t>::min();
  for (Index item = 0; item < items.size(); ++item) {
    const Index groupItem = items.groupIndex(item);
    int64_t time = groupItem < chosen.size() ? chosen[groupItem].load() : kUnknownTime;
    if (column < columns && groupItem < input.items->size()) {
      const double created = input.items->number(groupItem, column);
      if (std::isfinite(created)) time = static_cast<int64_t>(created);
    }
    since.push_back(time);
    if (time != kUnknownTime) latest = std::max(latest, time);
  }
  const int64_t from = settings.coldFromNow && configuration.asOf > 0 ? configuration.asOf : latest;
  std::vector<uint8_t> cold(items.size());
  size_t count = 0;
  for (Index item = 0; item < items.size(); ++item) {
    const bool young =
        since[item] == kUnknownTime ||
        static_cast<double>(from) - static_cast<double>(since[item]) < settings.coldDays * kSecondsOfDay;
    cold[item] = young && interactions[item] < settings.coldInteractions;
    count += cold[item];
  }
  if (count < kFewestCold || count > kMostCold)
    return fail(makeError(ErrorCode::kInvalidInput,
                          "{} items are new by cold_start_max_interactions and cold_start_max_duration, and "
                          "there must be {} to {}",
                          count, kFewestCold, kMostCold)
                    .hinting("raise or lower both, or use aws-user-personalization"));
  return cold;
}

}  // namespace proffer::recipes
