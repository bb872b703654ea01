// A group's data as answers need it: the snapshot with what is derived from it once, and not per request.
//
// Immutable; any thread. Holds the snapshot, and so its segments, as long as it lives.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/data/group_data.h"
#include "controller/data/live_view.h"
#include "controller/store/route_settings.h"
#include "recipes/model.h"

namespace proffer::serving {

class Catalogue {
 public:
  /// `live`: what was streamed since the snapshot; null: nothing ever is.
  Catalogue(std::shared_ptr<const data::Snapshot> snapshot, CatalogueSettings settings,
            std::shared_ptr<const data::LiveView> live = nullptr);
  /// With a newer version of the same items, of which these are now rows.
  Catalogue(const Catalogue& before, std::shared_ptr<const data::Snapshot> newer,
            std::span<const recipes::Index> added);

  const data::Snapshot& snapshot() const { return *snapshot_; }
  const std::shared_ptr<const data::Snapshot>& shared() const { return snapshot_; }
  const data::LiveView* live() const { return live_.get(); }
  const CatalogueSettings& settings() const { return settings_; }

  /// Which items may be recommended at all: those of the Items dataset, if the group says so and has one.
  recipes::Admission recommendable() const;
  /// The item's title; empty if there is none. `item` is a group index.
  std::string_view title(recipes::Index item) const;

  struct Column {
    std::string key;  ///< lower case, as it stands in answers (R23)
    size_t index = 0;
  };
  /// The items' columns of these names, in any case. kInvalidInput, with the field metadataColumns[i].
  Result<std::vector<Column>> columnsNamed(std::span<const std::string> names) const;
  /// The sorted, distinct items of which the user has an event of one of these types (in any case, R7),
  /// within the group's window (F25). `typeNames`: of the history's codes.
  std::vector<recipes::Index> itemsOf(const recipes::History& history, std::span<const std::string> typeNames,
                                      std::span<const std::string> eventTypes) const;

 private:
  std::shared_ptr<const data::LiveView> live_;
  std::shared_ptr<const data::Snapshot> snapshot_;
  CatalogueSettings settings_;
  std::vector<uint64_t> members_;  // a bit per item of the dictionary
  bool restricted_ = false;
  size_t titleColumn_;  // of the items' table; beyond its end: none
};

}  // namespace proffer::serving
