// The job "compact" of a dataset: drops interactions that are older than it retains, and makes one segment of
// many small ones.
#pragma once

#include <memory>
#include <optional>

#include "controller/reconcile/environment.h"
#include "controller/reconcile/runner.h"

namespace proffer::reconcile {

inline constexpr std::string_view kCompactJob = "compact";

struct CompactRequest {
  std::string groupUid;
  std::string datasetUid;
  std::optional<Duration> retain;
};
Json inputOf(const CompactRequest& request);

/// When compaction has something to do: at once for too many segments; for `retain` once the oldest row is
/// late by a tenth of it (at least an hour, at most a day), so that it is not rewritten every second.
std::optional<Time> compactionDue(const data::DatasetFigures& figures, std::optional<Duration> retain,
                                  Time now);

std::unique_ptr<Executor> makeCompactExecutor(const Environment& environment);

}  // namespace proffer::reconcile
