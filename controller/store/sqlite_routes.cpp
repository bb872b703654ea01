#include "controller/store/sqlite_routes.h"

#include "controller/store/control_rows.h"

namespace proffer::store {

namespace {

std::string bodyOf(const Route& route) {
  return dumpJson(Json{{"groupUid", route.groupUid},
                       {"kind", route.kind},
                       {"version", route.version},
                       {"artifact", route.artifact},
                       {"settings", route.settings},
                       {"message", route.message}});
}

std::string bodyOf(const GroupRoute& group) {
  return dumpJson(
      Json{{"group", group.group}, {"dataVersion", group.dataVersion}, {"settings", group.settings}});
}

}  // namespace

Result<void> SqliteRoutes::load() {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(revision_, readCounter(reader.connection(), database_.path(), "routeRevision"));
  PROFFER_CHECK(loadRoutes(reader.connection()));
  return loadGroups(reader.connection());
}

Result<void> SqliteRoutes::loadRoutes(Connection& connection) {
  PROFFER_TRY(Statement row, connection.query("SELECT grp, name, revision, body, checksum FROM route"));
  for (;;) {
    PROFFER_TRY(const bool found, row.step());
    if (!found) return {};
    Route route;
    route.group = row.text(0);
    route.name = row.text(1);
    route.revision = row.integer(2);
    PROFFER_CHECK(checkRow(database_.path(), "route", route.group + "/" + route.name, row.integer(4),
                           route.group, route.name, route.revision, row.text(3)));
    PROFFER_TRY(const Json body, parseJson(row.text(3)));
    route.groupUid = stringMember(body, "groupUid");
    route.kind = stringMember(body, "kind");
    route.version = stringMember(body, "version");
    route.artifact = stringMember(body, "artifact");
    route.settings = member(body, "settings");
    route.message = stringMember(body, "message");
    routes_[{route.group, route.name}] = std::move(route);
  }
}

Result<void> SqliteRoutes::loadGroups(Connection& connection) {
  PROFFER_TRY(Statement row, connection.query("SELECT group_uid, revision, body, checksum FROM group_route"));
  for (;;) {
    PROFFER_TRY(const bool found, row.step());
    if (!found) return {};
    GroupRoute group;
    group.groupUid = row.text(0);
    group.revision = row.integer(1);
    PROFFER_CHECK(checkRow(database_.path(), "group_route", group.groupUid, row.integer(3), group.groupUid,
                           group.revision, row.text(2)));
    PROFFER_TRY(const Json body, parseJson(row.text(2)));
    group.group = stringMember(body, "group");
    group.dataVersion = intMember(body, "dataVersion");
    group.settings = member(body, "settings");
    groups_[group.groupUid] = std::move(group);
  }
}

/// Read from the table, not from memory: pieces of one group each take their own.
Result<int64_t> SqliteRoutes::nextRevision(Connection& connection) {
  PROFFER_TRY(const int64_t last, readCounter(connection, database_.path(), "routeRevision"));
  PROFFER_CHECK(writeCounter(connection, "routeRevision", last + 1));
  return last + 1;
}

Result<int64_t> SqliteRoutes::put(Route route) {
  const std::string body = bodyOf(route);
  {
    std::lock_guard guard(mutex_);
    const auto now = routes_.find({route.group, route.name});
    if (now != routes_.end() && bodyOf(now->second) == body) return now->second.revision;
  }
  const auto work = [&](Connection& connection) -> Result<void> {
    PROFFER_TRY(route.revision, nextRevision(connection));
    return connection.run(
        "INSERT INTO route(grp, name, revision, body, checksum) VALUES(?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body, "
        "checksum = excluded.checksum",
        route.group, route.name, route.revision, body,
        rowChecksum(route.group, route.name, route.revision, body));
  };
  PROFFER_CHECK(database_.write(work, [&](bool committed) {
    if (!committed) return;
    std::lock_guard guard(mutex_);
    revision_ = route.revision;
    routes_[{route.group, route.name}] = route;
    changed_.notify_all();
  }));
  return route.revision;
}

Result<void> SqliteRoutes::remove(const std::string& group, const std::string& name) {
  {
    std::lock_guard guard(mutex_);
    if (routes_.count({group, name}) == 0) return {};
  }
  int64_t revision = 0;
  const auto work = [&](Connection& connection) -> Result<void> {
    PROFFER_TRY(revision, nextRevision(connection));
    return connection.run("DELETE FROM route WHERE grp = ? AND name = ?", group, name);
  };
  return database_.write(work, [&](bool committed) {
    if (!committed) return;
    std::lock_guard guard(mutex_);
    revision_ = revision;
    routes_.erase({group, name});
    loaded_.erase({group, name});
    changed_.notify_all();
  });
}

Result<int64_t> SqliteRoutes::putGroup(GroupRoute group) {
  const std::string body = bodyOf(group);
  {
    std::lock_guard guard(mutex_);
    const auto now = groups_.find(group.groupUid);
    if (now != groups_.end() && bodyOf(now->second) == body) return now->second.revision;
  }
  const auto work = [&](Connection& connection) -> Result<void> {
    PROFFER_TRY(group.revision, nextRevision(connection));
    return connection.run(
        "INSERT INTO group_route(group_uid, revision, body, checksum) VALUES(?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body, "
        "checksum = excluded.checksum",
        group.groupUid, group.revision, body, rowChecksum(group.groupUid, group.revision, body));
  };
  PROFFER_CHECK(database_.write(work, [&](bool committed) {
    if (!committed) return;
    std::lock_guard guard(mutex_);
    revision_ = group.revision;
    groups_[group.groupUid] = group;
    changed_.notify_all();
  }));
  return group.revision;
}

Result<void> SqliteRoutes::removeGroup(const std::string& groupUid) {
  {
    std::lock_guard guard(mutex_);
    if (groups_.count(groupUid) == 0) return {};
  }
  int64_t revision = 0;
  const auto work = [&](Connection& connection) -> Result<void> {
    PROFFER_TRY(revision, nextRevision(connection));
    return connection.run("DELETE FROM group_route WHERE group_uid = ?", groupUid);
  };
  return database_.write(work, [&](bool committed) {
    if (!committed) return;
    std::lock_guard guard(mutex_);
    revision_ = revision;
    groups_.erase(groupUid);
    changed_.notify_all();
  });
}

Result<RouteTable> SqliteRoutes::read() {
  std::lock_guard guard(mutex_);
  RouteTable table;
  for (const auto& [key, route] : routes_) table.routes.push_back(route);
  for (const auto& [uid, group] : groups_) table.groups.push_back(group);
  table.revision = revision_;
  return table;
}

int64_t SqliteRoutes::waitForChange(int64_t since, Time deadline) {
  std::unique_lock lock(mutex_);
  clock_.waitUntil(lock, changed_, deadline, [&] { return interrupted_ || revision_ > since; });
  return revision_;
}

void SqliteRoutes::interrupt() {
  {
    std::lock_guard guard(mutex_);
    interrupted_ = true;
  }
  changed_.notify_all();
}

// ---- What replicas have loaded: true only while they run, so it is not stored
// -----------------------------------------

Result<void> SqliteRoutes::reportLoaded(const std::string& replica, const std::string& group,
                                        const std::string& name, const Loaded& loaded) {
  std::vector<std::function<void(const std::string&, const std::string&)>> callbacks;
  {
    std::lock_guard guard(mutex_);
    loaded_[{group, name}][replica] = loaded;
    callbacks = callbacks_;
  }
  for (const auto& callback : callbacks) callback(group, name);
  return {};
}

Result<std::map<std::string, Loaded>> SqliteRoutes::loaded(const std::string& group,
                                                           const std::string& name) {
  std::lock_guard guard(mutex_);
  const auto found = loaded_.find({group, name});
  if (found == loaded_.end()) return std::map<std::string, Loaded>{};
  return found->second;
}

void SqliteRoutes::onReport(std::function<void(const std::string& group, const std::string& name)> callback) {
  std::lock_guard guard(mutex_);
  callbacks_.push_back(std::move(callback));
}

}  // namespace proffer::store
