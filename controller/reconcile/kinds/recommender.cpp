// Recommender: a use case kept trained and served. While its own model cannot be there, popularity may stand
// in.
#include "controller/reconcile/children.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/rhythm.h"
#include "controller/reconcile/routing.h"
#include "controller/reconcile/train_job.h"
#include "controller/reconcile/trained.h"
#include "manifests/domains.h"

namespace proffer::reconcile {

namespace {

// What one run found out, step by step.
struct Wanted {
  RecommenderSpec spec;
  const UseCase* useCase = nullptr;
  Group group;
  TrainingData data;
  std::string_view lack;  // reason why the own model cannot be trained; empty: it can
  std::string lackMessage;
};

class RecommenderReconciler final : public Reconciler {
 public:
  explicit RecommenderReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "Recommender"; }
  Outcome reconcile(Run& run) override;
  Result<bool> cleanUp(Run& run, std::optional<Duration>& retry) override;
  std::vector<Waking> wokenBy(const Event& event) override {
    return wokenByDatasets(environment_, kind(), event);
  }
  // Versions look at what a recommender is, not at how it stands, which follows from themselves.
  bool concernsOthers(const Event& event) const override { return event.changesWhatItIs(); }

 private:
  Result<Outcome> advance(Run& run, Report& report);
  Result<std::optional<Outcome>> look(Run& run, Wanted& wanted, Report& report);
  void findLack(Wanted& wanted);
  TrainingWish ownWish(const Run& run, const Wanted& wanted) const;
  TrainingWish fallbackWish(const Run& run, const Wanted& wanted) const;
  Result<Outcome> serve(Run& run, const Wanted& wanted, const TrainingState& state, bool fallback,
                        Report& report);
  RouteSettings settingsOf(const Wanted& wanted, bool fallback) const;
  Result<void> stop(Run& run, const Wanted& wanted, Report& report);

