// The offline metrics of every version: the service's split (control-plane 6.1) and definitions (6.2).
//
// Pure and deterministic for a seed; the test users are asked in parallel.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "recipes/metrics.h"
#include "recipes/recipe.h"

namespace proffer::recipes {

struct Evaluation {
  std::map<std::string, double> metrics;  ///< unrounded; ME-2 rounds when shown
  int64_t testUsers = 0;
  int64_t trainingUsers = 0;  ///< with at least one trained interaction
};

struct EvaluationOptions {
  int folds = 10;  ///< one user in so many is tested
  int fold = 0;    ///< which part, below `folds`
  std::vector<std::string>
      automaticFilter;  ///< event types whose items are not asked for again, as in serving
  Checkpoints* checkpoints = nullptr;  ///< of the training on the 90 %
};

/// Trains on 90 % of the users, asks for the other 10 %: each one's oldest 90 % as input, the newest 10 %
/// (rounded down, at least one record, as a set) as the truth. Users are chosen by hash64(user id, seed)
/// (ME-3). Users with fewer than two records are not test users; if there are no test users at all there are
/// no metrics either, and testUsers says so. Related-items recipes are asked with the last input item
/// (ME-12). kNotImplemented for recipe types that are split otherwise (segments, actions).
Result<Evaluation> evaluate(const Recipe& recipe, const TrainingInput& input,
                            const TrainingConfiguration& configuration, Progress& progress,
                            const EvaluationOptions& options = {});

/// What the data can carry, for conditions and refusals (UM-1, UM-2, Q21).
struct DataCounts {
  int64_t interactions = 0;  ///< after selection
  int64_t users = 0;         ///< with at least one
  int64_t usersWithTwo = 0;
  int64_t items = 0;
  std::map<std::string, int64_t> perEventType;  ///< before selection; "" counts rows without a type
};
DataCounts countData(const Interactions& interactions, const std::vector<EventRule>& events);

}  // namespace proffer::recipes
