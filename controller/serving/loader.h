// Brings the served table to what the store's routes say, and reports what came of it.
//
// One thread at a time; the slot it writes to is read by any.
#pragma once

#include <atomic>
#include <string>

#include "base/clock.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/data/group_data.h"
#include "controller/serving/explorations.h"
#include "controller/serving/served_table.h"
#include "controller/store/control_store.h"
#include "controller/store/routes.h"

namespace proffer::serving {

class Loader {
 public:
  static constexpr Duration kRetry = std::chrono::seconds(30);

  Loader(store::ControlStore& store, data::GroupDataStore& data, artifacts::ArtifactStore& artifacts,
         Clock& clock, std::string replica, TableSlot& slot, Explorations& explorations);

  struct Pass {
    int64_t revision = 0;  ///< of the table that was read
    bool complete = true;  ///< false: the table moved meanwhile, and the rest waits for the next pass
  };
  /// Catalogues first (an item that is gone must leave the answers at once), then models, each served as soon
  /// as it is loaded. What has not changed is not touched. When the table moves while models are being loaded
  /// the pass ends early, so that new catalogues need not wait for the rest.
  Result<Pass> refresh();
  /// The revision up to which the groups' catalogues and filters were looked at. Any thread.
  int64_t groupsRevision() const { return groupsRevision_; }
  /// Whether a group's streamed data has moved into a newer snapshot than is served: refresh() takes it.
  bool outdated() const;
  /// When something that failed should be tried again; far away if nothing failed.
  Time nextRetry() const;

 private:
  void refreshGroups(const store::RouteTable& wanted);
  bool refreshRoutes(const store::RouteTable& wanted);  // whether all were looked at
  ServedGroup loadGroup(const store::GroupRoute& wanted, const ServedGroup* before);
  ServedRoute loadRoute(const store::Route& wanted, const ServedRoute* before);
  Result<std::shared_ptr<const OpenedModel>> openModel(const store::Route& wanted,
                                                       const RouteSettings& settings,
                                                       const ServedRoute* before);
  void report(const ServedRoute& route);
  void publish(ServedTable table);

  store::ControlStore& store_;
  data::GroupDataStore& data_;
  artifacts::ArtifactStore& artifacts_;
  Clock& clock_;
  std::string replica_;
  TableSlot& slot_;
  Explorations& explorations_;
  std::atomic<int64_t> groupsRevision_{0};
};

}  // namespace proffer::serving
