// Kinds whose specs are read, checked and kept, but that nothing acts on yet.
#include <map>

#include "controller/reconcile/conditions.h"
#include "controller/reconcile/kinds/kinds.h"

namespace proffer::reconcile {

namespace {

const std::map<std::string, std::string_view, std::less<>> kMissing{
    {"Experiment", "requests cannot be split between arms yet"},
    {"BatchInferenceJob", "batch inference is not there yet"},
    {"BatchSegmentJob", "batch segmentation is not there yet"},
    {"MetricAttribution", "metrics of events are not there yet"},
    {"GitSource", "Git repositories are not followed yet; serve --manifests follows a directory"},
};

class NotImplementedReconciler final : public Reconciler {
 public:
  explicit NotImplementedReconciler(std::string kind) : kind_(std::move(kind)) {}
  std::string_view kind() const override { return kind_; }
  bool needsCleanUp() const override { return false; }
  Result<bool> cleanUp(Run&, std::optional<Duration>&) override { return true; }

  Outcome reconcile(Run& run) override {
    const auto missing = kMissing.find(kind_);
    const std::string_view what = missing == kMissing.end() ? "nothing acts on it yet" : missing->second;
    Report()
        .notReady(reason::kNotImplemented, fmt::format("{} is not implemented: {}", kind_, what))
        .write(run.object, run.now);
    return Outcome::done();
  }

 private:
  const std::string kind_;
};

}  // namespace

std::unique_ptr<Reconciler> makeNotImplementedReconciler(std::string kind) {
  return std::make_unique<NotImplementedReconciler>(std::move(kind));
}

}  // namespace proffer::reconcile
