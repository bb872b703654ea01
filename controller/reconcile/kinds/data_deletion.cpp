// DataDeletion: one run of the job "delete-users". Its end is final.
#include "base/text.h"
#include "controller/reconcile/deletion_job.h"
#include "controller/reconcile/kinds/kinds.h"
#include "controller/reconcile/one_run.h"

namespace proffer::reconcile {

namespace {

class DataDeletionReconciler final : public OneRunReconciler {
 public:
  explicit DataDeletionReconciler(const Environment& environment)
      : OneRunReconciler(environment, {kDeletionJob, "Deleting", "DeletionFailed", "the deletion"}) {}
  std::string_view kind() const override { return "DataDeletion"; }

 protected:
  Result<std::variant<Start, Blocked>> start(const Run& run) override {
    PROFFER_TRY(const DataDeletionSpec spec, specOf<DataDeletionSpec>(run.object));
    PROFFER_TRY(auto group, findGroup(environment_, run.object.metadata.group));
    if (auto* blocked = std::get_if<Blocked>(&group)) return std::move(*blocked);
    const std::string& uid = std::get<Group>(group).uid;
    return Start{uid, {{"groupUid", uid}, {"users", spec.users}, {"csv", spec.csv.value_or("")}}};
  }

  std::string finish(Run& run, const Json& result, Report& report) override {
    run.object.status["report"] = result;
    run.object.status["numDeleted"] = intMember(result, "numDeleted");
    const std::string erasedBy = stringMember(result, "erasedBy");
    run.object.status["erasedBy"] = erasedBy;
    report.ready("Deleted", fmt::format("nothing of the users is in any answer; by {} it is out of all files",
                                        erasedBy));
    return fmt::format("{} of {} users had data", withThousands(intMember(result, "numDeleted")),
                       withThousands(intMember(result, "named")));
  }
};

}  // namespace

std::unique_ptr<Reconciler> makeDataDeletionReconciler(const Environment& environment) {
  return std::make_unique<DataDeletionReconciler>(environment);
}

}  // namespace proffer::reconcile
