// Campaign: serves a version of a solution: the latest, a named one, or the newest that passes its gates.
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/runs.h"
#include "controller/reconcile/trained.h"
#include "recipes/catalogue.h"

namespace proffer::reconcile {

namespace {

// It has no settings for it: one in a thousand of the recommended items is new (U2-2).
constexpr std::string_view kExploresByItself = "aws-user-personalization-v2";
constexpr double kOwnWeight = 0.001;

bool passes(const VersionGate& gate, double value) {
  if (gate.op == ">=") return value >= gate.value;
  if (gate.op == ">") return value > gate.value;
  if (gate.op == "<=") return value <= gate.value;
  return value < gate.value;
}

// Why a version may not be served; nothing if it passes all gates.
std::optional<std::string> failedGate(const Resource& version, const std::vector<VersionGate>& gates) {
  for (const VersionGate& gate : gates) {
    const Json& value = member(member(version.status, "metrics"), gate.metric);
    if (!value.is_number()) return fmt::format("{} has no metric {}", version.key().toString(), gate.metric);
    if (!passes(gate, value.get<double>()))
      return fmt::format("{} has {} = {:.4f}, needed is {} {}", version.key().toString(), gate.metric,
                         value.get<double>(), gate.op, gate.value);
  }
  return std::nullopt;
}

class CampaignReconciler final : public Reconciler {
 public:
  explicit CampaignReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "Campaign"; }

  Outcome reconcile(Run& run) override {
    Report report;
    auto outcome = advance(run, report);
    if (!outcome) return outcomeOf(std::move(outcome).error());
    report.write(run.object, run.now);
    return *outcome;
  }

  Result<bool> cleanUp(Run& run, std::optional<Duration>&) override {
    PROFFER_CHECK(environment_.store.routes().remove(run.object.metadata.group, run.object.metadata.name));
    return true;
  }

 private:
  struct Choice {
    Handle version;        // null: none
    Blocked blocked;       // then: by what
    std::string degraded;  // served is not the newest: why
  };

  Result<Outcome> advance(Run& run, Report& report);
  Choice choose(const Run& run, const CampaignSpec& spec, const Resource& solution) const;
  Choice chooseGated(const CampaignSpec& spec, const Resource& solution) const;
  Result<Outcome> serve(Run& run, const CampaignSpec& spec, const Group& group, const Choice& choice,
                        Report& report);

  const Environment& environment_;
};

Result<Outcome> CampaignReconciler::advance(Run& run, Report& report) {
  PROFFER_TRY(const CampaignSpec spec, specOf<CampaignSpec>(run.object));
  PROFFER_TRY(const auto group, findGroup(environment_, run.object.metadata.group));
  if (const auto* blocked = std::get_if<Blocked>(&group)) return waitFor(run.object, *blocked, report);
  const ResourceKey key{"Solution", run.object.metadata.group, spec.solution};
  const Handle solution = environment_.objects.get(key);
  const Choice choice = !solution              ? Choice{nullptr, {key.toString(), "it does not exist"}, ""}
                        : solution->deleting() ? Choice{nullptr, {key.toString(), "it is being deleted"}, ""}
                                               : choose(run, spec, *solution);
  if (choice.version) return serve(run, spec, std::get<Group>(group), choice, report);
  RouteSettings settings;
  PROFFER_CHECK(explainRoute(environment_, run.object, std::get<Group>(group).uid, settings,
                             fmt::format("waiting for {}: {}", choice.blocked.blocker, choice.blocked.why)));
  return waitFor(run.object, choice.blocked, report);
}

CampaignReconciler::Choice CampaignReconciler::choose(const Run& run, const CampaignSpec& spec,
                                                      const Resource& solution) const {
  if (spec.version == "gated") return chooseGated(spec, solution);
  if (spec.version == "latest") {
    const auto versions = versionsOf(environment_, solution, "model");
    for (auto version = versions.rbegin(); version != versions.rend(); ++version)
      if (runState(**version) == RunState::kSucceeded) return {*version, {}, ""};
    return {nullptr, {solution.key().toString(), whyNotReady(solution)}, ""};
  }
  const ResourceKey key{"SolutionVersion", run.object.metadata.group, spec.version};
  const Handle version = environment_.objects.get(key);
  if (!version) return {nullptr, {key.toString(), "it does not exist"}, ""};
  if (stringMember(version->spec, "solution") != spec.solution)
    return {nullptr, {key.toString(), fmt::format("it is no version of Solution {}", spec.solution)}, ""};
  if (runState(*version) != RunState::kSucceeded)
    return {nullptr, {key.toString(), whyNotReady(*version)}, ""};
  return {version, {}, ""};
}

CampaignReconciler::Choice CampaignReconciler::chooseGated(const CampaignSpec& spec,
                                                           const Resource& solution) const {
  std::string newestFailure;
  const auto versions = versionsOf(environment_, solution, "model");
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (runState(**version) != RunState::kSucceeded) continue;
    auto failure = failedGate(**version, spec.gates);
    if (!failure) return {*version, {}, newestFailure};
    if (newestFailure.empty()) newestFailure = std::move(*failure);
  }
  return {nullptr,
          {solution.key().toString(), newestFailure.empty() ? whyNotReady(solution) : newestFailure},
          ""};
}

Result<Outcome> CampaignReconciler::serve(Run& run, const CampaignSpec& spec, const Group& group,
                                          const Choice& choice, Report& report) {
  const Resource& version = *choice.version;
  const recipes::RecipeInfo* recipe = recipes::findRecipe(stringMember(version.status, "recipe"));
  if (recipe == nullptr)
    return fail(ErrorCode::kInternal, "{} has no known recipe", version.key().toString());
  RouteSettings settings;
  settings.recipe = recipe->name;
  settings.family = recipe->family;
  settings.needsUser = recipe->needsUser;
  settings.needsItem = recipe->needsItem;
  settings.scores = recipe->scores;
  settings.metadata = spec.metadata || recipe->metadataAlways;
  for (const auto& [what, influence] : spec.rankingInfluence)
    (what == "POPULARITY" ? settings.popularityInfluence : settings.freshnessInfluence) = influence;
  if (recipe->explores) explore(settings, spec.exploration.value_or(Exploration{}));
  if (recipe->name == kExploresByItself) settings.explorationWeight = kOwnWeight;
  store::Route route;
  route.group = group.name;
  route.name = run.object.metadata.name;
  route.groupUid = group.uid;
  route.kind = "Campaign";
  route.version = version.metadata.name;
  route.artifact = stringMember(version.status, "artifact");
  route.settings = toJson(settings);
  PROFFER_TRY(const RouteState served, publishRoute(environment_, std::move(route)));
  run.object.status["version"] = version.metadata.name;
  run.object.status["recipe"] = recipe->name;
  // Its version waits for this before it drops the file that was served before.
  if (const std::string updated = stringMember(member(version.status, "update"), "finished");
      !updated.empty())
    run.object.status["updated"] = updated;
  else
    run.object.status.erase("updated");
  describeServing(run.object, served, report);
  if (!choice.degraded.empty())
    report.degraded(reason::kGateNotPassed, choice.degraded);
  else if (spec.exploration && !recipe->explores)
    report.degraded(reason::kInvalidSpec,
                    fmt::format("spec.exploration: recipe {} does not explore", recipe->name));
  return Outcome::done();
}

}  // namespace

std::unique_ptr<Reconciler> makeCampaignReconciler(const Environment& environment) {
  return std::make_unique<CampaignReconciler>(environment);
}

}  // namespace proffer::reconcile
