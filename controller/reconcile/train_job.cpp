#include "controller/reconcile/train_job.h"

#include "base/hash.h"
#include "controller/reconcile/job_checkpoints.h"
#include "controller/reconcile/update_job.h"
#include "controller/reconcile/updating.h"
#include "manifests/domains.h"
#include "recipes/catalogue.h"
#include "recipes/evaluation.h"

namespace proffer::reconcile {

namespace {

Json rulesToJson(const std::vector<recipes::EventRule>& rules) {
  Json json = Json::array();
  for (const auto& rule : rules) {
    Json one{{"eventType", rule.eventType}, {"weight", rule.weight}};
    if (rule.valueThreshold) one["valueThreshold"] = *rule.valueThreshold;
    json.push_back(std::move(one));
  }
  return json;
}

std::vector<recipes::EventRule> rulesFromJson(const Json& json) {
  std::vector<recipes::EventRule> rules;
  for (const Json& one : json) {
    recipes::EventRule rule;
    rule.eventType = stringMember(one, "eventType");
    rule.weight = one.value("weight", 1.0);
    if (one.contains("valueThreshold")) rule.valueThreshold = one["valueThreshold"].get<double>();
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::map<std::string, std::set<std::string>> columnSets(
    const std::map<std::string, std::vector<std::string>>& columns) {
  std::map<std::string, std::set<std::string>> sets;
  for (const auto& [type, names] : columns) sets[type] = {names.begin(), names.end()};
  return sets;
}

class TrainExecutor final : public Executor {
 public:
  explicit TrainExecutor(const Environment& environment) : environment_(environment) {}
  std::string_view type() const override { return "train"; }
  Result<JobEnd> run(const store::Job& job, Progress& progress) override;

 private:
  const Environment& environment_;
};

// What the training's bits depend on, beside the time of its asking.
std::string checkpointKey(const Environment& environment, const TrainingRequest& request,
                          const data::Snapshot& snapshot) {
  const Json json{environment.program, toJson(request), snapshot.interactionsFingerprint(),
                  snapshot.itemsFingerprint(), snapshot.dataVersion()};
  return hashHex(hash128(dumpJson(json)));
}

// The metrics are of a model that has not seen the test users (ME-4).
Result<recipes::Evaluation> measured(const recipes::Recipe& recipe, const recipes::TrainingInput& input,
                                     const TrainingRequest& request, Progress& progress,
                                     JobCheckpoints& checkpoints) {
  if (checkpoints.measured()) return *checkpoints.measured();
  recipes::EvaluationOptions options;
  options.automaticFilter = request.automaticFilter;
  options.checkpoints = &checkpoints.measuring();
  PROFFER_TRY(recipes::Evaluation evaluation,
              recipes::evaluate(recipe, input, request.configuration, progress, options));
  checkpoints.keepMeasured(evaluation);
  return evaluation;
}

Result<JobEnd> TrainExecutor::run(const store::Job& job, Progress& progress) {
  if (job.input.contains(kUpdateOf)) return runUpdate(environment_, job, progress);
  PROFFER_TRY(TrainingRequest request, trainingRequestFromJson(job.input));
  PROFFER_TRY(const recipes::Recipe* recipe, environment_.recipeOf(request.family));
  const Time began = environment_.clock.now();
  if (data::LiveData* live = environment_.data.live()) PROFFER_CHECK(live->fold(request.groupUid, progress));
  PROFFER_TRY(const auto snapshot, environment_.data.snapshot(request.groupUid));
  PROFFER_CHECK(
      snapshot->verify());  // damaged rows are left out when read: a model of the rest would be worse
  const recipes::TrainingInput input{&snapshot->interactions(), snapshot->items(), snapshot->users()};
  const auto counts = recipes::countData(snapshot->interactions(), request.configuration.events);

  JobCheckpoints checkpoints(environment_, job, checkpointKey(environment_, request, *snapshot));
  if (!checkpoints.found().empty())
    environment_.journal(job.owner, store::JournalLevel::kNormal, "Resumed",
                         "the training goes on from its checkpoint: " + checkpoints.found());
  request.configuration.asOf = toMicros(checkpoints.asOf()) / 1'000'000;
  PROFFER_TRY(const recipes::Evaluation evaluation, measured(*recipe, input, request, progress, checkpoints));
  PROFFER_TRY(const auto model,
              recipe->train(input, request.configuration, progress, &checkpoints.training()));

  PROFFER_TRY(const auto writer, environment_.artifacts.create(job.id, job.attempt, request.groupUid));
  model->save(*writer);
  PROFFER_CHECK(writer->finish());
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the training was cancelled");

  Json result = Json::object();
  result["metrics"] = evaluation.metrics;
  result["testUsers"] = evaluation.testUsers;
  result["data"] = describeData(*snapshot, counts);
  result["items"] = model->items().size();
  if (Json report = model->report(); !report.empty()) result["training"] = std::move(report);
  result["artifact"] = writer->row().path;
  result["file"] = writer->row().id;
  result["artifactBytes"] = writer->size();
  result["trainingSeconds"] =
      std::chrono::duration<double>(checkpoints.spentBefore() + (environment_.clock.now() - began)).count();
  PROFFER_CHECK(environment_.store.files().publish(writer->row().id, writer->size(), writer->checksum(),
                                                   job.id, job.attempt, result));
  return JobEnd{.result = std::move(result), .recorded = true};
}

Result<TrainingRequest> recommenderRequest(const SolutionVersionSpec& version, const Group& group) {
  PROFFER_TRY(const RecommenderSpec spec, specFromJson<RecommenderSpec>(version.configuration));
  TrainingRequest request{group.name, group.uid, "", {}, {}};
  request.configuration.recipe = version.recipe;
  request.configuration.seed = static_cast<uint64_t>(spec.seed);
  request.configuration.excludedColumns = columnSets(spec.excludedColumns);
  if (version.recipe == kFallbackRecipe) {
    request.family = "popularity";
    return request;
  }
  const UseCase* useCase = findUseCase(version.recipe, group.domain);
  if (useCase == nullptr) useCase = findUseCase(spec.useCase, group.domain);
  if (useCase == nullptr) return fail(ErrorCode::kInvalidInput, "unknown use case \"{}\"", spec.useCase);
  request.family = useCase->family;
  request.configuration.events = eventRules(useCase->countedEvents, spec);
  request.configuration.counting = useCase->counting;
  request.automaticFilter = automaticFilter(*useCase, spec);
  return request;
}

Result<TrainingRequest> solutionRequest(const SolutionVersionSpec& version, const Group& group) {
  PROFFER_TRY(const SolutionSpec spec, specFromJson<SolutionSpec>(version.configuration));
  const recipes::RecipeInfo* info =
      recipes::findRecipe(version.recipe.empty() ? spec.recipe : version.recipe);
  if (info == nullptr) return fail(ErrorCode::kInvalidInput, "unknown recipe \"{}\"", spec.recipe);
  TrainingRequest request{group.name, group.uid, info->family, {}, {}};
  request.configuration.recipe = info->name;
  Json given = Json::object();
  for (const auto& [name, value] : spec.hyperparameters) given[name] = value;
  std::vector<Error> errors;
  PROFFER_TRY(request.configuration.hyperparameters,
              recipes::completeHyperparameters(*info, given, "spec.hyperparameters", errors));
  if (!errors.empty()) return fail(errors.front());
  request.configuration.events = eventRules(spec);
  request.configuration.excludedColumns = columnSets(spec.excludedColumns);
  request.configuration.seed = static_cast<uint64_t>(spec.seed);
  return request;
}

}  // namespace

Json toJson(const TrainingRequest& request) {
  const auto& configuration = request.configuration;
  Json json = Json::object();
  json["group"] = request.group;
  json["groupUid"] = request.groupUid;
  json["family"] = request.family;
  json["recipe"] = configuration.recipe;
  json["hyperparameters"] = configuration.hyperparameters;
  json["events"] = rulesToJson(configuration.events);
  json["counting"] = configuration.counting;
  json["orderColumn"] = configuration.orderColumn;
  json["excludedColumns"] = configuration.excludedColumns;
  json["seed"] = configuration.seed;
  json["automaticFilter"] = request.automaticFilter;
  return json;
}

Result<TrainingRequest> trainingRequestFromJson(const Json& json) {
  try {
    TrainingRequest request;
    request.group = stringMember(json, "group");
    request.groupUid = stringMember(json, "groupUid");
    request.family = stringMember(json, "family");
    auto& configuration = request.configuration;
    configuration.recipe = stringMember(json, "recipe");
    configuration.hyperparameters = member(json, "hyperparameters");
    configuration.events = rulesFromJson(member(json, "events"));
    configuration.counting = stringMember(json, "counting");
    configuration.orderColumn = stringMember(json, "orderColumn");
    configuration.excludedColumns =
        member(json, "excludedColumns").get<std::map<std::string, std::set<std::string>>>();
    configuration.seed = static_cast<uint64_t>(intMember(json, "seed", 1));
    request.automaticFilter = member(json, "automaticFilter").get<std::vector<std::string>>();
    return request;
  } catch (const std::exception& exception) {
    return fail(ErrorCode::kCorrupt, "cannot read the request of a training: {}", exception.what());
  }
}

std::string ownEventType(const RecommenderSpec& spec, const std::string& event) {
  const auto mapped = spec.eventTypes.find(event);
  return mapped == spec.eventTypes.end() ? event : mapped->second;
}

std::vector<recipes::EventRule> eventRules(const std::vector<std::string>& events,
                                           const RecommenderSpec& spec) {
  std::vector<recipes::EventRule> rules;
  for (const std::string& event : events) rules.push_back({ownEventType(spec, event), {}, 1});
  return rules;
}

std::vector<std::string> automaticFilter(const UseCase& useCase, const RecommenderSpec& spec) {
  std::vector<std::string> types;
  for (const std::string& event : useCase.automaticFilter) types.push_back(ownEventType(spec, event));
  return types;
}

std::vector<recipes::EventRule> eventRules(const SolutionSpec& spec) {
  std::vector<recipes::EventRule> rules;
  for (const auto& event : spec.events)
    rules.push_back({event.eventType, event.valueThreshold, event.weight});
  if (rules.empty() && (spec.eventType || spec.eventValueThreshold))
    rules.push_back({spec.eventType.value_or(""), spec.eventValueThreshold, 1});
  return rules;
}

Result<TrainingRequest> trainingRequest(const SolutionVersionSpec& version, const Group& group) {
  return version.recommender ? recommenderRequest(version, group) : solutionRequest(version, group);
}

std::unique_ptr<Executor> makeTrainExecutor(const Environment& environment) {
  return std::make_unique<TrainExecutor>(environment);
}

}  // namespace proffer::reconcile
