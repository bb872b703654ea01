// The Routes over control.db, kept in memory as well. Any thread.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "controller/store/database.h"
#include "controller/store/routes.h"

namespace proffer::store {

class SqliteRoutes final : public Routes {
 public:
  SqliteRoutes(Database& database, Clock& clock) : database_(database), clock_(clock) {}
  /// Reads and checks every row. Before anything else is called.
  Result<void> load();

  Result<int64_t> put(Route route) override;
  Result<void> remove(const std::string& group, const std::string& name) override;
  Result<int64_t> putGroup(GroupRoute group) override;
  Result<void> removeGroup(const std::string& groupUid) override;
  Result<RouteTable> read() override;
  int64_t waitForChange(int64_t since, Time deadline) override;
  void interrupt() override;
  Result<void> reportLoaded(const std::string& replica, const std::string& group, const std::string& name,
                            const Loaded& loaded) override;
  Result<std::map<std::string, Loaded>> loaded(const std::string& group, const std::string& name) override;
  void onReport(std::function<void(const std::string& group, const std::string& name)> callback) override;

 private:
  using RouteKey = std::pair<std::string, std::string>;
  Result<void> loadRoutes(Connection& connection);
  Result<void> loadGroups(Connection& connection);
  Result<int64_t> nextRevision(Connection& connection);

  Database& database_;
  Clock& clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<RouteKey, Route> routes_;
  std::map<std::string, GroupRoute> groups_;  ///< by uid
  int64_t revision_ = 0;
  bool interrupted_ = false;
  std::map<RouteKey, std::map<std::string, Loaded>> loaded_;
  std::vector<std::function<void(const std::string&, const std::string&)>> callbacks_;
};

}  // namespace proffer::store
