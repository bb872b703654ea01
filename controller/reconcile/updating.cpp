#include "controller/reconcile/updating.h"

#include "base/hash.h"
#include "controller/reconcile/job_places.h"
#include "controller/reconcile/rhythm.h"
#include "controller/reconcile/train_job.h"
#include "controller/reconcile/update_job.h"

namespace proffer::reconcile {

namespace {

// What the version's file has taken in: by its last update, or by its training.
std::string takenIn(const Resource& version) {
  const std::string updated = stringMember(member(version.status, "update"), "data");
  return updated.empty() ? stringMember(member(version.status, "data"), "updateFingerprint") : updated;
}

// When the version was last trained or updated; `job`: the newest update, if its row is still there.
Time lastRun(const Resource& version, const std::optional<store::Job>& job) {
  Time last = version.metadata.creationTimestamp;
  if (const auto began = parseTime(stringMember(member(version.status, "update"), "began")))
    last = std::max(last, *began);
  return job ? std::max(last, job->created) : last;
}

// Only what answers requests is worth an update (AU-4, AU-5): a recommender's version always does.
bool deployed(const Environment& environment, const Resource& owner, const Resource& version) {
  if (owner.kind != "Solution") return true;
  for (const Handle& campaign : environment.objects.ofKind("Campaign", owner.metadata.group))
    if (stringMember(campaign->status, "version") == version.metadata.name) return true;
  return false;
}

Result<void> enqueueUpdate(const Environment& environment, const Run& run, const Resource& version,
                           const TrainingData& data) {
  PROFFER_TRY(const auto group, findGroup(environment, run.object.metadata.group));
  if (!std::holds_alternative<Group>(group)) return {};
  PROFFER_TRY(const UpdateRequest request, updateRequest(environment, version, std::get<Group>(group)));
  store::Job job;
  job.type = kUpdateJob;
  job.owner = version.key();
  job.ownerUid = version.metadata.uid;
  job.groupUid = request.training.groupUid;
  job.input = toJson(request);
  PROFFER_TRY(const auto* recipe, environment.recipeOf(request.training.family));
  const auto& rows = data.snapshot->interactions();
  job.input[std::string(kJobMemory)] =
      recipe->memoryNeeded(rows.rowCount(), rows.userCount(), rows.itemCount());
  PROFFER_TRY([[maybe_unused]] const store::Job queued, environment.store.jobs().enqueue(std::move(job)));
  return {};
}

}  // namespace

std::string updateFingerprint(const data::Snapshot& snapshot) {
  return hashHex(hash64(snapshot.interactionsFingerprint() + " " + snapshot.itemsFingerprint()));
}

bool isUpdate(const Resource& version) {
  return stringMember(version.spec, "mode") == "UPDATE";
}

Json describeData(const data::Snapshot& snapshot, const recipes::DataCounts& counts) {
  Json json = Json::object();
  json["fingerprint"] = snapshot.interactionsFingerprint();
  json["updateFingerprint"] = updateFingerprint(snapshot);
  json["version"] = snapshot.dataVersion();
  json["interactions"] = counts.interactions;
  json["users"] = counts.users;
  json["items"] = counts.items;
  return json;
}

void noteUpdate(Json& status, const store::Job& job, std::string_view mode) {
  Json update = Json::object();
  update["mode"] = mode;
  update["job"] = job.id;
  update["began"] = formatTime(job.created);
  if (job.finished) update["finished"] = formatTime(*job.finished);
  for (const auto& [name, value] : member(job.result, "update").items()) update[name] = value;
  Json updates = Json::array();
  updates.push_back(std::move(update));
  if (const Json& before = member(status, "updates"); before.is_array())
    for (const Json& old : before)
      if (intMember(old, "job") != job.id && updates.size() < kUpdatesKept) updates.push_back(old);
  status["updates"] = std::move(updates);
}

std::string updateInWords(const Json& update) {
  std::string words = fmt::format("took in {} interactions and {} new items",
                                  intMember(update, "newInteractions"), intMember(update, "newItems"));
  const Json& sample = member(update, "sample");
  if (intMember(sample, "people") == 0) return words;
  const Json& others = member(sample, "otherItemsPerList");
  return words + fmt::format(
                     "; of {} people {} get another list, with {:.2f} other items each on average and "
                     "new items at {} of all {} places",
                     intMember(sample, "people"), intMember(sample, "changedLists"),
                     others.is_number() ? others.get<double>() : 0, intMember(sample, "newItemPlaces"),
                     intMember(sample, "places"));
}

Result<void> keepUpdated(const Environment& environment, Run& run, const TrainingWish& wish,
                         const TrainingData& data, TrainingState& state) {
  Rhythm rhythm(run);
  if (!wish.updates || !state.latestGood || isUpdate(*state.latestGood)) {
    rhythm.forget("update");
    return {};
  }
  const Resource& version = *state.latestGood;
  PROFFER_TRY(const auto job, environment.store.jobs().latest(version.metadata.uid, kUpdateJob));
  state.updating = job && !job->finished;
  if (job && job->state == store::JobState::kFailed && job->error)
    state.updateFailure = formatError(*job->error);
  const Time last = lastRun(version, job);
  Rhythm::Slot slot = rhythm.look("update", *wish.updates, last);
  // The version that is being trained takes everything in; what has ended but is not written down yet is not
  // new.
  const bool known = job && intMember(member(version.status, "update"), "job") != job->id &&
                     job->state == store::JobState::kSucceeded;
  if (slot.due && data.settled && !state.training && !state.updating && !known) {
    if (deployed(environment, run.object, version) && takenIn(version) != updateFingerprint(*data.snapshot)) {
      PROFFER_CHECK(enqueueUpdate(environment, run, version, data));
      state.updating = true;
      slot = rhythm.look("update", *wish.updates, run.now);
    } else {
      slot = rhythm.skip("update", *wish.updates, last);
    }
  }
  if (state.scheduleProblem.empty()) state.scheduleProblem = slot.problem;
  // While it is updated or trained, the end of that wakes the object.
  const bool busy = slot.due && (state.training || state.updating);
  if (slot.next && !busy) state.next = earlier(state.next, slot.due ? run.now + kLookAgain : *slot.next);
  return {};
}

}  // namespace proffer::reconcile
