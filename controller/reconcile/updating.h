// Taking new items and events into the newest good version without training it again, as its schedule says
// (AU-1 to AU-7). No new version, no new metrics: the version gets another file, and its status says what the
// update took in and changed. A version of mode UPDATE is not updated by itself (AU-5, TO-60).
//
// Any thread. Level-triggered like all else: when the last update began stands in the job, and in the version
// once the job's row was pruned.
#pragma once

#include "controller/reconcile/training.h"
#include "controller/store/jobs.h"

namespace proffer::reconcile {

inline constexpr size_t kUpdatesKept = 10;

/// Whether the version was made by taking new data into another one's model, rather than by training.
bool isUpdate(const Resource& version);

/// What a version says of the data that it was made of.
Json describeData(const data::Snapshot& snapshot, const recipes::DataCounts& counts);

/// Puts the update that a finished job has made before those in status.updates, of which the last few stay:
/// mode, job, began, finished, and what runUpdate() says. Saying it again changes nothing.
void noteUpdate(Json& status, const store::Job& job, std::string_view mode);

/// "took in 120 interactions and 3 new items; of 200 people 57 get another list ...".
std::string updateInWords(const Json& update);

/// Of what an update brings in: interactions and items.
std::string updateFingerprint(const data::Snapshot& snapshot);

/// Queues the update that is due; called by keepTrained(). Writes status.schedules.update.
Result<void> keepUpdated(const Environment& environment, Run& run, const TrainingWish& wish,
                         const TrainingData& data, TrainingState& state);

}  // namespace proffer::reconcile
