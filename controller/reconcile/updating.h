// Taking new items and events into the newest good version without training it again, as its schedule says
// (AU-1 to AU-7). No new version, no new metrics: the version gets another file.
//
// Any thread. Level-triggered like all else: when the last update began stands in the job, and in the version
// once the job's row was pruned.
#pragma once

#include "controller/reconcile/training.h"

namespace proffer::reconcile {

/// Of what an update brings in: interactions and items.
std::string updateFingerprint(const data::Snapshot& snapshot);

/// Queues the update that is due; called by keepTrained(). Writes status.schedules.update.
Result<void> keepUpdated(const Environment& environment, Run& run, const TrainingWish& wish,
                         const TrainingData& data, TrainingState& state);

}  // namespace proffer::reconcile
