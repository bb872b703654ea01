// What a sequence network learns from and what it is held against: which people's histories are trained on
// (by length), and whose newest events are kept out of it, so that the number of epochs and the share of the
// counts can be told from what was not learnt.
//
// Made on all cores, then immutable; any thread. The same view, configuration and seed give the same parts,
// whatever the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "recipes/recipe.h"
#include "recipes/view.h"

namespace proffer::recipes {

struct LengthCut {
  double least = 0, most = 1;  ///< percentiles of events a person, both ends inclusive
};

class TrainingParts {
 public:
  /// kCancelled.
  static Result<TrainingParts> of(const Interactions& interactions,
                                  const TrainingConfiguration& configuration, const LengthCut& cut,
                                  Progress& progress);

  /// Events that count, per person; 0 for people that are left out.
  const std::vector<uint32_t>& lengths() const { return lengths_; }
  /// Of a person's events the newest so many are held out; 0 for most people.
  uint32_t heldOut(Index user) const { return heldOut_.empty() ? 0 : heldOut_[user]; }
  /// Rows of the person's history that are trained on: all, or those before the first one held out.
  uint32_t trainedRows(Index user) const { return heldOut_.empty() ? kAllRows : trainedRows_[user]; }
  static constexpr uint32_t kAllRows = 0xFFFFFFFF;

  int64_t events() const { return events_; }  ///< that count, of the people that are not left out
  int64_t heldOutEvents() const { return heldOutEvents_; }
  /// Whether most events share their time with another one of the person: baskets, without an order within.
  bool baskets() const { return baskets_; }
  /// How late a time is among all events, 0 to 1.
  double lateness(int64_t time) const;

 private:
  void cutPeople(const LengthCut& cut);
  void holdOut(const Interactions& interactions, const TrainingConfiguration& configuration);

  std::vector<uint32_t> lengths_, heldOut_, trainedRows_;
  std::vector<int64_t> times_;  // quantiles
  int64_t events_ = 0, heldOutEvents_ = 0;
  bool baskets_ = false;
};

/// The view without the people that are left out, and without what is held out.
class TrainedInteractions final : public Interactions {
 public:
  /// Both must outlive it. `whole`: with what is held out.
  TrainedInteractions(const Interactions& all, const TrainingParts& parts, bool whole)
      : all_(all), parts_(parts), whole_(whole) {}

  Index userCount() const override { return all_.userCount(); }
  Index itemCount() const override { return all_.itemCount(); }
  int64_t rowCount() const override { return all_.rowCount(); }
  std::span<const std::string> eventTypes() const override { return all_.eventTypes(); }
  std::span<const ColumnInfo> columns() const override { return all_.columns(); }
  int64_t latestTime() const override { return all_.latestTime(); }
  History history(Index user, Scratch& scratch) const override;
  std::span<const uint32_t> codes(Index user, size_t column, Scratch& scratch) const override;
  std::span<const std::string> columnValues(size_t column) const override {
    return all_.columnValues(column);
  }
  std::string_view userId(Index user) const override { return all_.userId(user); }
  std::string_view itemId(Index item) const override { return all_.itemId(item); }

 private:
  const Interactions& all_;
  const TrainingParts& parts_;
  const bool whole_;
};

}  // namespace proffer::recipes
