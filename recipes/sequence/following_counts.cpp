#include "recipes/sequence/following_counts.h"

#include <algorithm>
#include <cmath>

#include "recipes/histories.h"

namespace proffer::recipes {
namespace {

constexpr uint32_t kPlacesApart = 20;
constexpr uint32_t kKeptFollowers = 200;
constexpr double kPriorPeople = 10;
constexpr double kPairOfLifetime = 0.2;
constexpr double kLeastCountWeight = 1e-4;

}  // namespace

Result<FollowingCounts> FollowingCounts::of(const Interactions& interactions,
                                            const TrainingConfiguration& configuration,
                                            const ItemSpace& items, bool baskets, Progress& progress) {
  HistoryCut cut;
  cut.baskets = baskets;
  cut.orderColumn = configuration.orderColumn;
  PROFFER_TRY(CutHistories histories, CutHistories::read(interactions, configuration, cut, progress));
  const Places places = std::move(histories).place(items);
  CoOccurrenceSettings settings;
  settings.window = kPlacesApart;
  settings.inverseGap = true;
  settings.direction =
      baskets ? CoOccurrenceSettings::Direction::kBoth : CoOccurrenceSettings::Direction::kForward;
  settings.lifetimeWeight = kPairOfLifetime;
  settings.keep = std::min(kKeptFollowers, affordableNeighbours(items.size()));
  for (const uint32_t people : places.people) settings.rowFactor.push_back(1 / (people + kPriorPeople));
  FollowingCounts counts;
  PROFFER_TRY(counts.rows_, countCoOccurrence(places, settings, progress));
  return counts;
}

void FollowingCounts::save(SectionWriter& out) const {
  rows_.save(out, "sequence/counts", "neighbours");
}

Result<FollowingCounts> FollowingCounts::open(const SectionReader& in, Index items) {
  FollowingCounts counts;
  PROFFER_TRY(const std::string_view offsets, in.get("sequence/counts/offsets"));
  PROFFER_TRY(const std::string_view neighbours, in.get("sequence/counts/neighbours"));
  if (offsets.empty() && neighbours.empty()) return counts;
  PROFFER_TRY(counts.rows_, CoOccurrence::open(in, "sequence/counts", "neighbours", items));
  for (const Neighbour& neighbour : counts.rows_.entries())
    if (neighbour.score < 0)
      return fail(ErrorCode::kCorrupt, "the model counts item {} less than never", neighbour.item);
  return counts;
}

void CountSums::add(const FollowingCounts& counts, std::span<const SequenceEvent> events, double decay,
                    Index items) {
  if (sums_.size() < items) sums_.resize(items);
  const size_t most = std::min(events.size(), kMostEvents);
  for (size_t k = 0; k < most; ++k) {
    const double weight = std::exp(-static_cast<double>(k) / decay);
    if (weight < kLeastCountWeight) return;
    const Index item = events[events.size() - 1 - k].item;
    if (item == kNoIndex) continue;
    for (const Neighbour& neighbour : counts.row(item)) {
      if (neighbour.score <= 0) continue;
      float& sum = sums_[neighbour.item];
      if (sum == 0) touched_.push_back(neighbour.item);
      sum += static_cast<float>(weight) * neighbour.score;
    }
  }
}

void CountSums::clear() {
  for (const Index item : touched_) sums_[item] = 0;
  touched_.clear();
}

}  // namespace proffer::recipes
