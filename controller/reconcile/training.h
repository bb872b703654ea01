// Keeping something trained: what Solutions and Recommenders have in common. Which version there is, whether
// another one is due, and which old ones may go.
//
// Any thread. Level-triggered: everything is decided from the versions that exist, their recorded keys, the
// data and the clock. A version's name is its owner's with a number that is never used again.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/reconcile/datasets.h"
#include "controller/reconcile/environment.h"
#include "controller/reconcile/reconciler.h"
#include "recipes/evaluation.h"
#include "recipes/recipe.h"

namespace proffer::reconcile {

/// Annotations of the versions that the controller makes.
inline constexpr std::string_view kTrainingKey =
    "proffer/training-key";  ///< of everything that makes another model
inline constexpr std::string_view kTrainingData =
    "proffer/data";  ///< fingerprint of the data it was made for
inline constexpr std::string_view kTrainingRole = "proffer/role";  ///< "model" or "fallback"

/// What is due but has to wait for an import that is under way is looked at again so often.
inline constexpr Duration kLookAgain = std::chrono::seconds(5);

struct TrainingWish {
  std::string recipe;  ///< canonical recipe name
  Json configuration;  ///< the owner's spec, as the version will keep it
  std::string role = "model";
  std::string key;                      ///< trainingKey(...)
  std::optional<std::string> schedule;  ///< train again when due and the data has changed
  std::optional<std::string> updates;   ///< take new data into the model when due; absent: no updates
  bool automatic = true;                ///< false: only what the user asks for
  std::optional<Time> first;  ///< the first training begins then, if nobody asks for one before (TO-63)
  size_t keep = 3;            ///< finished versions kept
};

struct TrainingState {
  Handle latestGood;  ///< the newest version that can be served; null: none
  bool training = false;
  std::string queued;  ///< what the training waits for before it begins; empty: nothing
  bool updating = false;
  std::optional<std::string> failure;        ///< why the newest attempt gave no version
  std::optional<std::string> updateFailure;  ///< why the newest update failed
  std::optional<Time> next;                  ///< when something is due
  std::string scheduleProblem;               ///< why a schedule is not followed; empty: it is
};

/// A hash of what makes another model: the recipe, those fields of the spec that training reads, the data's
/// shape.
std::string trainingKey(std::string_view recipe, const Json& spec,
                        std::initializer_list<std::string_view> ignored, std::string_view shape);

/// Versions of `owner` with this role, oldest first; those being deleted are left out.
std::vector<Handle> versionsOf(const Environment& environment, const Resource& owner, std::string_view role);

/// Creates the version that is missing or due, has the good one updated, drops old ones, and says how it
/// stands. Writes status.versionCounter and status.schedules of run.object.
///
/// A run of a schedule is counted from the start of the training before it, whoever asked for that, or from
/// when it was skipped for want of new interactions (TO-64). A version that failed is made again at the next
/// slot; sooner if the data changed, but the sooner the fewer have failed in a row.
Result<TrainingState> keepTrained(const Environment& environment, Run& run, const TrainingWish& wish,
                                  const TrainingData& data);

/// How much data is left after selection; remembered per data and rules, since counting reads every
/// interaction.
class DataCounter {
 public:
  recipes::DataCounts count(const data::Snapshot& snapshot, const std::vector<recipes::EventRule>& events);

 private:
  std::mutex mutex_;
  std::map<std::string, recipes::DataCounts> known_;
};

/// What is missing to train, with the present counts; nothing if the data is enough (UM-1, UM-2 in profile
/// aws; one interaction otherwise).
std::optional<std::string> tooLittleData(const recipes::DataCounts& counts,
                                         const std::vector<recipes::EventRule>& events, QuotaProfile quotas);

}  // namespace proffer::reconcile
