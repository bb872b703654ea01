#include "recipes/sequence/training_part.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "base/hash.h"
#include "recipes/user_chunks.h"

namespace proffer::recipes {
namespace {

constexpr size_t kTimeQuantiles = 512;
constexpr uint32_t kMostHeldOutOfOne = 20;
constexpr int64_t kWantedHeldOut = 1500;
constexpr uint64_t kHeldOutSeed = 0x9E3779B97F4A7C15ULL;  // other people than the metrics' (ME-3)

// The place of a percentile among sorted values: the cut keeps rather too much.
uint32_t lengthAt(const std::vector<uint32_t>& sorted, double percentile, bool least) {
  const double place = percentile * static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<size_t>(
      std::clamp(least ? std::floor(place) : std::ceil(place), 0.0, static_cast<double>(sorted.size() - 1)))];
}

}  // namespace

Result<TrainingParts> TrainingParts::of(const Interactions& interactions,
                                        const TrainingConfiguration& configuration, const LengthCut& cut,
                                        Progress& progress) {
  TrainingParts parts;
  const EventSelector selector(configuration.events, interactions.eventTypes());
  parts.lengths_.assign(interactions.userCount(), 0);
  std::atomic<int64_t> rows{0}, tied{0};
  std::mutex mutex;
  std::vector<int64_t> times;
  const uint64_t each = std::max<uint64_t>(1, static_cast<uint64_t>(interactions.rowCount()) / 100'000);
  progress.begin("reading", "users", interactions.userCount());
  forEachUserChunk(interactions, &progress, [&](Index first, Index last, Interactions::Scratch& scratch) {
    std::vector<int64_t> mine;
    int64_t mineRows = 0, mineTied = 0;
    for (Index user = first; user < last; ++user) {
      const History history = interactions.history(user, scratch);
      uint32_t length = 0;
      for (size_t i = 0; i < history.size(); ++i) {
        if (selector.weight(history, i) <= 0) continue;
        ++length;
        mineTied += (i > 0 && history.times[i - 1] == history.times[i]) ||
                    (i + 1 < history.size() && history.times[i + 1] == history.times[i]);
        if ((user + i) % each == 0) mine.push_back(history.times[i]);
      }
      parts.lengths_[user] = length;
      mineRows += length;
    }
    rows += mineRows;
    tied += mineTied;
    std::lock_guard guard(mutex);
    times.insert(times.end(), mine.begin(), mine.end());
  });
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");
  parts.baskets_ = 2 * tied.load() > rows.load();
  std::sort(times.begin(), times.end());
  for (size_t i = 0; i <= kTimeQuantiles && !times.empty(); ++i)
    parts.times_.push_back(times[(times.size() - 1) * i / kTimeQuantiles]);
  parts.cutPeople(cut);
  parts.holdOut(interactions, configuration);
  return parts;
}

void TrainingParts::cutPeople(const LengthCut& cut) {
  std::vector<uint32_t> sorted;
  for (const uint32_t length : lengths_)
    if (length > 0) sorted.push_back(length);
  if (sorted.empty()) return;
  std::sort(sorted.begin(), sorted.end());
  const uint32_t least = cut.least > 0 ? lengthAt(sorted, cut.least, true) : 1;
  const uint32_t most =
      cut.most < 1 ? lengthAt(sorted, cut.most, false) : std::numeric_limits<uint32_t>::max();
  for (uint32_t& length : lengths_)
    if (length < least || length > most) length = 0;
  for (const uint32_t length : lengths_) events_ += length;
}

// The newest tenth of a tenth of the people, of a quarter of them where that is little.
void TrainingParts::holdOut(const Interactions& interactions, const TrainingConfiguration& configuration) {
  const auto tail = [](uint32_t length) {
    return length < 3 ? 0 : std::clamp<uint32_t>(length / 10, 1, kMostHeldOutOfOne);
  };
  int64_t tails = 0;
  for (const uint32_t length : lengths_) tails += tail(length);
  const uint64_t each = tails / 10 >= kWantedHeldOut ? 10 : 4;
  heldOut_.assign(lengths_.size(), 0);
  trainedRows_.assign(lengths_.size(), kAllRows);
  const EventSelector selector(configuration.events, interactions.eventTypes());
  Interactions::Scratch scratch;
  for (Index user = 0; user < lengths_.size(); ++user) {
    const uint32_t held = tail(lengths_[user]);
    if (held == 0 || hash64(interactions.userId(user), configuration.seed ^ kHeldOutSeed) % each != 0)
      continue;
    const History history = interactions.history(user, scratch);
    uint32_t later = 0, row = static_cast<uint32_t>(history.size());
    while (row > 0 && later < held) later += selector.weight(history, --row) > 0;
    heldOut_[user] = held;
    trainedRows_[user] = row;
    heldOutEvents_ += held;
  }
}

double TrainingParts::lateness(int64_t time) const {
  if (times_.empty()) return 1;
  const auto above = std::upper_bound(times_.begin(), times_.end(), time);
  return static_cast<double>(above - times_.begin()) / static_cast<double>(times_.size());
}

History TrainedInteractions::history(Index user, Scratch& scratch) const {
  if (parts_.lengths()[user] == 0) return {};
  const History all = all_.history(user, scratch);
  const size_t kept = whole_ ? all.size() : std::min<size_t>(all.size(), parts_.trainedRows(user));
  return {all.items.first(kept), all.times.first(kept), all.types.empty() ? all.types : all.types.first(kept),
          all.values.empty() ? all.values : all.values.first(kept)};
}

std::span<const uint32_t> TrainedInteractions::codes(Index user, size_t column, Scratch& scratch) const {
  if (parts_.lengths()[user] == 0) return {};
  const auto all = all_.codes(user, column, scratch);
  return whole_ ? all : all.first(std::min<size_t>(all.size(), parts_.trainedRows(user)));
}

}  // namespace proffer::recipes
