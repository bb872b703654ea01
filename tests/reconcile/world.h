// A whole controller over a real store in a temporary directory, driven on one thread by a simulated clock.
// Serving is played by loading every route's model and reporting it.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/log.h"
#include "controller/reconcile/manager.h"
#include "controller/store/admission.h"
#include "controller/store/route_settings.h"
#include "manifests/reader.h"
#include "recipes/recipe.h"

namespace proffer::reconcile {

class World {
 public:
  World();
  ~World();

  /// Writes a file below the sources.
  void write(const std::string& name, const std::string& text);
  /// `users` users watch items; user u watches item i if i < u + 2, so item 0 is the most watched one.
  static std::string watches(int users, int items, const std::string& type = "Watch");

  store::ApplyResult apply(const std::string& yaml, const std::string& manager = "");
  Result<std::vector<ResourceKey>> erase(const ResourceKey& key) {
    return store::deleteResource(*store, key, {});
  }
  /// As after a crash: everything is closed and opened again.
  void restart(Manager::Options options = {});
  /// Reconciles, runs jobs and plays serving until nothing is due now.
  void settle();
  void advance(Duration by) {
    clock.advance(by);
    settle();
  }

  Resource get(const ResourceKey& key) const;
  std::vector<Resource> all(const std::string& kind = "") const;
  store::RouteTable routes() const;
  bool has(const ResourceKey& key) const { return store->resources().get(key).has_value(); }
  /// "True Serving: answers requests", "none".
  std::string condition(const ResourceKey& key, std::string_view type) const;
  std::vector<std::string> versions(const std::string& group) const;
  size_t jobCount() const { return store->jobs().list(false)->size(); }
  std::optional<store::Route> route(const std::string& group, const std::string& name) const;
  /// The ids that the loaded model of a route answers with.
  std::vector<std::string> answer(const std::string& group, const std::string& name, size_t limit = 10) const;
  /// Files in the data directory, without the control database and the lock.
  std::vector<std::string> files() const;

  std::filesystem::path directory;
  SimulatedClock clock{fromMicros(1'700'000'000'000'000)};
  std::unique_ptr<store::ControlStore> store;
  std::unique_ptr<data::GroupDataStore> data;
  std::unique_ptr<artifacts::ArtifactStore> artifacts;
  std::unique_ptr<Manager> manager;
  bool serving = true;  ///< false: nobody loads

 private:
  void close();
  bool playServing();
};

/// A streaming group with interactions from watches.csv and a most-popular recommender.
extern const char* const kStreaming;

}  // namespace proffer::reconcile
