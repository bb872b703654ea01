// The job "update": takes what is new into a version's model and writes it as another file. The version's
// reconciler puts the file in place of the old one.
#pragma once

#include <memory>
#include <string>

#include "controller/reconcile/train_job.h"

namespace proffer::reconcile {

inline constexpr std::string_view kUpdateJob = "update";

struct UpdateRequest {
  TrainingRequest training;  ///< as the version was trained
  std::string artifact;      ///< the model to start from
};
Json toJson(const UpdateRequest& request);
Result<UpdateRequest> updateRequestFromJson(const Json& json);

std::unique_ptr<Executor> makeUpdateExecutor(const Environment& environment);

}  // namespace proffer::reconcile
