// Measuring on request, which is no job: a solution or a use case against others and against yardsticks
// (`proffer evaluate`), and what the data of a group can carry (`proffer diagnose`).
//
// Any thread. A measurement takes the place of a training while it runs, as it trains and uses all cores; who
// asks waits for one, and at most a few wait. Nothing is stored: versions and what is served stay as they
// are.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "controller/reconcile/environment.h"
#include "controller/reconcile/train_job.h"
#include "recipes/comparison.h"
#include "recipes/diagnosis.h"

namespace proffer::reconcile {

struct MeasuringRequest {
  std::string group;
  std::string name;                    ///< a solution, recommender, campaign or solution version of the group
  std::vector<std::string> against;    ///< the same, or recipes and use cases with their defaults
  recipes::ComparisonOptions options;  ///< `related` and `automaticFilter` are filled in
  bool ownSeed = true;                 ///< the solution's seed instead of options.seed
};

/// Places for what uses all cores, shared with the trainings.
struct TrainingPlaces {
  std::function<int64_t(int64_t memory)> take;  ///< 0: none is free now
  std::function<void(int64_t place)> leave;
};

class Measuring {
 public:
  Measuring(const Environment& environment, TrainingPlaces places)
      : environment_(environment), places_(std::move(places)) {}

  struct Plan {
    Group group;
    std::vector<recipes::Contender> contenders;
    recipes::ComparisonOptions options;
    int64_t memory = 0;
  };
  /// kNotFound: no such group, or nothing of that name (the hint has a near one); kInvalidInput,
  /// kNotImplemented: what cannot be trained.
  Result<Plan> plan(const MeasuringRequest& request) const;
  /// kUnavailable: too many measure; kCancelled; and what training and measuring say.
  Result<recipes::Comparison> run(const Plan& plan, Progress& progress, const recipes::SplitSink& sink);

  /// With the events put until now. `useCases`: what each use case of the group's domain needs and has.
  Result<recipes::Diagnosis> diagnose(const std::string& group, Progress& progress);

 private:
  struct Named {
    std::string name;
    TrainingRequest request;
    bool related = false;
  };
  Result<Named> named(const Group& group, const std::string& name, const TrainingRequest* subject) const;
  Result<Named> fromResource(const Group& group, const Resource& resource) const;
  Result<Group> groupNamed(const std::string& name) const;
  Result<std::shared_ptr<const data::Snapshot>> newest(const Group& group, Progress& progress) const;

  const Environment& environment_;
  const TrainingPlaces places_;
  std::atomic<int> under_{0};
};

}  // namespace proffer::reconcile
