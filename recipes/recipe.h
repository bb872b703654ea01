// A recipe: training views in, a model out. One implementation per family; the catalogue entry says which
// recipes a family serves and with which settings.
//
// Stateless; any thread. Deterministic: same build, seed and views give the same bits, whatever the number of
// threads. Training reports progress, stops within a second of progress.cancelled() with kCancelled, and
// holds no users x items matrix.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/progress.h"
#include "recipes/catalogue.h"
#include "recipes/model.h"
#include "recipes/view.h"

namespace proffer::recipes {

/// Which interactions are trained on and what each weighs (TO-1, TO-2, TO-30, TO-31, use cases' counted
/// events).
struct EventRule {
  std::string eventType = {};  ///< compared without regard to case (DO-3); empty: every type, and none
  std::optional<double> valueThreshold = {};  ///< keep EVENT_VALUE >= it; rows without a value are dropped
  double weight = 1.0;
};

struct TrainingInput {
  const Interactions* interactions = nullptr;
  const MetadataTable* items = nullptr;  ///< null: no such dataset
  const MetadataTable* users = nullptr;
};

struct TrainingConfiguration {
  std::string recipe;                     ///< canonical recipe name
  Json hyperparameters = Json::object();  ///< complete (completeHyperparameters)
  std::vector<EventRule> events;          ///< empty: all interactions, equal weight
  std::string counting;  ///< popularity: "users" (distinct) or "events" (UC-3); empty: the recipe's own
  std::map<std::string, std::set<std::string>> excludedColumns;
  /// The column of the view that says which interactions are one order; empty: those of one user and time.
  std::string orderColumn = {};
  /// Items the model may contain: those with trained interactions, and those of the items dataset.
  bool catalogueItems = true;
  uint64_t seed = 1;
  /// When the training takes place, epoch seconds: what is dated later is an error of some clock, and does not
  /// decide what is new. 0: everything counts.
  int64_t asOf = 0;
};

/// Where long trainings leave what they have, so that a crash does not cost all of it. Used by the training's
/// own thread only. What it holds belongs to the same input, configuration and build; anything else is thrown
/// away by whoever keeps it.
class Checkpoints {
 public:
  virtual ~Checkpoints() = default;
  /// The newest one, nothing if there is none (or it cannot be read: training begins anew).
  virtual std::shared_ptr<const SectionReader> latest() = 0;
  /// Replaces it, atomically, unless it is a moment old. An error means that the old one stays; training
  /// goes on.
  virtual Result<void> save(const std::function<void(SectionWriter&)>& write) = 0;
};

class Recipe {
 public:
  virtual ~Recipe() = default;
  virtual std::string_view family() const = 0;
  /// `checkpoints`: null, or where to continue from and save to; short trainings ignore it. kCancelled;
  /// kInvalidInput if the data cannot carry a model at all (the message says what is missing).
  virtual Result<std::unique_ptr<Model>> train(const TrainingInput& input,
                                               const TrainingConfiguration& configuration, Progress& progress,
                                               Checkpoints* checkpoints = nullptr) const = 0;
  /// About how many bytes a training holds at its peak, for the queue of trainings.
  virtual int64_t memoryNeeded(int64_t interactions, int64_t users, int64_t items) const {
    return interactions * 48 + (users + items) * 128;
  }
  /// Whether update() is there.
  virtual bool updates() const { return false; }
  /// Takes new items and interactions into a trained model without learning again (TO-60, AU-2).
  /// kNotImplemented where the recipe has no such mode.
  virtual Result<std::unique_ptr<Model>> update(const Model& trained, const TrainingInput& input,
                                                const TrainingConfiguration& configuration,
                                                Progress& progress) const;
  /// kCorrupt if the sections are not those of this family's model.
  virtual Result<std::unique_ptr<Model>> open(const SectionReader& sections) const = 0;
};

/// The trainer of a family; kNotImplemented, naming the family, if it is not built. Never destroyed.
Result<const Recipe*> recipeOfFamily(std::string_view family);

/// Event rules resolved against a view: weight per event type code, for inner loops.
class EventSelector {
 public:
  EventSelector(const std::vector<EventRule>& rules, std::span<const std::string> eventTypes);
  /// 0: not trained on. `type` is a code or kNoType, `value` kNoValue if null. The first rule that fits
  /// decides.
  float weight(uint16_t type, float value) const;
  /// Of row `i` of a history whose columns may be absent.
  float weight(const History& history, size_t i) const {
    return weight(history.types.empty() ? kNoType : history.types[i],
                  history.values.empty() ? kNoValue : history.values[i]);
  }

 private:
  struct Rule {
    float weight = 0;
    float threshold = 0;
    bool needsValue = false;
  };
  std::vector<std::vector<Rule>> byType_;  // in the order of the rules; the last entry: rows without a type
};

}  // namespace proffer::recipes
