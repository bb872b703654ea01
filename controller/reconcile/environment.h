// What all reconcilers work with. References to things that outlive them; any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/data/group_data.h"
#include "controller/reconcile/objects.h"
#include "controller/store/control_store.h"
#include "controller/store/files.h"
#include "controller/store/jobs.h"
#include "controller/store/journal.h"
#include "controller/store/routes.h"
#include "recipes/recipe.h"

namespace proffer::reconcile {

/// Which datasets' sources were looked at since this process began. Any thread.
class SourceLooks {
 public:
  void note(const std::string& datasetUid) {
    std::lock_guard guard(mutex_);
    seen_.insert(datasetUid);
  }
  bool has(const std::string& datasetUid) const {
    std::lock_guard guard(mutex_);
    return seen_.contains(datasetUid);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> seen_;
};

/// What the catalogue of each group, as it was last given to serving, was made from. Any thread.
class Catalogues {
 public:
  /// Runs `publish`, one at a time, with what the group's last one left in its argument (at first "").
  Result<void> publish(const std::string& groupUid,
                       const std::function<Result<void>(std::string&)>& publish) {
    std::lock_guard guard(mutex_);
    return publish(last_[groupUid]);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> last_;
};

struct Environment {
  store::ControlStore& store;
  Objects& objects;
  data::GroupDataStore& data;
  artifacts::ArtifactStore& artifacts;
  const data::SourceRoots& roots;
  Clock& clock;
  io::FileSystem* files = &io::posixFileSystem();  ///< what exports are written through
  Duration sourcePoll = std::chrono::seconds(10);  ///< how often a dataset's sources are looked at
  size_t keepImports = 5;                          ///< finished imports kept per dataset
  size_t keepRecommenderVersions = 3;
  Duration checkpointEvery = std::chrono::minutes(1);  ///< a training keeps what it has at most so often
  std::string program = {};                            ///< checkpoints of another one are not taken up
  std::function<void()> collectSoon = {};              ///< a file was doomed
  /// The trainer of a family; tests put recipes of their own here.
  std::function<Result<const recipes::Recipe*>(std::string_view)> recipeOf = recipes::recipeOfFamily;
  std::shared_ptr<SourceLooks> looks = std::make_shared<SourceLooks>();
  std::shared_ptr<Catalogues> catalogues = std::make_shared<Catalogues>();

  void journal(const ResourceKey& about, store::JournalLevel level, std::string_view reason,
               std::string_view message) const {
    (void)store.journal().record(about, level, reason,
                                 message);  // losing a line of history must not stop work
  }
};

}  // namespace proffer::reconcile
