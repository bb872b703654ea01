// A recipe: training views in, a model out. One implementation per family; the catalogue entry says which recipes a
// family serves and with which settings.
//
// Stateless; any thread. Deterministic: same build, seed and views give the same bits, whatever the number of
// threads. Training reports progress, stops within a second of progress.cancelled() with kCancelled, and holds no
// users x items matrix.
#pragma once

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

/// Which interactions are trained on and what each weighs (TO-1, TO-2, TO-30, TO-31, use cases' counted events).
struct EventRule {
  std::string eventType;                  ///< compared without regard to case (DO-3); empty: every type, and none
  std::optional<double> valueThreshold;   ///< keep EVENT_VALUE >= it; rows without a value are dropped
  double weight = 1.0;
};

struct TrainingInput {
  const Interactions* interactions = nullptr;
  const MetadataTable* items = nullptr;   ///< null: no such dataset
  const MetadataTable* users = nullptr;
};

struct TrainingConfiguration {
  std::string recipe;                     ///< canonical recipe name
  Json hyperparameters = Json::object();  ///< complete (completeHyperparameters)
  std::vector<EventRule> events;          ///< empty: all interactions, equal weight
  std::string counting;                   ///< popularity: "users" (distinct) or "events" (UC-3); empty: the recipe's own
  std::map<std::string, std::set<std::string>> excludedColumns;
  /// Items the model may contain: those with trained interactions, and those of the items dataset.
  bool catalogueItems = true;
  uint64_t seed = 1;
};

class Recipe {
 public:
  virtual ~Recipe() = default;
  virtual std::string_view family() const = 0;
  virtual Result<std::unique_ptr<Model>> train(const TrainingInput& input, const TrainingConfiguration& configuration, Progress& progress) const = 0;
  virtual Result<std::unique_ptr<Model>> open(const SectionReader& sections) const = 0;
};

/// The trainer of a family; kNotImplemented, naming the family, if it is not built.
Result<const Recipe*> recipeOfFamily(std::string_view family);

/// Event rules resolved against a view: weight per event type code, for inner loops.
class EventSelector {
 public:
  EventSelector(const std::vector<EventRule>& rules, std::span<const std::string> eventTypes);
  /// 0: not trained on. `type` is a code or kNoType, `value` kNoValue if null.
  float weight(uint16_t type, float value) const;

 private:
  struct Rule {
    float weight = 0;
    float threshold = -std::numeric_limits<float>::infinity();
    bool needsValue = false;
  };
  std::vector<Rule> byType_;  ///< last entry: rows without a type
};

}  // namespace proffer::recipes
