#include "controller/reconcile/measuring.h"

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "manifests/domains.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {

constexpr int kMostMeasurements = 4;
constexpr auto kPlacePause = 100ms;
constexpr int64_t kBytesPerOrderedRow = 24;

// Counts one that is under way, while it lives.
class UnderWay {
 public:
  explicit UnderWay(std::atomic<int>& count) : count_(count), admitted_(++count <= kMostMeasurements) {}
  ~UnderWay() { --count_; }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  bool admitted() const { return admitted_; }

 private:
  std::atomic<int>& count_;
  bool admitted_;
};

class TakenPlace {
 public:
  TakenPlace(const TrainingPlaces& places, int64_t memory, Progress& progress) : places_(places) {
    progress.begin("waiting for a free place", "", 0);
    while (!progress.cancelled() && (place_ = places_.take(memory)) == 0)
      std::this_thread::sleep_for(kPlacePause);
  }
  ~TakenPlace() {
    if (place_ != 0) places_.leave(place_);
  }
  TakenPlace(const TakenPlace&) = delete;
  TakenPlace& operator=(const TakenPlace&) = delete;
  bool taken() const { return place_ != 0; }

 private:
  const TrainingPlaces& places_;
  int64_t place_ = 0;
};

bool asksAboutItem(const TrainingRequest& request, Domain domain) {
  if (const recipes::RecipeInfo* info = recipes::findRecipe(request.configuration.recipe))
    return info->needsItem;
  const UseCase* useCase = findUseCase(request.configuration.recipe, domain);
  return useCase != nullptr && useCase->needsItem;
}

}  // namespace

Result<Group> Measuring::groupNamed(const std::string& name) const {
  PROFFER_TRY(auto found, findGroup(environment_, name));
  if (auto* group = std::get_if<Group>(&found)) return std::move(*group);
  std::vector<std::string> names;
  for (const Handle& other : environment_.objects.ofKind("DatasetGroup", ""))
    names.push_back(other->metadata.name);
  return fail(makeError(ErrorCode::kNotFound, "there is no dataset group {}", proffer::quoted(name))
                  .in("group")
                  .hinting(didYouMean(name, names)));
}

Result<Measuring::Named> Measuring::fromResource(const Group& group, const Resource& resource) const {
  Named named;
  named.name = resource.metadata.name;
  if (resource.kind == "SolutionVersion") {
    PROFFER_TRY(const SolutionVersionSpec spec, specOf<SolutionVersionSpec>(resource));
    PROFFER_TRY(named.request, trainingRequest(spec, group));
  } else {
    SolutionVersionSpec version;
    version.configuration = resource.spec;
    if (resource.kind == "Recommender") {
      PROFFER_TRY(const RecommenderSpec spec, specOf<RecommenderSpec>(resource));
      const UseCase* useCase = findUseCase(spec.useCase, group.domain);
      version.recommender = resource.metadata.name;
      version.recipe = useCase == nullptr ? spec.useCase : useCase->recipe;
    } else {
      version.solution = resource.metadata.name;
    }
    PROFFER_TRY(named.request, trainingRequest(version, group));
  }
  named.related = asksAboutItem(named.request, group.domain);
  return named;
}

Result<Measuring::Named> Measuring::named(const Group& group, const std::string& name,
                                          const TrainingRequest* subject) const {
  std::vector<std::string> known;
  for (const auto* kind : {"Solution", "Recommender", "SolutionVersion"}) {
    if (const Handle found = environment_.objects.get({kind, group.name, name}))
      return fromResource(group, *found);
    for (const Handle& other : environment_.objects.ofKind(kind, group.name))
      known.push_back(other->metadata.name);
  }
  if (const Handle campaign = environment_.objects.get({"Campaign", group.name, name})) {
    PROFFER_TRY(const CampaignSpec spec, specOf<CampaignSpec>(*campaign));
    if (const Handle solution = environment_.objects.get({"Solution", group.name, spec.solution}))
      return fromResource(group, *solution);
  }
  if (subject == nullptr)
    return fail(makeError(ErrorCode::kNotFound, "there is no solution, recommender or version {} in group {}",
                          proffer::quoted(name), proffer::quoted(group.name))
                    .hinting(didYouMean(name, known)));
  // Recipes and use cases count the same events as what they are compared with.
  Named other;
  other.request = *subject;
  other.request.configuration.hyperparameters = Json::object();
  other.request.configuration.counting.clear();
  if (const recipes::RecipeInfo* info = recipes::findRecipe(name)) {
    other.name = info->name;
    other.request.family = info->family;
    other.request.configuration.recipe = info->name;
    std::vector<Error> errors;
    PROFFER_TRY(other.request.configuration.hyperparameters,
                recipes::completeHyperparameters(*info, Json::object(), "hyperparameters", errors));
    return other;
  }
  if (const UseCase* useCase = findUseCase(name, group.domain)) {
    other.name = useCase->name;
    other.request.family = useCase->family;
    other.request.configuration.recipe = useCase->recipe;
    other.request.configuration.counting = useCase->counting;
    return other;
  }
  for (const std::string& recipe : recipes::recipeNames()) known.push_back(recipe);
  return fail(makeError(ErrorCode::kNotFound, "{} is neither a recipe nor a solution or version of group {}",
                        proffer::quoted(name), proffer::quoted(group.name))
                  .in("against")
                  .hinting(didYouMean(name, known)));
}