  const Environment& environment_;
  DataCounter counter_;
};

Outcome RecommenderReconciler::reconcile(Run& run) {
  Report report;
  auto outcome = advance(run, report);
  if (!outcome) return outcomeOf(std::move(outcome).error());
  report.write(run.object, run.now);
  return *outcome;
}

Result<Outcome> RecommenderReconciler::advance(Run& run, Report& report) {
  Wanted wanted;
  PROFFER_TRY(const auto ended, look(run, wanted, report));
  if (ended) return *ended;
  findLack(wanted);
  const bool own = wanted.lack.empty();
  if (!own && (wanted.spec.fallback != "popularity" || wanted.useCase->family == "popularity")) {
    report.keepReady(run.object, wanted.lack, wanted.lackMessage);
    if (report.isReady()) report.degraded(wanted.lack, wanted.lackMessage);
    PROFFER_CHECK(explainRoute(environment_, run.object, wanted.group.uid, settingsOf(wanted, false),
                               wanted.lackMessage));
    return Outcome::done();
  }
  PROFFER_TRY(
      const TrainingState state,
      keepTrained(environment_, run, own ? ownWish(run, wanted) : fallbackWish(run, wanted), wanted.data));
  return serve(run, wanted, state, !own, report);
}

// The group, the use case, the data. An outcome: it ends here, and the report says why.
Result<std::optional<Outcome>> RecommenderReconciler::look(Run& run, Wanted& wanted, Report& report) {
  PROFFER_TRY(wanted.spec, specOf<RecommenderSpec>(run.object));
  PROFFER_TRY(auto group, findGroup(environment_, run.object.metadata.group));
  if (const auto* blocked = std::get_if<Blocked>(&group)) return waitFor(run.object, *blocked, report);
  wanted.group = std::get<Group>(std::move(group));
  wanted.useCase = findUseCase(wanted.spec.useCase, wanted.group.domain);
  if (wanted.useCase == nullptr ||
      (wanted.group.domain != Domain::kCustom && wanted.useCase->domain != wanted.group.domain)) {
    const auto names = useCaseNames(wanted.group.domain);
    report.notReady(
        reason::kInvalidSpec,
        fmt::format("spec.useCase: \"{}\" is no use case of group {} ({}); it has {}", wanted.spec.useCase,
                    wanted.group.name,
                    wanted.group.domain == Domain::kCustom ? "custom" : domainName(wanted.group.domain),
                    fmt::join(names, ", ")));
    return Outcome::done();
  }
  if (wanted.spec.state == "stopped") {
    PROFFER_CHECK(stop(run, wanted, report));
    return Outcome::done();
  }
  PROFFER_TRY(auto data, trainingData(environment_, wanted.group, wanted.useCase->needsItemsDataset));
  if (const auto* blocked = std::get_if<Blocked>(&data)) {
    const std::string message = fmt::format("waiting for {}: {}", blocked->blocker, blocked->why);
    PROFFER_CHECK(
        explainRoute(environment_, run.object, wanted.group.uid, settingsOf(wanted, false), message));
    return waitFor(run.object, *blocked, report);
  }
  wanted.data = std::get<TrainingData>(std::move(data));
  return std::nullopt;
}

void RecommenderReconciler::findLack(Wanted& wanted) {
  if (!environment_.recipeOf(wanted.useCase->family)) {
    wanted.lack = reason::kNotImplemented;
    wanted.lackMessage = fmt::format("use case {} is not implemented yet", wanted.useCase->name);
    return;
  }
  // The minimum counts the required events; what is trained on may be others (UM-1).
  const auto& required = wanted.useCase->requiredEvents;
  const auto counted = eventRules(required.empty() ? wanted.useCase->countedEvents : required, wanted.spec);
  if (auto missing =
          tooLittleData(counter_.count(*wanted.data.snapshot, counted), counted, wanted.group.quotas)) {
    wanted.lack = reason::kTooLittleData;
    wanted.lackMessage = std::move(*missing);
    if (wanted.group.domain == Domain::kCustom && !counted.empty())
      wanted.lackMessage += "; spec.eventTypes maps the group's own event types";
  }
}

TrainingWish RecommenderReconciler::ownWish(const Run& run, const Wanted& wanted) const {
  TrainingWish wish;
  wish.recipe = wanted.useCase->recipe;
  wish.configuration = run.object.spec;
  wish.key = ownTrainingKey(run.object, wish.recipe, run.object.spec, wanted.data.shape);
  wish.schedule = wanted.spec.schedules.train.value_or(wanted.useCase->train);
  wish.keep = environment_.keepRecommenderVersions;
  const auto recipe = environment_.recipeOf(wanted.useCase->family);
  if (!wanted.useCase->update.empty() && recipe && (*recipe)->updates())
    wish.updates = wanted.spec.schedules.update.value_or(wanted.useCase->update);
  return wish;
}

TrainingWish RecommenderReconciler::fallbackWish(const Run& run, const Wanted& wanted) const {
  TrainingWish wish = ownWish(run, wanted);
  wish.recipe = kFallbackRecipe;
  wish.role = "fallback";
  wish.updates.reset();
  wish.key = trainingKey(kFallbackRecipe, Json::object(), {}, wanted.data.shape);
  return wish;
}

RouteSettings RecommenderReconciler::settingsOf(const Wanted& wanted, bool fallback) const {
  RouteSettings settings;
  settings.recipe = fallback ? std::string(kFallbackRecipe) : wanted.useCase->recipe;
  settings.useCase = wanted.useCase->name;
  settings.family = fallback ? "popularity" : wanted.useCase->family;
  settings.needsUser = wanted.useCase->needsUser;
  settings.needsItem = wanted.useCase->needsItem;
  settings.scores = false;  // UC-5
  settings.metadata = wanted.spec.metadata;
  settings.automaticFilter = automaticFilter(*wanted.useCase, wanted.spec);
  settings.fallback = fallback;
  settings.stopped = wanted.spec.state == "stopped";
  if (wanted.useCase->explores && !fallback)
    explore(settings, wanted.spec.exploration.value_or(Exploration{}));
  return settings;
}

// The versions stay, so that starting again is a matter of loading one.
Result<void> RecommenderReconciler::stop(Run& run, const Wanted& wanted, Report& report) {
  store::Route route;
  route.group = wanted.group.name;
  route.name = run.object.metadata.name;
  route.groupUid = wanted.group.uid;
  route.kind = "Recommender";
  route.settings = toJson(settingsOf(wanted, false));
  route.message = "the recommender is stopped (spec.state)";
  report.notReady(reason::kStopped, "stopped by spec.state; its versions are kept");
  for (const auto* schedule : {"train", "update"}) Rhythm(run).forget(schedule);  // RE-4
  PROFFER_TRY([[maybe_unused]] const auto state, publishRoute(environment_, std::move(route)));
  return {};
}

Result<Outcome> RecommenderReconciler::serve(Run& run, const Wanted& wanted, const TrainingState& state,
                                             bool fallback, Report& report) {
  describeVersion(run, state);
  const Outcome outcome =
      state.next ? Outcome::again(std::max<Duration>(*state.next - run.now, std::chrono::seconds(1)))
                 : Outcome::done();
  if (!state.latestGood) {
    describeTraining(state, true, report);
    if (fallback) report.notReady(wanted.lack, wanted.lackMessage);
    const std::string why =
        state.failure ? "the training failed: " + *state.failure : "its first model is being trained";
    PROFFER_CHECK(
        explainRoute(environment_, run.object, wanted.group.uid, settingsOf(wanted, fallback), why));
    return outcome;
  }
  store::Route route;
  route.group = wanted.group.name;
  route.name = run.object.metadata.name;
  route.groupUid = wanted.group.uid;
  route.kind = "Recommender";
  route.version = state.latestGood->metadata.name;
  route.artifact = stringMember(state.latestGood->status, "artifact");
  route.settings = toJson(settingsOf(wanted, fallback));
  PROFFER_TRY(const RouteState served, publishRoute(environment_, std::move(route)));

  describeTraining(state, true, report);
  describeServing(run.object, served, report);
  if (fallback) {
    report.notReady(wanted.lack, wanted.lackMessage);
    if (served.loaded)
      report.degraded(reason::kServingFallback,
                      wanted.lackMessage + "; serving popularity meanwhile (spec.fallback)");
  }
  if (!wanted.data.missing.empty())
    report.degraded(reason::kPartialData, "trained without " + wanted.data.missing);
  if (wanted.spec.schedules.update && wanted.useCase->update.empty())
    report.degraded(reason::kInvalidSpec,
                    fmt::format("spec.schedules.update: use case {} has no updates between trainings",
                                wanted.useCase->name));
  run.object.status["servedBy"] = fallback ? "popularity fallback" : "model";
  return outcome;
}

Result<bool> RecommenderReconciler::cleanUp(Run& run, std::optional<Duration>&) {
  PROFFER_CHECK(environment_.store.routes().remove(run.object.metadata.group, run.object.metadata.name));
  return versionsGone(environment_, run);
}

}  // namespace

std::unique_ptr<Reconciler> makeRecommenderReconciler(const Environment& environment) {
  return std::make_unique<RecommenderReconciler>(environment);
}

}  // namespace proffer::reconcile
