// Measuring recipes side by side on held-out events, beside the yardsticks: what `proffer evaluate` shows.
//
// One thread calls; the work is spread over all cores. Deterministic for a seed, whatever the number of
// threads. Nothing of what is asked for is seen in training: neither by the recipes nor by the yardsticks.
// Targets that were never seen in training count as missed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/progress.h"
#include "recipes/bootstrap.h"
#include "recipes/evaluation_split.h"
#include "recipes/recipe.h"

namespace proffer::recipes {

/// A recipe with its settings, under a name that it is shown by.
struct Contender {
  std::string name;
  const Recipe* recipe = nullptr;
  TrainingConfiguration configuration;
};

struct ComparisonOptions {
  Protocol protocol = Protocol::kUsers;
  int folds = 10;
  bool allFolds = false;  ///< of the protocols that test one user in so many
  int repeats = 1;        ///< each with a seed and an order of ties of its own
  uint64_t seed = 1;
  TieOrder ties = TieOrder::kHash;
  int resamples = 1000;  ///< of the bootstrap; 0: no intervals
  bool related = false;  ///< the recipes are asked about an item: the last one of the input (ME-12)
  /// Event types whose items are not answered again, as in serving. If there are any they are the only task;
  /// else there are NEW (what the user has met is removed, from lists and truth) and ANY (nothing is).
  std::vector<std::string> automaticFilter;
  bool yardsticks = true;
};

/// Where the split and the lists go, piece by piece: a file's name, and text to be added to it. False ends
/// the measuring. Of several repeats the first is written; with all folds each in a directory of its own.
/// `*file`: train.csv, input.csv, truth.csv, list-TASK-METHOD.csv.
using SplitSink = std::function<bool(std::string_view file, std::string_view text)>;

struct MethodFigures {
  std::string name;
  bool yardstick = false;
  std::string leftOut;  ///< why there are no figures; empty: there are
  double coverage = 0;  ///< share of the catalogue within the first 25 of all lists; mean over the runs
  MethodSpread spread;
};

struct TaskFigures {
  std::string name;  ///< "NEW", "ANY", "FILTERED"
  int64_t cases = 0;
  int64_t users = 0;
  std::vector<MethodFigures> methods;  ///< the contenders in their order, then the yardsticks
};

struct Comparison {
  int64_t trainingUsers = 0;  ///< of the first run
  int64_t trainingRows = 0;
  int64_t catalogueSize = 0;
  int runs = 0;
  std::vector<TaskFigures> tasks;
};

/// The first contender's events are what is asked for. Its failure is the whole's; another one's leaves it
/// out. kInvalidInput without users that can be tested; kNotImplemented for segments and actions; kCancelled.
Result<Comparison> compare(const TrainingInput& input, const std::vector<Contender>& contenders,
                           const ComparisonOptions& options, Progress& progress, const SplitSink& sink = {});

/// {"trainingUsers": ..., "tasks": [{"name", "cases", "users", "methods": [{"name", "metrics", "intervals",
/// "difference", "differenceIntervals"}]}]}; the catalogue's metrics by the service's names.
Json toJson(const Comparison& comparison);

}  // namespace proffer::recipes
