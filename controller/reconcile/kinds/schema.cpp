// Schema: checked when it is written; Ready once it is known to be right.
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/kinds/kinds.h"
#include "manifests/domains.h"
#include "manifests/specs.h"

namespace proffer::reconcile {

namespace {

class SchemaReconciler final : public Reconciler {
 public:
  std::string_view kind() const override { return "Schema"; }
  bool needsCleanUp() const override { return false; }  // nothing but the row itself
  Result<bool> cleanUp(Run&, std::optional<Duration>&) override { return true; }

  Outcome reconcile(Run& run) override {
    Report report;
    if (const auto checked = check(run.object))
      report.ready(reason::kAvailable, "the schema can be used");
    else
      report.notReady(reason::kInvalidSpec, formatError(checked.error()));
    report.write(run.object, run.now);
    return Outcome::done();
  }

 private:
  static Result<void> check(const Resource& object) {
    PROFFER_TRY(const SchemaSpec spec, specOf<SchemaSpec>(object));
    std::vector<SchemaField> fields = spec.fields;
    if (spec.avro) {
      PROFFER_TRY(fields, fieldsFromAvro(*spec.avro));
    }
    // Which columns are required follows from the type of dataset; a schema that names none is checked where
    // it is used.
    if (!spec.type) return {};
    auto errors = checkSchema(spec.domain, *spec.type, fields, QuotaProfile::kGenerous);
    if (!errors.empty()) return fail(std::move(errors.front()));
    return {};
  }
};

}  // namespace

std::unique_ptr<Reconciler> makeSchemaReconciler() {
  return std::make_unique<SchemaReconciler>();
}

}  // namespace proffer::reconcile
