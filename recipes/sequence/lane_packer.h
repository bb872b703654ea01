// Histories as rows for a network: laid end to end in an order that changes with every epoch, cut into lanes.
//
// A history is START and its events; each row asks for the event that follows it. Lanes that carry their
// state go on from batch to batch (a history is cut where a lane begins, once a lane and epoch); without
// that every batch begins anew. One thread. What a row looks like depends on (seed, epoch, person, row)
// alone.
//
// Only what batches need is held: 16 bytes a person, and the histories that the lanes stand in.
#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "recipes/network/batch.h"
#include "recipes/sequence/inputs.h"
#include "recipes/sequence/stored_bags.h"
#include "recipes/sequence/training_part.h"

namespace proffer::recipes {

struct LaneSettings {
  size_t lanes = 64, steps = 32;
  bool carry = true;
  uint64_t seed = 1;
  /// The newest event weighs so many times what the oldest weighs, by their order in time; the mean stays.
  double recency = 1;
  /// How often the person's metadata and the context to come are shown, so that answers do without.
  double userShown = 0.9, contextShown = 0.5;
  bool heldOut = false;  ///< asks for what is held out, and for nothing else
};

/// What all packers of a training share.
struct SequenceData {
  const Interactions* interactions = nullptr;  ///< whole
  const TrainingParts* parts = nullptr;
  const ItemSpace* items = nullptr;
  const SequenceInputs* inputs = nullptr;
  const StoredBags* users = nullptr;
};

class LanePacker final : public BatchSource {
 public:
  /// What `data` points to must outlive it.
  LanePacker(const SequenceData& data, const LaneSettings& settings);

  size_t lanes() const override { return settings_.lanes; }
  size_t steps() const override { return settings_.steps; }
  size_t batchesPerEpoch() const override { return batches_; }
  int64_t targetsPerEpoch() const override { return targets_; }
  std::span<const uint32_t> targetCounts() const override { return counts_; }
  Result<void> fill(uint64_t epoch, size_t index, Batch& out) override;

 private:
  // Where a lane stands: a row of a person's history, and what is left of the lane.
  struct Lane {
    size_t place = 0;  // in order_
    uint32_t row = 0;
    size_t left = 0;
    bool loaded = false;
    std::vector<SequenceEvent> events;
    std::unique_ptr<ContextReader> context;
  };

  uint32_t rowsOf(Index user) const;
  void count();
  void shuffle(uint64_t epoch);
  void seek(size_t lane, size_t batch);
  void load(Lane& lane);
  void put(Lane& lane, bool begins, uint64_t epoch, Batch& out);
  bool shown(double share, uint64_t epoch, Index user, uint64_t row) const;
  float weightOf(const SequenceEvent& event) const;

  const SequenceData data_;
  const LaneSettings settings_;
  const HistoryReader reader_;
  std::vector<Index> people_;
  std::vector<uint32_t> counts_;
  int64_t targets_ = 0;
  size_t rows_ = 0, lengthOfLane_ = 0, batches_ = 0;
  double recencyMean_ = 1;
  // Of the present epoch.
  uint64_t epoch_ = ~uint64_t{0};
  size_t next_ = ~size_t{0};
  size_t shift_ = 0;
  std::vector<Index> order_;
  std::vector<uint64_t> begins_;  // per place in order_, and the end
  std::vector<Lane> at_;
  Interactions::Scratch scratch_;
};

}  // namespace proffer::recipes
