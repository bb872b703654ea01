// The job "delete-users": forgets users, whose files are rewritten later.
#pragma once

#include <memory>

#include "controller/reconcile/environment.h"
#include "controller/reconcile/runner.h"

namespace proffer::reconcile {

inline constexpr std::string_view kDeletionJob = "delete-users";

std::unique_ptr<Executor> makeDeletionExecutor(const Environment& environment);

}  // namespace proffer::reconcile
