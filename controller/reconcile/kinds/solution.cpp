// Solution: keeps a version trained by its recipe and configuration. Campaigns serve its versions.
#include "controller/reconcile/children.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/train_job.h"
#include "controller/reconcile/trained.h"
#include "recipes/catalogue.h"
#include "recipes/trending.h"

namespace proffer::reconcile {

namespace {

constexpr std::string_view kDefaultSchedule = "rate(7 days)";  // TO-62
constexpr std::string_view kDefaultUpdates = "rate(2 hours)";  // AU-3
constexpr std::string_view kTrendingFamily = "trending";
constexpr std::string_view kFirstTraining = "proffer/first-training";  ///< annotation: "within 1h"
constexpr Duration kFirstTrainingAfter = std::chrono::hours(1);        // TO-63

class SolutionReconciler final : public Reconciler {
 public:
  explicit SolutionReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "Solution"; }
  Outcome reconcile(Run& run) override;
  Result<bool> cleanUp(Run& run, std::optional<Duration>& retry) override {
    (void)retry;
    return versionsGone(environment_, run);
  }
  std::vector<Waking> wokenBy(const Event& event) override {
    return wokenByDatasets(environment_, kind(), event);
  }

 private:
  Result<Outcome> train(Run& run, Report& report);
  TrainingWish wishOf(const Run& run, const SolutionSpec& spec, const recipes::RecipeInfo& recipe,
                      const TrainingData& data) const;

  const Environment& environment_;
  DataCounter counter_;
};

Outcome SolutionReconciler::reconcile(Run& run) {
  Report report;
  auto outcome = train(run, report);
  if (!outcome) return outcomeOf(std::move(outcome).error());
  report.write(run.object, run.now);
  return *outcome;
}

// Trends are looked for as often as the solution says (TN-1, TN-2).
std::string updatesOf(const SolutionSpec& spec, const recipes::RecipeInfo& recipe) {
  if (recipe.family != kTrendingFamily) return std::string(kDefaultUpdates);
  Json given = Json::object();
  for (const auto& [name, value] : spec.hyperparameters) given[name] = value;
  std::vector<Error> errors;
  return recipes::trendingRefresh(
      recipes::completeHyperparameters(recipe, given, "spec.hyperparameters", errors)
          .value_or(Json::object()));
}

TrainingWish SolutionReconciler::wishOf(const Run& run, const SolutionSpec& spec,
                                        const recipes::RecipeInfo& recipe, const TrainingData& data) const {
  TrainingWish wish;
  wish.recipe = recipe.name;
  wish.configuration = run.object.spec;
  wish.key = ownTrainingKey(run.object, recipe.name, run.object.spec, data.shape);
  wish.schedule = spec.schedules.train.value_or(std::string(kDefaultSchedule));
  wish.automatic = spec.autoTraining;
  // Made through the service's protocol: a version that its client makes by hand comes first.
  if (run.object.metadata.annotations.count(std::string(kFirstTraining)) != 0)
    wish.first = run.object.metadata.creationTimestamp + kFirstTrainingAfter;
  const auto built = environment_.recipeOf(recipe.family);
  if (recipe.automaticUpdate && built && (*built)->updates())
    wish.updates = spec.schedules.update.value_or(updatesOf(spec, recipe));
  wish.keep = static_cast<size_t>(std::max<int64_t>(1, spec.keepVersions));
  return wish;
}

Result<Outcome> SolutionReconciler::train(Run& run, Report& report) {
  PROFFER_TRY(const SolutionSpec spec, specOf<SolutionSpec>(run.object));
  const recipes::RecipeInfo* recipe = recipes::findRecipe(spec.recipe);
  if (recipe == nullptr) {
    report.notReady(reason::kInvalidSpec, fmt::format("spec.recipe: unknown recipe \"{}\"", spec.recipe));
    return Outcome::done();
  }
  if (const auto built = environment_.recipeOf(recipe->family); !built) {
    report.notReady(reason::kNotImplemented,
                    fmt::format("recipe {}: {}", recipe->name, built.error().message));
    return Outcome::done();
  }
  PROFFER_TRY(const auto group, findGroup(environment_, run.object.metadata.group));
  if (const auto* blocked = std::get_if<Blocked>(&group)) return waitFor(run.object, *blocked, report);
  PROFFER_TRY(const auto data, trainingData(environment_, std::get<Group>(group), recipe->needsItemsDataset,
                                            recipe->needsInteractions));
  if (const auto* blocked = std::get_if<Blocked>(&data)) return waitFor(run.object, *blocked, report);

  const auto& found = std::get<TrainingData>(data);
  const auto events = eventRules(spec);
  const auto missing = recipe->needsInteractions ? tooLittleData(counter_.count(*found.snapshot, events),
                                                                 events, std::get<Group>(group).quotas)
                                                 : std::nullopt;
  if (missing) {
    report.keepReady(run.object, reason::kTooLittleData, *missing);
    if (report.isReady()) report.degraded(reason::kTooLittleData, *missing);
    return Outcome::done();
  }
  PROFFER_TRY(const TrainingState state,
              keepTrained(environment_, run, wishOf(run, spec, *recipe, found), found));
  describeVersion(run, state);
  describeTraining(state, spec.autoTraining, report);
  if (!found.missing.empty()) report.degraded(reason::kPartialData, "trained without " + found.missing);
  if (spec.schedules.update && !recipe->automaticUpdate)
    report.degraded(reason::kInvalidSpec,
                    fmt::format("spec.schedules.update: recipe {} has no automatic updates", recipe->name));
  return state.next ? Outcome::again(std::max<Duration>(*state.next - run.now, std::chrono::seconds(1)))
                    : Outcome::done();
}

}  // namespace

std::unique_ptr<Reconciler> makeSolutionReconciler(const Environment& environment) {
  return std::make_unique<SolutionReconciler>(environment);
}

}  // namespace proffer::reconcile
