// Keeps what exploring teaches up to date: which items are new, and what people choose, from the log of
// events and from the impressions of imported ones. Saved now and then, so that a start goes on from there;
// what came since is read from the log again.
//
// of() and figures(): any thread. pass() and save(): one thread at a time.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/data/group_data.h"
#include "controller/io/file_system.h"
#include "controller/serving/engine.h"
#include "controller/serving/route_exploration.h"
#include "controller/serving/served_table.h"

namespace proffer::serving {

class Explorations {
 public:
  Explorations(data::GroupDataStore& data, Clock& clock) : data_(data), clock_(clock) {}

  /// Where what was learned is kept; before anything else.
  void keepIn(std::filesystem::path directory, io::FileSystem& files);
  /// That of a route; made, or read from its file, if there is none yet. A file that is damaged is put aside.
  std::shared_ptr<RouteExploration> of(const std::string& groupUid, const std::string& name);
  /// Learns what has happened since the last one. Errors are logged, and tried again with the next pass.
  void pass(const ServedTable& table);
  Result<void> save();
  ExplorationFigures figures() const;

  static constexpr Duration kSaveEvery = std::chrono::minutes(5);

 private:
  struct Followed {
    std::shared_ptr<const ServedRoute> route;
    std::weak_ptr<const OpenedModel> model;  // that usual predictions are of
    std::shared_ptr<const std::vector<int64_t>> births;
    int64_t newest = 0, cutOff = 0;
  };
  struct Group {
    std::weak_ptr<const data::Snapshot> snapshot;  // that births are of
    std::shared_ptr<const std::vector<int64_t>> births;
    Time birthsMade{};
    Duration birthsTook{};
    int64_t newest = 0;                      // time of an event
    std::map<std::string, Followed> routes;  // by name
  };

  void follow(const ServedTable& table);
  void forgetGone(const ServedTable& table);
  void refresh(Group& group, const ServedGroup& served);
  Result<void> learnImported(Group& group, const std::string& uid);
  Result<void> learnStreamed(Group& group, const ServedGroup& served);
  Result<void> saveOne(const std::string& key, const RouteExploration& exploration);
  std::filesystem::path pathOf(const std::string& key) const { return directory_ / (key + ".explored"); }

  data::GroupDataStore& data_;
  Clock& clock_;
  std::filesystem::path directory_;
  io::FileSystem* files_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RouteExploration>> known_;  // by "groupUid.name"
  std::map<std::string, Group> groups_;                             // by uid; of the one that passes
  Time savedAt_{};
};

}  // namespace proffer::serving
