// DatasetExport: one run of the job "export". Its end is final.
#include "base/text.h"
#include "controller/reconcile/export_job.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/one_run.h"

namespace proffer::reconcile {

namespace {

class DatasetExportReconciler final : public OneRunReconciler {
 public:
  explicit DatasetExportReconciler(const Environment& environment)
      : OneRunReconciler(environment, {kExportJob, "Exporting", "ExportFailed", "the export"}) {}
  std::string_view kind() const override { return "DatasetExport"; }

 protected:
  Result<std::variant<Start, Blocked>> start(const Run& run) override {
    PROFFER_TRY(const DatasetExportSpec spec, specOf<DatasetExportSpec>(run.object));
    const ResourceKey key{"Dataset", run.object.metadata.group, spec.dataset};
    const Handle dataset = environment_.objects.get(key);
    if (!dataset || dataset->deleting())
      return Blocked{key.toString(), dataset ? "it is being deleted" : "it does not exist"};
    PROFFER_TRY(auto resolved, resolveDataset(environment_, *dataset));
    if (auto* blocked = std::get_if<Blocked>(&resolved)) return std::move(*blocked);
    const auto& found = std::get<ResolvedDataset>(resolved);
    const DatasetType type = found.definition.type;
    if (type == DatasetType::kActions || type == DatasetType::kActionInteractions)
      return fail(
          makeError(ErrorCode::kInvalidInput, "datasets of type {} are not exported", datasetTypeName(type))
              .in("spec.dataset"));
    const Handle group = environment_.objects.get({"DatasetGroup", "", found.group.name});
    ExportJob job;
    job.request.groupUid = found.group.uid;
    job.request.dataset = {found.definition.name, found.definition.uid, type, found.definition.fields};
    job.request.mode = spec.ingestionMode == "BULK"  ? data::ExportMode::kBulk
                       : spec.ingestionMode == "ALL" ? data::ExportMode::kAll
                                                     : data::ExportMode::kPut;
    job.output = spec.output;
    job.groupArn = group ? group->metadata.arn : found.group.name;
    job.datasetArn = dataset->metadata.arn;
    job.name = run.object.metadata.name;
    return Start{found.group.uid, inputOf(job)};
  }

  std::string finish(Run& run, const Json& result, Report& report) override {
    run.object.status["report"] = result;
    report.ready("Exported", "the rows are written; status.report says where");
    return fmt::format("{} rows to {}", withThousands(intMember(result, "rows")),
                       stringMember(result, "file"));
  }
};

}  // namespace

std::unique_ptr<Reconciler> makeDatasetExportReconciler(const Environment& environment) {
  return std::make_unique<DatasetExportReconciler>(environment);
}

}  // namespace proffer::reconcile
