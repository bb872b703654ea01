// What one server answers from: its loaded models and catalogues, as one immutable table that is swapped as a
// whole.
//
// ServedTable and all it holds are immutable; any thread. TableSlot: any thread.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "controller/serving/catalogue.h"
#include "controller/serving/group_filters.h"
#include "controller/serving/route_exploration.h"
#include "controller/store/route_settings.h"
#include "controller/store/routes.h"
#include "recipes/model.h"
#include "recipes/sections.h"

namespace proffer::serving {

/// A model and the mapped file that it lies over.
struct OpenedModel {
  std::shared_ptr<const recipes::SectionReader> sections;  // before the model: outlives it
  std::unique_ptr<const recipes::Model> model;
  std::string artifact;
  std::string family;
  Time loadedAt{};
};

struct ServedRoute {
  store::Route wanted;                            ///< the newest row
  RouteSettings settings;                         ///< by which answers are made: of `version`
  std::string version;                            ///< that `opened` is of
  std::shared_ptr<const OpenedModel> opened;      ///< null: nothing to answer with
  std::shared_ptr<RouteExploration> exploration;  ///< null: nothing is explored
  std::string error;  ///< why `wanted` could not be loaded; empty: it is what is served
  Time retryAt{};     ///< if there is an error
};

struct ServedGroup;

/// The newest version of a group, made by requests (see live_items.h).
struct NewestGroup {
  std::mutex mutex;
  std::shared_ptr<const ServedGroup> group;
};

struct ServedGroup {
  store::GroupRoute wanted;
  std::shared_ptr<const Catalogue> catalogue;   ///< null: it could not be read yet
  std::shared_ptr<const GroupFilters> filters;  ///< of that catalogue; null only if it is
  std::string error;
  Time retryAt{};
  int64_t rowsVersion = 0;              ///< of the items that were put; 0: none was
  int64_t rowsUpTo = 0;                 ///< sequence of the newest of them
  std::shared_ptr<NewestGroup> newest;  ///< null: nothing is streamed. Not in the versions that it holds
};

struct ServedTable {
  absl::flat_hash_map<std::string, std::shared_ptr<const ServedRoute>> routes;  ///< by "group/name"
  absl::flat_hash_map<std::string, std::shared_ptr<const ServedGroup>> groups;  ///< by uid
};

inline std::string routeKey(std::string_view group, std::string_view name) {
  std::string key(group);
  key += '/';
  key += name;
  return key;
}

class TableSlot {
 public:
  std::shared_ptr<const ServedTable> get() const {
    std::lock_guard guard(mutex_);
    return table_;
  }
  void set(std::shared_ptr<const ServedTable> table) {
    std::lock_guard guard(mutex_);
    table_.swap(table);  // the old one is let go by the caller's copy, outside the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ServedTable> table_ = std::make_shared<ServedTable>();
};

}  // namespace proffer::serving
