// The job "update": takes what is new into a version's model and writes it as another file, which the
// version's reconciler puts in place of the old one. A version of mode UPDATE does the same work in its job
// "train", and gets the file for itself.
#pragma once

#include <memory>
#include <string>

#include "controller/reconcile/train_job.h"

namespace proffer::reconcile {

inline constexpr std::string_view kUpdateJob = "update";
/// The member of a job's input that a version of mode UPDATE has: the job "train" does not train then.
inline constexpr const char* kUpdateOf = "updateOf";

struct UpdateRequest {
  TrainingRequest training;  ///< as the version was trained
  std::string version;       ///< whose model is updated
  std::string artifact;      ///< that model
  std::string since;         ///< when it took in data last, as status writes it
  int64_t interactions = 0;  ///< that it was made of
};
Json toJson(const UpdateRequest& request);
Result<UpdateRequest> updateRequestFromJson(const Json& json);

/// Of a trained version as it stands.
Result<UpdateRequest> updateRequest(const Environment& environment, const Resource& version,
                                    const Group& group);

/// Writes the updated model, and ends the job with
///   data    updateFingerprint() of an automatic update; all of describeData() for a version of mode UPDATE
///   update  what it took in (since, interactions, newInteractions, items, newItems), and under `sample` how
///           many of a fixed sample's 25 best it changed
///   items, artifact, file, artifactBytes
Result<JobEnd> runUpdate(const Environment& environment, const store::Job& job, Progress& progress);

std::unique_ptr<Executor> makeUpdateExecutor(const Environment& environment);

}  // namespace proffer::reconcile
