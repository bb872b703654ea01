#include "controller/reconcile/update_job.h"

#include <cmath>

#include "base/log.h"
#include "controller/reconcile/change_sample.h"
#include "controller/reconcile/updating.h"
#include "recipes/evaluation.h"

namespace proffer::reconcile {

namespace {

class UpdateExecutor final : public Executor {
 public:
  explicit UpdateExecutor(const Environment& environment) : environment_(environment) {}
  std::string_view type() const override { return kUpdateJob; }
  Result<JobEnd> run(const store::Job& job, Progress& progress) override {
    return runUpdate(environment_, job, progress);
  }

 private:
  const Environment& environment_;
};

int64_t newItemsOf(const recipes::Model& before, const recipes::Model& after) {
  int64_t count = 0;
  for (recipes::Index item = 0; item < after.items().size(); ++item)
    count += before.items().fromGroup(after.items().groupIndex(item)) == recipes::kNoIndex;
  return count;
}

Json toJson(const AnswerChange& change) {
  const double mean =
      change.people > 0 ? static_cast<double>(change.others) / static_cast<double>(change.people) : 0;
  return {{"people", change.people},
          {"changedLists", change.changed},
          {"otherItemsPerList", std::round(mean * 100) / 100},
          {"places", change.places},
          {"newItemPlaces", change.newItems}};
}

Json recordOf(const UpdateRequest& request, const recipes::Model& before, const recipes::Model& after,
              const recipes::Interactions& interactions, int64_t counted, Progress& progress) {
  Json record = Json::object();
  record["since"] = request.since;
  record["interactions"] = counted;
  record["newInteractions"] = std::max<int64_t>(0, counted - request.interactions);
  record["items"] = after.items().size();
  record["newItems"] = newItemsOf(before, after);
  const auto& configuration = request.training.configuration;
  const auto change = compareAnswers(before, after, interactions, request.training.automaticFilter,
                                     configuration.seed, progress);
  if (change)
    record["sample"] = toJson(*change);
  else  // the update is worth more than the figures about it
    logLine(LogLevel::kWarning, "jobs", change.error().wrap("compare answers before and after").message);
  return record;
}

// By the time the job runs, the version may have been updated by another one, and its file be another.
std::string artifactNow(const Environment& environment, const UpdateRequest& request) {
  const Handle version =
      environment.objects.get({"SolutionVersion", request.training.group, request.version});
  const std::string now = version ? stringMember(version->status, "artifact") : "";
  return now.empty() ? request.artifact : now;
}

}  // namespace

Json toJson(const UpdateRequest& request) {
  return {{"training", toJson(request.training)},
          {"version", request.version},
          {"artifact", request.artifact},
          {"since", request.since},
          {"interactions", request.interactions}};
}

Result<UpdateRequest> updateRequestFromJson(const Json& json) {
  UpdateRequest request;
  PROFFER_TRY(request.training, trainingRequestFromJson(member(json, "training")));
  request.version = stringMember(json, "version");
  request.artifact = stringMember(json, "artifact");
  request.since = stringMember(json, "since");
  request.interactions = intMember(json, "interactions");
  return request;
}

Result<UpdateRequest> updateRequest(const Environment& environment, const Resource& version,
                                    const Group& group) {
  PROFFER_TRY(SolutionVersionSpec spec, specOf<SolutionVersionSpec>(version));
  // What a user made names them in its status only.
  if (!spec.configuration.is_object() || spec.configuration.empty())
    spec.configuration = member(version.status, "configuration");
  if (spec.recipe.empty()) spec.recipe = stringMember(version.status, "recipe");
  UpdateRequest request;
  PROFFER_TRY(request.training, trainingRequest(spec, group));
  PROFFER_TRY(request.training.configuration.orderColumn, orderColumnOf(environment, group.name));
  request.version = version.metadata.name;
  request.artifact = stringMember(version.status, "artifact");
  const Json& updates = member(version.status, "updates");
  const Json newest = updates.is_array() && !updates.empty() ? updates.front() : Json::object();
  request.since = stringMember(newest, "began", stringMember(member(version.status, "update"), "began"));
  if (request.since.empty()) request.since = stringMember(member(version.status, "run"), "started");
  request.interactions =
      intMember(newest, "interactions", intMember(member(version.status, "data"), "interactions"));
  return request;
}

Result<JobEnd> runUpdate(const Environment& environment, const store::Job& job, Progress& progress) {
  const bool ofItsOwn = job.input.contains(kUpdateOf);
  PROFFER_TRY(UpdateRequest request,
              updateRequestFromJson(ofItsOwn ? member(job.input, kUpdateOf) : job.input));
  const Time began = environment.clock.now();
  auto& configuration = request.training.configuration;
  configuration.asOf = toMicros(began) / 1'000'000;
  PROFFER_TRY(const recipes::Recipe* recipe, environment.recipeOf(request.training.family));
  PROFFER_TRY(const auto sections, environment.artifacts.open(artifactNow(environment, request)));
  PROFFER_TRY(const auto trained, recipe->open(*sections));
  if (data::LiveData* live = environment.data.live())
    PROFFER_CHECK(live->fold(request.training.groupUid, progress));
  PROFFER_TRY(const auto snapshot, environment.data.snapshot(request.training.groupUid));
  PROFFER_CHECK(snapshot->verify());
  const recipes::TrainingInput input{&snapshot->interactions(), snapshot->items(), snapshot->users()};
  PROFFER_TRY(const auto model, recipe->update(*trained, input, configuration, progress));
  const auto counts = recipes::countData(snapshot->interactions(), configuration.events);
  PROFFER_TRY(const auto writer,
              environment.artifacts.create(job.id, job.attempt, request.training.groupUid));
  model->save(*writer);
  PROFFER_CHECK(writer->finish());
  Json result = Json::object();
  if (ofItsOwn) {
    result["data"] = describeData(*snapshot, counts);
    if (Json report = model->report(); !report.empty()) result["training"] = std::move(report);
  } else {
    result["data"] = updateFingerprint(*snapshot);
  }
  result["update"] =
      recordOf(request, *trained, *model, snapshot->interactions(), counts.interactions, progress);
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the update was cancelled");
  result["items"] = model->items().size();
  result["artifact"] = writer->row().path;
  result["file"] = writer->row().id;
  result["artifactBytes"] = writer->size();
  if (ofItsOwn)
    result["trainingSeconds"] = std::chrono::duration<double>(environment.clock.now() - began).count();
  PROFFER_CHECK(environment.store.files().publish(writer->row().id, writer->size(), writer->checksum(),
                                                  job.id, job.attempt, result));
  return JobEnd{.result = std::move(result), .recorded = true};
}

std::unique_ptr<Executor> makeUpdateExecutor(const Environment& environment) {
  return std::make_unique<UpdateExecutor>(environment);
}

}  // namespace proffer::reconcile