Result<Measuring::Plan> Measuring::plan(const MeasuringRequest& request) const {
  Plan plan;
  PROFFER_TRY(plan.group, groupNamed(request.group));
  PROFFER_TRY(const Named subject, named(plan.group, request.name, nullptr));
  std::vector<Named> all = {subject};
  for (const std::string& other : request.against) {
    PROFFER_TRY(Named one, named(plan.group, other, &subject.request));
    all.push_back(std::move(one));
  }
  plan.options = request.options;
  plan.options.related = subject.related;
  plan.options.automaticFilter = subject.request.automaticFilter;
  if (request.ownSeed) plan.options.seed = subject.request.configuration.seed;
  PROFFER_TRY(const std::string orderColumn, orderColumnOf(environment_, plan.group.name));
  PROFFER_TRY(const auto snapshot, environment_.data.snapshot(plan.group.uid));
  const recipes::Interactions& interactions = snapshot->interactions();
  for (const Named& one : all) {
    recipes::Contender contender;
    contender.name = one.name;
    PROFFER_TRY(contender.recipe, environment_.recipeOf(one.request.family));
    contender.configuration = one.request.configuration;
    contender.configuration.seed = plan.options.seed;
    contender.configuration.orderColumn = orderColumn;
    plan.memory = std::max(plan.memory,
                           contender.recipe->memoryNeeded(interactions.rowCount(), interactions.userCount(),
                                                          interactions.itemCount()));
    plan.contenders.push_back(std::move(contender));
  }
  plan.memory += interactions.rowCount() * kBytesPerOrderedRow;
  return plan;
}

// As trainings do: with what was put until now.
Result<std::shared_ptr<const data::Snapshot>> Measuring::newest(const Group& group,
                                                                Progress& progress) const {
  if (data::LiveData* live = environment_.data.live()) PROFFER_CHECK(live->fold(group.uid, progress));
  return environment_.data.snapshot(group.uid);
}

Result<recipes::Comparison> Measuring::run(const Plan& plan, Progress& progress,
                                           const recipes::SplitSink& sink) {
  const UnderWay turn(under_);
  if (!turn.admitted())
    return fail(makeError(ErrorCode::kUnavailable, "{} measurements are under way already", kMostMeasurements)
                    .hinting("ask again when one of them has ended"));
  const TakenPlace place(places_, plan.memory, progress);
  if (!place.taken()) return fail(ErrorCode::kCancelled, "the measuring was cancelled");
  PROFFER_TRY(const auto snapshot, newest(plan.group, progress));
  PROFFER_CHECK(snapshot->verify());
  const recipes::TrainingInput input{&snapshot->interactions(), snapshot->items(), snapshot->users()};
  return recipes::compare(input, plan.contenders, plan.options, progress, sink);
}

Result<recipes::Diagnosis> Measuring::diagnose(const std::string& name, Progress& progress) {
  PROFFER_TRY(const Group group, groupNamed(name));
  PROFFER_TRY(const auto snapshot, newest(group, progress));
  std::vector<recipes::UseCaseNeed> needs;
  for (const UseCase& useCase : allUseCases())
    if (useCase.domain == group.domain || group.domain == Domain::kCustom)
      needs.push_back({useCase.name,
                       useCase.requiredEvents.empty() ? useCase.countedEvents : useCase.requiredEvents,
                       useCase.recommendedEvents, useCase.needsItemsDataset});
  const recipes::TrainingInput input{&snapshot->interactions(), snapshot->items(), snapshot->users()};
  return recipes::diagnose(input, needs, toMicros(environment_.clock.now()) / 1'000'000, progress);
}

}  // namespace proffer::reconcile
