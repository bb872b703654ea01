// How reconcilers say where an object stands: one Report per run, written as conditions at its end.
//
// A Report belongs to one thread. Rules (Kubernetes API conventions, and what users complained about): Ready
// and Progressing are always there; Degraded and WaitingFor only while they are true. Reasons are stable
// words from the list below. Messages are for users: they name the object that blocks and what to do, and
// hold neither times nor figures that move by themselves, so that nothing flaps.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "manifests/resource.h"

namespace proffer::reconcile {

namespace reason {
inline constexpr std::string_view kAvailable = "Available";  // Ready: usable
inline constexpr std::string_view kWaiting = "Waiting";      // not Ready: another object blocks
inline constexpr std::string_view kNotImplemented =
    "NotImplemented";  // not Ready: part of the model, not built yet
inline constexpr std::string_view kInvalidSpec = "InvalidSpec";  // not Ready: the user must change the spec
inline constexpr std::string_view kSchemaChanged =
    "SchemaChanged";  // Degraded: a filter that fitted the schemas of its group and no longer does
inline constexpr std::string_view kNoSources = "NoSources";  // Ready: a dataset that no file feeds
inline constexpr std::string_view kImported = "Imported";
inline constexpr std::string_view kImporting = "Importing";
inline constexpr std::string_view kImportFailed = "ImportFailed";
inline constexpr std::string_view kSourceUnavailable = "SourceUnavailable";
inline constexpr std::string_view kTooLittleData = "TooLittleData";
inline constexpr std::string_view kTraining = "Training";
inline constexpr std::string_view kTrained = "Trained";
inline constexpr std::string_view kTrainingFailed = "TrainingFailed";
inline constexpr std::string_view kQueued = "Queued";  // Progressing: another job comes first
inline constexpr std::string_view kUpdating = "Updating";
inline constexpr std::string_view kUpdateFailed = "UpdateFailed";
inline constexpr std::string_view kPartialData = "PartialData";  // trained without a dataset that is broken
inline constexpr std::string_view kCompactionFailed = "CompactionFailed";
inline constexpr std::string_view kNotTrained = "NotTrained";
inline constexpr std::string_view kCancelled = "Cancelled";
inline constexpr std::string_view kLoading = "Loading";
inline constexpr std::string_view kLoadFailed = "LoadFailed";
inline constexpr std::string_view kServing = "Serving";
inline constexpr std::string_view kServingFallback = "ServingFallback";
inline constexpr std::string_view kGateNotPassed = "GateNotPassed";
inline constexpr std::string_view kStopped = "Stopped";
inline constexpr std::string_view kTerminating = "Terminating";
inline constexpr std::string_view kRetrying = "Retrying";
}  // namespace reason

class Report {
 public:
  Report& ready(std::string_view why, std::string message);
  Report& notReady(std::string_view why, std::string message);
  /// Ready as it was; False with this if it was not True for whatever generation. For work that replaces
  /// something usable.
  Report& keepReady(const Resource& object, std::string_view why, std::string message);
  Report& progressing(std::string_view why, std::string message);
  Report& degraded(std::string_view why, std::string message);
  /// Not Ready, waiting: "waiting for Dataset/shop/items: <why>".
  Report& waitingFor(const std::string& blocker, const std::string& why);

  bool isReady() const { return ready_ == ConditionStatus::kTrue; }
  void write(Resource& object, Time now) const;

 private:
  struct Words {
    std::string reason, message;
  };
  ConditionStatus ready_ = ConditionStatus::kFalse;
  Words readyWords_;
  std::optional<Words> progressing_, degraded_, waiting_;
};

/// Whether the object's Ready condition is True, for whatever generation.
bool wasReady(const Resource& object);
/// The message of its Ready condition; "it was not looked at yet" before the first run.
std::string whyNotReady(const Resource& object);

/// What a run that failed writes: Degraded if the object stays usable, else not Ready.
void describeFailure(Resource& object, const Error& error, bool willRetry, Time now);

}  // namespace proffer::reconcile
