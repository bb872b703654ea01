#include "controller/reconcile/import_job.h"

#include "manifests/domains.h"

namespace proffer::reconcile {

namespace {

constexpr int kReportTries = 5;

class ImportExecutor final : public Executor {
 public:
  explicit ImportExecutor(const Environment& environment) : environment_(environment) {}
  std::string_view type() const override { return "import"; }

  Result<JobEnd> run(const store::Job& job, Progress& progress) override {
    PROFFER_TRY(const ImportRequest request, importRequestFromJson(job.input));
    data::ImportReport report;
    const auto imported = environment_.data.importDataset(
        request.groupUid, request.definition, environment_.roots, job.id, job.attempt, progress, report);
    if (imported) return JobEnd{.result = data::toJson(report)};
    if (imported.error().code != ErrorCode::kCancelled) PROFFER_CHECK(keepReport(job, report));
    return fail(imported.error());
  }

 private:
  // A failed job has no result, but its report says which rows are wrong: it goes to the status before the
  // job ends. If it cannot be kept the attempt fails for that reason, and is made again.
  Result<void> keepReport(const store::Job& job, const data::ImportReport& report) {
    for (int attempt = 0; attempt < kReportTries; ++attempt) {
      auto object = environment_.store.resources().get(job.owner);
      if (!object && object.error().code != ErrorCode::kNotFound) return fail(object.error());
      if (!object || object->metadata.uid != job.ownerUid) return {};
      object->status["report"] = data::toJson(report);
      const auto written = environment_.objects.updateStatus(*object);
      if (written || written.error().code == ErrorCode::kNotFound) return {};
      if (written.error().code != ErrorCode::kConflict) return fail(written.error());
    }
    return fail(ErrorCode::kConflict, "{} changes too often to keep the report of its import",
                job.owner.toString());
  }

  const Environment& environment_;
};

}  // namespace

Json importRequestJson(const ImportRequest& request, const Json& spec) {
  const auto& definition = request.definition;
  Json json = Json::object();
  json["group"] = request.group;
  json["groupUid"] = request.groupUid;
  json["name"] = definition.name;
  json["uid"] = definition.uid;
  json["minimumRows"] = definition.minimumRows;
  if (definition.ownRun) json["ownRun"] = true;
  json["schema"] = avroFromFields(definition.type, definition.fields);
  json["spec"] = spec;
  return json;
}

Result<ImportRequest> importRequestFromJson(const Json& json) {
  ImportRequest request;
  request.group = stringMember(json, "group");
  request.groupUid = stringMember(json, "groupUid");
  auto& definition = request.definition;
  PROFFER_TRY(const DatasetSpec spec, specFromJson<DatasetSpec>(member(json, "spec")));
  PROFFER_TRY(definition.fields, fieldsFromAvro(stringMember(json, "schema")));
  definition.name = stringMember(json, "name");
  definition.uid = stringMember(json, "uid");
  definition.minimumRows = intMember(json, "minimumRows");
  definition.ownRun = boolMember(json, "ownRun");
  definition.type = spec.type;
  definition.sources = spec.sources;
  definition.orderColumn = spec.orderColumn;
  definition.maxBadRows = spec.maxBadRows;
  definition.retain = spec.retain;
  return request;
}

std::unique_ptr<Executor> makeImportExecutor(const Environment& environment) {
  return std::make_unique<ImportExecutor>(environment);
}

}  // namespace proffer::reconcile
