// A whole server without HTTP on simulated files: it is started, killed by a power cut, and started again.
// One thread drives it; its disk and its clock outlive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/io/simulated_file_system.h"
#include "controller/reconcile/manager.h"
#include "controller/serving/engine.h"
#include "controller/store/admission.h"

namespace proffer::crash {

class SimulatedServer {
 public:
  SimulatedServer(io::SimulatedFileSystem& files, SimulatedClock& clock,
                  reconcile::Manager::Options options = {})
      : files_(files), clock_(clock), options_(std::move(options)) {}
  ~SimulatedServer() { stop(); }

  /// As `proffer serve` does; then answers what was served before.
  Result<void> start();
  void stop();
  bool running() const { return manager_ != nullptr; }

  Result<void> apply(const std::string& yaml);
  /// Fine if it is not there.
  Result<void> erase(const ResourceKey& key);
  /// Reconciles, runs jobs and loads models until nothing is due.
  Result<void> settle();
  /// Settles and moves the clock, through the pauses between attempts, until no job is left; at most an hour.
  Result<void> converge();

  store::ControlStore& store() { return *store_; }
  data::GroupDataStore& data() { return *data_; }
  serving::Engine& engine() { return *engine_; }
  std::vector<Resource> resources() const;
  /// "True Serving: answers requests"; "none".
  std::string condition(const ResourceKey& key, std::string_view type) const;
  /// What a few users get from GROUP/NAME, or the error.
  std::string answers(const std::string& group, const std::string& name) const;
  /// Everything that must be equal after a crash: resources with spec and conditions, answers, and the
  /// content of segments and models. One line each.
  std::vector<std::string> fingerprint();
  /// Files that no row names, and rows whose files are not there.
  std::vector<std::string> orphans();

 private:
  bool loadModels();
  std::vector<std::string> contentLines();

  io::SimulatedFileSystem& files_;
  SimulatedClock& clock_;
  const reconcile::Manager::Options options_;
  std::unique_ptr<store::ControlStore> store_;
  std::unique_ptr<data::GroupDataStore> data_;
  std::unique_ptr<artifacts::ArtifactStore> artifacts_;
  std::unique_ptr<serving::Engine> engine_;
  std::unique_ptr<reconcile::Manager> manager_;
};

}  // namespace proffer::crash
