// Filter: holds the expression against the schemas of its group, whenever one of the two changes, and tells
// serving.
//
// A filter that fits is Ready. One that does not is not: requests that name it are refused, as there is
// nothing that it could mean. If it fitted before its group's schemas changed, Degraded says so too.
#include "base/error_json.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/kinds/kinds.h"
#include "dsl/check.h"
#include "dsl/parse.h"
#include "dsl/print.h"

namespace proffer::reconcile {

namespace {

// "line 1, column 31: there is no field ...", and how many more there are.
std::string firstInWords(const std::vector<Error>& errors) {
  Error error = errors.front();
  std::string text;
  if (error.position.known())
    text = fmt::format("line {}, column {}: ", error.position.line, error.position.column);
  error.position = {};
  text += formatError(error);
  if (errors.size() > 1) text += fmt::format(" (and {} more)", errors.size() - 1);
  return text;
}

// Whether this same expression was usable, so that only the group can have changed.
bool fittedBefore(const Resource& object) {
  if (observedGeneration(object) != object.metadata.generation) return false;
  return wasReady(object) || findCondition(object, kDegraded);
}

class FilterReconciler final : public Reconciler {
 public:
  explicit FilterReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "Filter"; }

  Outcome reconcile(Run& run) override {
    const auto before = findCondition(run.object, kReady);
    Report report;
    const Result<void> done = advance(run, report);
    if (!done) return outcomeOf(done.error());
    report.write(run.object, run.now);
    record(run, before);
    return Outcome::done();
  }

  Result<bool> cleanUp(Run& run, std::optional<Duration>&) override {
    PROFFER_CHECK(publish(run));
    return true;
  }

  // Its group's datasets, and the schemas that they name.
  std::vector<Waking> wokenBy(const Event& event) override {
    std::vector<Waking> waking;
    const Resource& changed = event.any();
    if (changed.kind != "Dataset" && changed.kind != "Schema") return waking;
    if (event.before && event.after && !readsOtherwise(*event.before, *event.after)) return waking;
    std::set<std::string> groups;
    if (changed.kind == "Dataset") groups.insert(changed.metadata.group);
    if (changed.kind == "Schema")
      for (const ResourceKey& dataset : environment_.objects.referrers(changed.key()))
        groups.insert(dataset.group);
    for (const std::string& group : groups)
      for (const Handle& filter : environment_.objects.ofKind("Filter", group))
        waking.push_back({filter->key()});
    return waking;
  }

 private:
  // Imports do not matter, and a schema that is not right yet has no columns.
  static bool readsOtherwise(const Resource& before, const Resource& after) {
    return before.metadata.generation != after.metadata.generation || before.deleting() != after.deleting() ||
           (after.kind == "Schema" && wasReady(before) != wasReady(after));
  }

  Result<void> advance(Run& run, Report& report) {
    PROFFER_TRY(const FilterSpec spec, specOf<FilterSpec>(run.object));
    PROFFER_TRY(const auto group, findGroup(environment_, run.object.metadata.group));
    if (const auto* blocked = std::get_if<Blocked>(&group)) {
      report.waitingFor(blocked->blocker, blocked->why);
      return {};
    }
    PROFFER_CHECK(check(run, spec, std::get<Group>(group), report));
    return publish(run);
  }

  Result<void> check(Run& run, const FilterSpec& spec, const Group& group, Report& report) {
    const auto dialect = dialectFromName(spec.dialect).value_or(dsl::Dialect::kExtended);
    for (const char* name : {"canonical", "uses", "errors"}) run.object.status.erase(name);
    auto parsed = dsl::parse(spec.expression, dialect);
    if (!parsed.errors.empty() || !parsed.filter) return refuse(run, parsed.errors, report);
    run.object.status["canonical"] = dsl::print(*parsed.filter);
    PROFFER_TRY(const GroupFields known, groupFields(environment_, group.name));
    for (const DatasetType type : datasetsOf(*parsed.filter)) {
      const auto missing = known.missing.find(type);
      if (missing == known.missing.end()) continue;
      report.waitingFor(missing->second.blocker, missing->second.why);
      if (fittedBefore(run.object))
        report.degraded(reason::kSchemaChanged,
                        fmt::format("it reads {}, which is gone", missing->second.blocker));
      return {};
    }
    const auto errors = dsl::check(*parsed.filter, spec.expression, known.fields,
                                   {dialect, mostFilterFields(dialect, group.quotas)});
    if (!errors.empty()) return refuse(run, errors, report);
    run.object.status["uses"] = proffer::toJson(dsl::usesOf(*parsed.filter));
    report.ready(reason::kAvailable, "the filter can be used");
    return {};
  }

  Result<void> refuse(Run& run, const std::vector<Error>& errors, Report& report) {
    if (errors.empty()) return fail(ErrorCode::kInternal, "an expression gave neither a filter nor an error");
    const std::string message = firstInWords(errors);
    if (fittedBefore(run.object))
      report.degraded(reason::kSchemaChanged, fmt::format("the group's schemas have changed: {}", message));
    report.notReady(reason::kInvalidSpec, message);
    Json list = Json::array();
    for (const Error& error : errors) list.push_back(toJson(error));
    run.object.status["errors"] = std::move(list);
    return {};
  }

  // What became of an expression, once: of each generation, and whenever the group's schemas change it.
  void record(const Run& run, const std::optional<Condition>& before) const {
    const auto now = findCondition(run.object, kReady);
    if (!now || now->reason == reason::kWaiting) return;
    if (before && before->status == now->status && before->message == now->message &&
        before->observedGeneration == now->observedGeneration)
      return;
    if (now->status == ConditionStatus::kTrue)
      environment_.journal(run.key, store::JournalLevel::kNormal, "Compiled",
                           stringMember(run.object.status, "canonical"));
    else
      environment_.journal(run.key, store::JournalLevel::kWarning, "Refused", now->message);
  }

  Result<void> publish(const Run& run) {
    PROFFER_TRY(const auto group, findGroup(environment_, run.object.metadata.group));
    if (std::holds_alternative<Blocked>(group)) return {};  // it takes everything along
    return publishCatalogue(environment_, std::get<Group>(group));
  }

  const Environment& environment_;
};

}  // namespace

std::unique_ptr<Reconciler> makeFilterReconciler(const Environment& environment) {
  return std::make_unique<FilterReconciler>(environment);
}

}  // namespace proffer::reconcile
