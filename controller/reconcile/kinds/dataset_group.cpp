// DatasetGroup: usable at once; shows how its members stand; takes everything it owns along when it goes.
#include <array>

#include "controller/reconcile/children.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/kinds/kinds.h"
#include "manifests/specs.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {

// Many members change at once; the figures may be this old.
constexpr Duration kFiguresDelay = 1s;

// In this order a group's members go: who uses something before what is used (control-plane 1.5).
const std::array<std::vector<std::string_view>, 6> kDeletionOrder{{
    {"Experiment", "Campaign", "Recommender", "BatchInferenceJob", "BatchSegmentJob", "MetricAttribution"},
    {"Solution"},
    {"SolutionVersion"},
    {"EventTracker", "Filter"},
    {"DatasetImport", "DatasetExport", "DataDeletion"},
    {"Dataset"},
}};

class DatasetGroupReconciler final : public Reconciler {
 public:
  explicit DatasetGroupReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "DatasetGroup"; }

  Outcome reconcile(Run& run) override {
    writeFigures(run.object);
    Report()
        .ready(reason::kAvailable, "datasets, recommenders and solutions can be added")
        .write(run.object, run.now);
    return Outcome::done();
  }

  std::vector<Waking> wokenBy(const Event& event) override {
    const Resource& member = event.any();
    if (member.metadata.group.empty()) return {};
    ResourceKey group{"DatasetGroup", "", member.metadata.group};
    const Handle owner = environment_.objects.get(group);
    // While it is being deleted each member that goes may be the one it waits for.
    return {
        {std::move(group), owner && owner->deleting() && !event.after ? Duration::zero() : kFiguresDelay}};
  }

  // Members look at what a group is, not at the figures that follow from themselves.
  bool concernsOthers(const Event& event) const override { return event.changesWhatItIs(); }

  Result<bool> cleanUp(Run& run, std::optional<Duration>& retry) override;

 private:
  void writeFigures(Resource& group) const;
  Result<bool> deleteMembers(Run& run) const;

  const Environment& environment_;
};

void DatasetGroupReconciler::writeFigures(Resource& group) const {
  std::map<std::string, std::pair<int64_t, int64_t>> counts;  // kind -> members, ready ones
  for (const Handle& member : environment_.objects.inGroup(group.metadata.name)) {
    auto& [all, ready] = counts[member->kind];
    ++all;
    ready += isReady(*member);
  }
  Json members = Json::object();
  for (const auto& [kind, count] : counts)
    members[kind] = Json{{"total", count.first}, {"ready", count.second}};
  group.status["members"] = std::move(members);
}

// One step of the order at a time. True once no member is left.
Result<bool> DatasetGroupReconciler::deleteMembers(Run& run) const {
  const std::string& name = run.object.metadata.name;
  PROFFER_TRY(
      const store::ResourceList list,
      environment_.store.resources().list({.kind = "", .group = name, .labels = {}, .managedBy = {}}));
  for (const auto& kinds : kDeletionOrder) {
    std::vector<std::string> left;
    for (const Resource& member : list.items) {
      if (std::find(kinds.begin(), kinds.end(), member.kind) == kinds.end()) continue;
      if (!member.deleting()) PROFFER_CHECK(environment_.objects.remove(member.key()));
      left.push_back(member.key().toString());
    }
    if (left.empty()) continue;
    Report()
        .notReady(reason::kTerminating, "being deleted")
        .waitingFor(left.front(), "it is being deleted")
        .write(run.object, run.now);
    return false;
  }
  return list.items.empty();
}

Result<bool> DatasetGroupReconciler::cleanUp(Run& run, std::optional<Duration>& retry) {
  PROFFER_TRY(const bool empty, deleteMembers(run));
  if (!empty) {
    retry = kFiguresDelay;
    return false;
  }
  const std::string& uid = run.object.metadata.uid;
  PROFFER_CHECK(environment_.store.routes().removeGroup(uid));
  PROFFER_CHECK(environment_.data.dropGroup(uid));
  PROFFER_CHECK(environment_.store.files().doomGroup(uid));
  if (environment_.collectSoon) environment_.collectSoon();
  environment_.journal(run.key, store::JournalLevel::kNormal, "Deleted",
                       "the group's data and files are gone");
  return true;
}

}  // namespace

std::unique_ptr<Reconciler> makeDatasetGroupReconciler(const Environment& environment) {
  return std::make_unique<DatasetGroupReconciler>(environment);
}

}  // namespace proffer::reconcile
