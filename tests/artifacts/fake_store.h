// A control store of which only files and routes work, in memory: what model files and serving need.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "controller/store/control_store.h"
#include "controller/store/files.h"
#include "controller/store/routes.h"

namespace proffer::store::testing {

/// With the store's promise that a path is never used twice.
class FakeFiles final : public Files {
 public:
  Result<FileRow> reserve(std::string_view directory, std::string_view suffix, int64_t job, int attempt,
                          const std::string& groupUid) override {
    FileRow row;
    row.id = ++last_;
    row.path = fmt::format("{}/{}{}", directory, row.id, suffix);
    row.job = job;
    row.attempt = attempt;
    row.groupUid = groupUid;
    return row;
  }
  Result<void> publish(int64_t, int64_t, const std::string&, int64_t, int, const Json&) override {
    return {};
  }
  Result<void> doom(int64_t) override { return {}; }
  Result<void> doomGroup(const std::string&) override { return {}; }
  Result<std::vector<FileRow>> list() override { return std::vector<FileRow>{}; }
  Result<int> collect(const std::vector<std::string>&) override { return 0; }

 private:
  int64_t last_ = 0;
};

class FakeRoutes final : public Routes {
 public:
  explicit FakeRoutes(Clock& clock) : clock_(clock) {}

  Result<int64_t> put(Route route) override {
    return changing([&] {
      route.revision = revision_;
      routes_[{route.group, route.name}] = route;
    });
  }
  Result<void> remove(const std::string& group, const std::string& name) override {
    changing([&] { routes_.erase({group, name}); });
    return {};
  }
  Result<int64_t> putGroup(GroupRoute group) override {
    return changing([&] {
      group.revision = revision_;
      groups_[group.groupUid] = group;
    });
  }
  Result<void> removeGroup(const std::string& groupUid) override {
    changing([&] { groups_.erase(groupUid); });
    return {};
  }
  Result<RouteTable> read() override {
    std::lock_guard guard(mutex_);
    RouteTable table;
    for (const auto& [key, route] : routes_) table.routes.push_back(route);
    for (const auto& [key, group] : groups_) table.groups.push_back(group);
    table.revision = revision_;
    return table;
  }
  int64_t waitForChange(int64_t since, Time deadline) override {
    std::unique_lock lock(mutex_);
    clock_.waitUntil(lock, changed_, deadline, [&] { return interrupted_ || revision_ > since; });
    return revision_;
  }
  void interrupt() override {
    {
      std::lock_guard guard(mutex_);
      interrupted_ = true;
    }
    changed_.notify_all();
  }
  Result<void> reportLoaded(const std::string& replica, const std::string& group, const std::string& name,
                            const Loaded& loaded) override {
    {
      std::lock_guard guard(mutex_);
      loaded_[{group, name}][replica] = loaded;
      ++reports_;
    }
    changed_.notify_all();
    return {};
  }
  Result<std::map<std::string, Loaded>> loaded(const std::string& group, const std::string& name) override {
    std::lock_guard guard(mutex_);
    return loaded_[{group, name}];
  }
  void onReport(std::function<void(const std::string&, const std::string&)>) override {}

  int reports() const {
    std::lock_guard guard(mutex_);
    return reports_;
  }

 private:
  template <class Change>
  int64_t changing(const Change& change) {
    int64_t revision = 0;
    {
      std::lock_guard guard(mutex_);
      revision = ++revision_;
      change();
    }
    changed_.notify_all();
    return revision;
  }

  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<std::string, std::string>, Route> routes_;
  std::map<std::string, GroupRoute> groups_;
  std::map<std::pair<std::string, std::string>, std::map<std::string, Loaded>> loaded_;
  int64_t revision_ = 0;
  int reports_ = 0;
  bool interrupted_ = false;
};

class FakeStore final : public ControlStore {
 public:
  FakeStore(std::filesystem::path directory, Clock& clock)
      : directory_(std::move(directory)), clock_(clock), routes_(clock) {}
  ResourceStore& resources() override { throw std::logic_error("not part of this double"); }
  Journal& journal() override { throw std::logic_error("not part of this double"); }
  Jobs& jobs() override { throw std::logic_error("not part of this double"); }
  FakeFiles& files() override { return files_; }
  FakeRoutes& routes() override { return routes_; }
  const std::filesystem::path& directory() const override { return directory_; }
  Clock& clock() override { return clock_; }

 private:
  std::filesystem::path directory_;
  Clock& clock_;
  FakeFiles files_;
  FakeRoutes routes_;
};

}  // namespace proffer::store::testing
