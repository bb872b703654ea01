#include "controller/reconcile/training.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/hash.h"
#include "controller/reconcile/children.h"
#include "controller/reconcile/conditions.h"
#include "controller/reconcile/rhythm.h"
#include "controller/reconcile/runs.h"
#include "controller/reconcile/updating.h"

namespace proffer::reconcile {

using namespace std::chrono_literals;

namespace {

constexpr Duration kFailurePause = 10min;
constexpr Duration kLongestFailurePause = 24h;

std::string annotation(const Resource& object, std::string_view name) {
  const auto found = object.metadata.annotations.find(std::string(name));
  return found == object.metadata.annotations.end() ? "" : found->second;
}

bool madeByController(const Resource& version) {
  return !annotation(version, kTrainingKey).empty();
}

// What a user made records its key in status, when its job begins.
std::string keyOf(const Resource& version) {
  auto key = annotation(version, kTrainingKey);
  return key.empty() ? stringMember(version.status, "trainingKey") : key;
}

// The data it saw, or (before it ran) was made for.
std::string dataOf(const Resource& version) {
  auto seen = stringMember(member(version.status, "data"), "fingerprint");
  return seen.empty() ? annotation(version, kTrainingData) : seen;
}

int64_t numberOf(const Resource& version) {
  const std::string& name = version.metadata.name;
  const size_t dash = name.rfind('-');
  int64_t number = 0;
  if (dash != std::string::npos) std::from_chars(name.data() + dash + 1, name.data() + name.size(), number);
  return number;
}

int64_t nextNumber(const Environment& environment, const Resource& owner) {
  int64_t last = intMember(owner.status, "versionCounter");
  for (const Handle& child : environment.objects.ownedBy(owner.metadata.uid))
    if (child->kind == "SolutionVersion" && madeByController(*child)) last = std::max(last, numberOf(*child));
  return last + 1;
}

Result<void> createVersion(const Environment& environment, Run& run, const TrainingWish& wish,
                           const TrainingData& data, std::string_view why) {
  const int64_t number = nextNumber(environment, run.object);
  Json spec = Json::object();
  spec[run.object.kind == "Solution" ? "solution" : "recommender"] = run.object.metadata.name;
  spec["mode"] = "FULL";
  spec["recipe"] = wish.recipe;
  spec["configuration"] = wish.configuration;
  Resource version = childOf(run.object, "SolutionVersion",
                             childName(run.object.metadata.name, std::to_string(number)), std::move(spec));
  version.metadata.annotations[std::string(kTrainingKey)] = wish.key;
  version.metadata.annotations[std::string(kTrainingData)] = data.snapshot->interactionsFingerprint();
  version.metadata.annotations[std::string(kTrainingRole)] = wish.role;
  PROFFER_TRY(const Handle created, createChild(environment.objects, std::move(version)));
  run.object.status["versionCounter"] = number;
  environment.journal(run.key, store::JournalLevel::kNormal, "TrainingStarted",
                      fmt::format("{}: {}", created->key().toString(), why));
  return {};
}

// What serves, is pinned, or is the last good one stays, whatever its age.
Result<void> dropOldVersions(const Environment& environment, const Resource& owner,
                             const std::vector<Handle>& versions, size_t keep, const Handle& latestGood) {
  std::vector<Handle> finished;
  for (const Handle& version : versions)
    if (madeByController(*version) && runEnded(*version)) finished.push_back(version);
  if (finished.size() <= keep) return {};
  std::set<std::string> needed;
  if (latestGood) needed.insert(latestGood->metadata.name);
  PROFFER_TRY(const store::RouteTable table, environment.store.routes().read());
  for (const auto& route : table.routes)
    if (route.group == owner.metadata.group) needed.insert(route.version);
  for (const Handle& campaign : environment.objects.ofKind("Campaign", owner.metadata.group)) {
    needed.insert(stringMember(campaign->spec, "version"));
    needed.insert(stringMember(campaign->status, "version"));
  }
  finished.resize(finished.size() - keep);
  for (const Handle& old : finished)
    if (!needed.contains(old->metadata.name)) PROFFER_CHECK(environment.objects.remove(old->key()));
  return {};
}

// How many of the newest versions failed in a row.
int failuresInARow(const std::vector<Handle>& versions) {
  int failures = 0;
  for (auto version = versions.rbegin(); version != versions.rend(); ++version, ++failures)
    if (runState(**version) != RunState::kFailed) break;
  return failures;
}

// Data that keeps changing must not make a training that fails begin without end.
Duration pauseAfter(int failures) {
  if (failures <= 1) return Duration(0);
  return std::min<Duration>(kFailurePause * (int64_t{1} << std::min(failures - 2, 10)), kLongestFailurePause);
}

// Whether the newest version, which has ended, is to be followed by another one, and why.
std::string followed(Run& run, const TrainingWish& wish, const std::vector<Handle>& versions,
                     const TrainingData& data, TrainingState& state) {
  const Resource& newest = *versions.back();
  const Time began = newest.metadata.creationTimestamp;
  const bool failed = runState(newest) != RunState::kSucceeded;
  const bool fresh = dataOf(newest) != data.snapshot->interactionsFingerprint();
  if (failed) state.failure = whyNotReady(newest);
  if (failed && fresh) {
    const Time again = began + pauseAfter(failuresInARow(versions));
    if (again <= run.now) return "the data changed since the last training failed";
    state.next = earlier(state.next, again);
  }
  if (!wish.schedule) return "";
  Rhythm rhythm(run);
  Rhythm::Slot slot = rhythm.look("train", *wish.schedule, began);
  if (slot.due && !fresh && !failed && data.settled) slot = rhythm.skip("train", *wish.schedule, began);
  state.scheduleProblem = slot.problem;
  if (slot.due && data.settled)
    return fmt::format("schedule {} is due and {}", *wish.schedule,
                       fresh ? "the data changed" : "the last training failed");
  // What is due but waits for an import that is under way looks again soon.
  if (slot.next) state.next = earlier(state.next, slot.due ? run.now + kLookAgain : *slot.next);
  return "";
}

}  // namespace

std::string trainingKey(std::string_view recipe, const Json& spec,
                        std::initializer_list<std::string_view> ignored, std::string_view shape) {
  Json relevant = spec;
  for (const auto field : ignored) relevant.erase(std::string(field));
  return hashHex(hash64(fmt::format("{}\n{}\n{}", recipe, dumpJson(relevant), shape)));
}

std::vector<Handle> versionsOf(const Environment& environment, const Resource& owner, std::string_view role) {
  std::vector<Handle> versions;
  for (const Handle& child : environment.objects.ownedBy(owner.metadata.uid)) {
    if (child->kind != "SolutionVersion" || child->deleting()) continue;
    const std::string has = annotation(*child, kTrainingRole);
    if ((has.empty() ? "model" : has) == role) versions.push_back(child);
  }
  std::sort(versions.begin(), versions.end(), [](const Handle& a, const Handle& b) {
    return std::tuple(a->metadata.creationTimestamp, numberOf(*a)) <
           std::tuple(b->metadata.creationTimestamp, numberOf(*b));
  });
  return versions;
}

Result<TrainingState> keepTrained(const Environment& environment, Run& run, const TrainingWish& wish,
                                  const TrainingData& data) {
  const auto versions = versionsOf(environment, run.object, wish.role);
  TrainingState state;
  // Also when a crash came between making the last version and writing this down: numbers are not used twice.
  if (const int64_t next = nextNumber(environment, run.object); next > 1)
    run.object.status["versionCounter"] = next - 1;
  for (const Handle& version : versions)
    if (runState(*version) == RunState::kSucceeded) state.latestGood = version;
  // Whoever updates by hand, however often, leaves the trainings to their schedule (TO-64).
  std::vector<Handle> trained;
  std::copy_if(versions.begin(), versions.end(), std::back_inserter(trained),
               [](const Handle& version) { return !isUpdate(*version); });
  const Handle newest = trained.empty() ? nullptr : trained.back();
  PROFFER_CHECK(dropOldVersions(environment, run.object, versions, wish.keep, state.latestGood));

  if (!wish.automatic || !wish.schedule) Rhythm(run).forget("train");
  std::string why;
  if (!newest && wish.first && run.now < *wish.first) {
    state.next = earlier(state.next, *wish.first);
  } else if (!newest) {
    why = "first training";
  } else if (keyOf(*newest) != wish.key && wish.automatic &&
             !(keyOf(*newest).empty() && !runEnded(*newest))) {
    why = "the configuration or the datasets changed";
    if (!runEnded(*newest) && madeByController(*newest))
      PROFFER_CHECK(environment.objects.remove(newest->key()));
  } else if (!runEnded(*newest)) {
    state.training = true;
    const auto progress = findCondition(*newest, kProgressing);
    if (progress && progress->reason == reason::kQueued) state.queued = progress->message;
    if (wish.automatic && wish.schedule)
      state.scheduleProblem =
          Rhythm(run).look("train", *wish.schedule, newest->metadata.creationTimestamp).problem;
  } else if (wish.automatic) {
    why = followed(run, wish, trained, data, state);
  } else if (runState(*newest) != RunState::kSucceeded) {
    state.failure = whyNotReady(*newest);
  }
  if (wish.automatic && !why.empty()) {
    PROFFER_CHECK(createVersion(environment, run, wish, data, why));
    state.training = true;
    state.failure.reset();
    if (wish.schedule) state.scheduleProblem = Rhythm(run).look("train", *wish.schedule, run.now).problem;
  }
  PROFFER_CHECK(keepUpdated(environment, run, wish, data, state));
  for (const Handle& version : versions)
    state.updating = state.updating || (isUpdate(*version) && runState(*version) == RunState::kUnfinished);
  return state;
}

recipes::DataCounts DataCounter::count(const data::Snapshot& snapshot,
                                       const std::vector<recipes::EventRule>& events) {
  std::string key = snapshot.interactionsFingerprint();
  for (const auto& rule : events)
    key += fmt::format("|{} {} {}", rule.eventType, rule.valueThreshold.value_or(0), rule.weight);
  std::lock_guard guard(mutex_);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  if (known_.size() > 1000) known_.clear();
  return known_[key] = recipes::countData(snapshot.interactions(), events);
}

std::optional<std::string> tooLittleData(const recipes::DataCounts& counts,
                                         const std::vector<recipes::EventRule>& events, QuotaProfile quotas) {
  std::vector<std::string> names;
  for (const auto& rule : events)
    if (!rule.eventType.empty()) names.push_back(rule.eventType);
  const std::string what =
      names.empty() ? "interactions" : fmt::format("{} interactions", fmt::join(names, " or "));
  const int64_t neededInteractions = quotas == QuotaProfile::kAws ? 1000 : 1;
  std::vector<std::string> missing;
  if (counts.interactions < neededInteractions)
    missing.push_back(fmt::format("{} {} needed, {} present", neededInteractions, what, counts.interactions));
  if (quotas == QuotaProfile::kAws) {
    if (counts.usersWithTwo < 25)
      missing.push_back(
          fmt::format("25 users with at least 2 {} needed, {} present", what, counts.usersWithTwo));
    else if (counts.usersWithTwo * 100 < counts.users)
      missing.push_back(fmt::format("1 % of the {} users must have at least 2 {}, {} have", counts.users,
                                    what, counts.usersWithTwo));
  }
  if (missing.empty()) return std::nullopt;
  std::string message = fmt::format("{}", fmt::join(missing, "; "));
  if (counts.interactions == 0 && !counts.perEventType.empty()) {
    std::vector<std::string> present;
    for (const auto& [type, count] : counts.perEventType)
      present.push_back(fmt::format("{} ({})", type.empty() ? "no event type" : type, count));
    message += fmt::format("; the data has {}", fmt::join(present, ", "));
  }
  return message;
}

}  // namespace proffer::reconcile
