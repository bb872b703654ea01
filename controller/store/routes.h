// Routes: what should be served under GROUP/NAME. Reconcilers write them, serving watches and loads them, and reports
// what each replica has loaded. This is all that reconciling and serving know of each other.
//
// Any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "manifests/resource.h"

namespace proffer::store {

struct Route {
  std::string group;
  std::string name;
  std::string groupUid;
  std::string kind;              ///< Recommender, Campaign or Experiment
  std::string version;           ///< name of the SolutionVersion that is served; empty: none yet
  std::string artifact;          ///< its file, relative to the data directory; empty: nothing to answer with yet
  /// How to answer: store/route_settings.h reads and writes it (recipe, use case, automatic filter, exploration,
  /// whether metadata may be asked for, what is served meanwhile).
  Json settings = Json::object();
  std::string message;           ///< why there is no version yet, for the error a caller gets
  int64_t revision = 0;          ///< set by put(): grows with every write of any route
};

/// What a group's catalogue and histories are made of; serving reloads them when the version moves.
struct GroupRoute {
  std::string group;
  std::string groupUid;
  int64_t dataVersion = 0;       ///< of data.db, moved by each committed import
  Json settings = Json::object();  ///< display titles, recommendable rule, schema columns
  int64_t revision = 0;
};

struct RouteTable {
  std::vector<Route> routes;
  std::vector<GroupRoute> groups;
  int64_t revision = 0;
};

struct Loaded {
  int64_t revision = 0;          ///< of the route that is loaded
  std::string version;
  std::string error;             ///< why loading it failed; empty: fine
};

class Routes {
 public:
  virtual ~Routes() = default;
  /// Writing what is there already changes nothing. Returns the route's revision.
  virtual Result<int64_t> put(Route route) = 0;
  virtual Result<void> remove(const std::string& group, const std::string& name) = 0;
  virtual Result<int64_t> putGroup(GroupRoute group) = 0;
  virtual Result<void> removeGroup(const std::string& groupUid) = 0;
  virtual Result<RouteTable> read() = 0;
  /// Waits until the table's revision is larger than `since`, or the deadline; returns the revision.
  virtual int64_t waitForChange(int64_t since, Time deadline) = 0;
  virtual void interrupt() = 0;
  /// Called by serving, per replica; read by reconcilers and shown in status. `onReport` callbacks run after it.
  virtual Result<void> reportLoaded(const std::string& replica, const std::string& group, const std::string& name, const Loaded& loaded) = 0;
  virtual Result<std::map<std::string, Loaded>> loaded(const std::string& group, const std::string& name) = 0;
  virtual void onReport(std::function<void(const std::string& group, const std::string& name)> callback) = 0;
};

}  // namespace proffer::store
