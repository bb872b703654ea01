#include "controller/reconcile/update_job.h"

#include "controller/reconcile/updating.h"

namespace proffer::reconcile {

namespace {

class UpdateExecutor final : public Executor {
 public:
  explicit UpdateExecutor(const Environment& environment) : environment_(environment) {}
  std::string_view type() const override { return kUpdateJob; }

  Result<JobEnd> run(const store::Job& job, Progress& progress) override {
    PROFFER_TRY(UpdateRequest request, updateRequestFromJson(job.input));
    request.training.configuration.asOf = toMicros(environment_.clock.now()) / 1'000'000;
    PROFFER_TRY(const recipes::Recipe* recipe, environment_.recipeOf(request.training.family));
    PROFFER_TRY(const auto sections, environment_.artifacts.open(request.artifact));
    PROFFER_TRY(const auto trained, recipe->open(*sections));
    if (data::LiveData* live = environment_.data.live())
      PROFFER_CHECK(live->fold(request.training.groupUid, progress));
    PROFFER_TRY(const auto snapshot, environment_.data.snapshot(request.training.groupUid));
    PROFFER_CHECK(snapshot->verify());
    const recipes::TrainingInput input{&snapshot->interactions(), snapshot->items(), snapshot->users()};
    PROFFER_TRY(const auto model, recipe->update(*trained, input, request.training.configuration, progress));
    PROFFER_TRY(const auto writer,
                environment_.artifacts.create(job.id, job.attempt, request.training.groupUid));
    model->save(*writer);
    PROFFER_CHECK(writer->finish());
    if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the update was cancelled");
    Json result = Json::object();
    result["data"] = updateFingerprint(*snapshot);
    result["items"] = model->items().size();
    result["artifact"] = writer->row().path;
    result["file"] = writer->row().id;
    result["artifactBytes"] = writer->size();
    PROFFER_CHECK(environment_.store.files().publish(writer->row().id, writer->size(), writer->checksum(),
                                                     job.id, job.attempt, result));
    return JobEnd{.result = std::move(result), .recorded = true};
  }

 private:
  const Environment& environment_;
};

}  // namespace

Json toJson(const UpdateRequest& request) {
  return {{"training", toJson(request.training)}, {"artifact", request.artifact}};
}

Result<UpdateRequest> updateRequestFromJson(const Json& json) {
  UpdateRequest request;
  PROFFER_TRY(request.training, trainingRequestFromJson(member(json, "training")));
  request.artifact = stringMember(json, "artifact");
  return request;
}

std::unique_ptr<Executor> makeUpdateExecutor(const Environment& environment) {
  return std::make_unique<UpdateExecutor>(environment);
}

}  // namespace proffer::reconcile
