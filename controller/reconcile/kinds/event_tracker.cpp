// EventTracker: says under which tracking id events come in, once there is a dataset for them.
//
// It holds nothing: the id follows from the object, and what was put stays with the dataset when the tracker
// goes.
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/datasets.h"
#include "controller/reconcile/kinds/kinds.h"
#include "manifests/tracking.h"

namespace proffer::reconcile {

namespace {

class EventTrackerReconciler final : public Reconciler {
 public:
  explicit EventTrackerReconciler(const Environment& environment) : environment_(environment) {}
  std::string_view kind() const override { return "EventTracker"; }
  bool needsCleanUp() const override { return false; }
  Result<bool> cleanUp(Run&, std::optional<Duration>&) override { return true; }

  Outcome reconcile(Run& run) override {
    run.object.status["trackingId"] = trackingIdOf(run.object);
    Report report;
    const auto group = findGroup(environment_, run.object.metadata.group);
    if (!group) return outcomeOf(group.error());
    const Handle dataset = datasetOfType(environment_, run.object.metadata.group, DatasetType::kInteractions);
    if (const auto* blocked = std::get_if<Blocked>(&*group))
      report.waitingFor(blocked->blocker, blocked->why);
    else if (!dataset)
      report.waitingFor("a Dataset of type INTERACTIONS", "events need one, which may be empty");
    else
      report.ready(reason::kAvailable, "events are taken in under the tracking id in status");
    report.write(run.object, run.now);
    return Outcome::done();
  }

  // The dataset that it waits for is named by nobody.
  std::vector<Waking> wokenBy(const Event& event) override {
    std::vector<Waking> waking;
    const bool comesOrGoes =
        !event.before || !event.after || event.before->deleting() != event.after->deleting();
    if (event.any().kind != "Dataset" || !comesOrGoes) return waking;
    for (const Handle& tracker : environment_.objects.ofKind("EventTracker", event.any().metadata.group))
      waking.push_back({tracker->key()});
    return waking;
  }

 private:
  const Environment& environment_;
};

}  // namespace

std::unique_ptr<Reconciler> makeEventTrackerReconciler(const Environment& environment) {
  return std::make_unique<EventTrackerReconciler>(environment);
}

}  // namespace proffer::reconcile
