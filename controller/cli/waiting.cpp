#include "controller/cli/waiting.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/text.h"
#include "controller/cli/columns.h"
#include "controller/cli/job_board.h"
#include "controller/cli/live_lines.h"
#include "controller/cli/objects.h"

namespace proffer::cli {
namespace {

constexpr Duration kDrawEvery = std::chrono::milliseconds(200);
constexpr Duration kRetryAfter = std::chrono::milliseconds(500);
constexpr Duration kStuckFor = std::chrono::seconds(3);
constexpr Duration kLongestPoll = std::chrono::seconds(30);

// The long poll beside the main thread. ask() starts one; take() gives its answer when it is there.
class Poller {
 public:
  Poller(client::Client client, Clock& clock) : client_(std::move(client)), clock_(clock) {
    thread_ = std::thread([this] { run(); });
  }
  ~Poller() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void ask(int64_t since, Duration wait) {
    {
      std::lock_guard guard(mutex_);
      since_ = since;
      wait_ = wait;
      asked_ = true;
    }
    changed_.notify_all();
  }

  bool busy() {
    std::lock_guard guard(mutex_);
    return asked_;
  }

  std::optional<Result<client::WatchAnswer>> take(Time deadline) {
    std::unique_lock lock(mutex_);
    clock_.waitUntil(lock, changed_, deadline, [this] { return answer_.has_value(); });
    return std::exchange(answer_, std::nullopt);
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || (asked_ && !answer_); });
      if (stopping_) return;
      const int64_t since = since_;
      const Duration wait = wait_;
      lock.unlock();
      auto answer = client_.watch(since, {}, wait);
      lock.lock();
      answer_ = std::move(answer);
      asked_ = false;
      changed_.notify_all();
    }
  }

  client::Client client_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t since_ = 0;
  Duration wait_{};
  bool asked_ = false;
  bool stopping_ = false;
  std::optional<Result<client::WatchAnswer>> answer_;
  std::thread thread_;
};

bool isTrue(const Resource& resource, std::string_view condition) {
  const auto found = findCondition(resource, condition);
  return found && found->status == ConditionStatus::kTrue;
}

// "Waiting: waiting for ..." says it twice.
std::string said(const std::string& reason, const std::string& message) {
  if (message.empty()) return reason;
  if (lower(message).starts_with(lower(reason))) return message;
  return fmt::format("{}: {}", reason, message);
}

std::string blocking(const Goal& goal, const Resource* resource) {
  if (goal.condition.empty()) {
    std::string finalizers;
    if (resource != nullptr) finalizers = join(resource->metadata.finalizers, ", ");
    return finalizers.empty() ? "still there" : "still there, its finalizers are " + finalizers;
  }
  if (resource == nullptr) return "does not exist";
  if (goal.condition == kReady) {
    if (isTrue(*resource, kReady) && isTrue(*resource, kProgressing)) {
      const auto progressing = findCondition(*resource, kProgressing);
      return said(progressing->reason, progressing->message);
    }
    const std::string reason = reasonOf(*resource);
    const std::string message = messageOf(*resource);
    if (reason.empty()) return "not yet looked at";
    return said(reason, message);
  }
  const auto condition = findCondition(*resource, goal.condition);
  if (!condition) return fmt::format("has no condition {}", goal.condition);
  return fmt::format("{} is {}: {}: {}", goal.condition,
                     condition->status == ConditionStatus::kTrue ? "True" : "not True", condition->reason,
                     condition->message);
}

bool met(const Goal& goal, const Resource* resource) {
  if (goal.condition.empty()) return resource == nullptr;
  if (resource == nullptr || resource->deleting()) return false;
  const auto condition = findCondition(*resource, goal.condition);
  return condition && condition->status == goal.status &&
         condition->observedGeneration >= resource->metadata.generation;
}

// Work that will change what the object is, its own or that of another one it waits for. One that is degraded
// otherwise may go on retrying for ever.
bool underWay(const Resource* resource) {
  if (resource == nullptr) return false;
  const auto degraded = findCondition(*resource, kDegraded);
  if (degraded && degraded->status == ConditionStatus::kTrue) return degraded->reason == "Waiting";
  return isTrue(*resource, kProgressing);
}

// It is as it will stay until somebody changes its spec or the program.
bool settled(const Resource* resource) {
  if (resource == nullptr) return false;
  const auto ready = findCondition(*resource, kReady);
  if (!ready || ready->observedGeneration < resource->metadata.generation) return false;
  return ready->reason == "NotImplemented" || stringMember(resource->spec, "state") == "stopped";
}

// It failed, and only somebody's hand will change that: nothing is under way and nothing will be tried again.
bool failedForGood(const Resource* resource) {
  if (resource == nullptr) return false;
  const auto ready = findCondition(*resource, kReady);
  if (!ready || ready->status == ConditionStatus::kTrue ||
      ready->observedGeneration < resource->metadata.generation)
    return false;
  static const std::set<std::string, std::less<>> kReasons{"InvalidSpec",  "InvalidInput",   "ImportFailed",
                                                           "ExportFailed", "DeletionFailed", "TrainingFailed",
                                                           "LoadFailed",   "NotImplemented"};
  if (!kReasons.contains(ready->reason)) return false;
  const auto progressing = findCondition(*resource, kProgressing);
  return !progressing || (progressing->status != ConditionStatus::kTrue && progressing->reason != "Retrying");
}

// What stands in its spec is at fault, against what it refers to: no attempt will mend that.
bool declaredWrongly(const Resource* resource) {
  const auto ready = findCondition(*resource, kReady);
  return ready && (ready->reason == "InvalidSpec" || ready->reason == "InvalidInput");
}

bool waitsForOthers(const Resource* resource) {
  if (resource == nullptr) return false;
  const auto waiting = findCondition(*resource, kWaitingFor);
  return waiting && waiting->status == ConditionStatus::kTrue;
}

class Waiting {
 public:
  Waiting(Context& context, const WaitOptions& options, client::Client client, client::Client watching)
      : console_(context.console),
        options_(options),
        client_(std::move(client)),
        poller_(std::move(watching), context.console.clock),
        live_(context.console),
        deadline_(context.console.clock.now() + options.timeout) {
    for (size_t i = 0; i < options.goals.size(); ++i) goals_[options.goals[i].key].push_back(i);
    done_.resize(options.goals.size(), false);
    said_.resize(options.goals.size());
    hopeful_.resize(options.goals.size(), false);
  }

  Result<ExitCode> run() {
    PROFFER_CHECK(list());
    while (true) {
      look();
      const Time now = console_.clock.now();
      if (!std::all_of(done_.begin(), done_.end(), [](bool done) { return done; }))
        calmSince_.reset();
      else if (now >= calmSince_.value_or(now) + options_.calm)
        break;
      else if (!calmSince_)
        calmSince_ = now;
      if (now >= deadline_)
        return gaveUp(fmt::format("timed out after {}", formatDuration(options_.timeout))),
               ExitCode::kTimedOut;
      if (stuckSince_ && now >= *stuckSince_ + kStuckFor) return gaveUp("gave up"), ExitCode::kNo;
      if (live_.enabled()) draw();
      if (!poller_.busy()) poller_.ask(version_, std::min<Duration>(kLongestPoll, deadline_ - now));
      Time until = live_.enabled() ? std::min(deadline_, now + kDrawEvery) : deadline_;
      if (stuckSince_) until = std::min(until, *stuckSince_ + kStuckFor);
      if (calmSince_) until = std::min(until, *calmSince_ + options_.calm);
      auto answer = poller_.take(until);
      if (answer) PROFFER_CHECK(take(*std::move(answer)));
    }
    live_.clear();
    const bool whole = !options_.throughChanges || !sayDegraded();
    return failed_ || !whole ? ExitCode::kNo : ExitCode::kDone;
  }

 private:
  Result<void> list() {
    PROFFER_TRY(client::ListAnswer answer, client_.list({}));
    version_ = answer.resourceVersion;
    current_.clear();
    for (Resource& resource : answer.items) {
      const ResourceKey key = resource.key();
      if (goals_.contains(key)) current_[key] = std::move(resource);
    }
    return {};
  }

  // What a watch brought; a server that is away for a while is waited for.
  Result<void> take(Result<client::WatchAnswer> answer) {
    if (answer) {
      version_ = answer->resourceVersion;
      away_ = false;
      for (client::Change& change : answer->changes) {
        const ResourceKey key = change.resource.key();
        if (!goals_.contains(key)) continue;
        if (change.type == client::ChangeType::kDeleted) {
          current_.erase(key);
        } else {
          current_[key] = std::move(change.resource);
        }
      }
      return {};
    }
    const ErrorCode code = answer.error().code;
    if (code != ErrorCode::kGone && code != ErrorCode::kLimitExceeded && code != ErrorCode::kUnavailable &&
        code != ErrorCode::kIo)
      return fail(std::move(answer).error());
    if (code != ErrorCode::kGone) {
      if (code != ErrorCode::kLimitExceeded && !away_) {
        live_.clear();
        console_.printWarning(answer.error());
        console_.err << "trying again until the time is over\n";
        away_ = true;
      }
      (void)poller_.take(console_.clock.now() + kRetryAfter);  // nothing was asked: a pause
    }
    auto listed = list();
    if (!listed && listed.error().code != ErrorCode::kUnavailable && listed.error().code != ErrorCode::kIo)
      return listed;
    return {};
  }

  const Resource* find(const ResourceKey& key) const {
    const auto found = current_.find(key);
    return found == current_.end() ? nullptr : &found->second;
  }

  void look() {
    failed_ = false;
    for (size_t i = 0; i < options_.goals.size(); ++i) {
      const Goal& goal = options_.goals[i];
      const Resource* resource = find(goal.key);
      const bool isMet = met(goal, resource) && !(options_.throughChanges && underWay(resource));
      // A goal once met may be lost again while others are waited for: it counts as it is now.
      const bool isSettled = !isMet && options_.stopAtSettled && settled(resource);
      if (isMet && !done_[i] && options_.sayMet)
        say(console_.out, displayName(goal.key) + " " + metText(goal));
      std::string state = isMet ? metText(goal) : blocking(goal, resource);
      if (options_.sayStates && state != said_[i]) {
        const bool bars = live_.enabled() && !isMet && !isSettled;
        if (!bars && !(isMet && options_.sayMet))
          say(console_.err, fmt::format("{}: {}", displayName(goal.key), state));
        said_[i] = std::move(state);
      }
      if (isSettled && stringMember(resource->spec, "state") != "stopped") failed_ = true;
      done_[i] = isMet || isSettled;
    }
    lookForStandstill();
  }

  // One that failed while we watched, and all the rest waiting for others: nothing more will come of it. What
  // had failed before we came may just be about to be tried again, so it does not count.
  void lookForStandstill() {
    bool anyFailed = false;
    bool anyHope = false;
    for (size_t i = 0; i < done_.size(); ++i) {
      const Resource* resource = find(options_.goals[i].key);
      const bool failed = failedForGood(resource);
      if (!failed) hopeful_[i] = true;
      if (done_[i]) continue;
      const bool failedNow = failed && (hopeful_[i] || declaredWrongly(resource));
      anyFailed = anyFailed || failedNow;
      anyHope = anyHope || !(failedNow || waitsForOthers(resource));
    }
    const bool stuck = options_.stopAtSettled && anyFailed && !anyHope;
    if (!stuck)
      stuckSince_.reset();
    else if (!stuckSince_)
      stuckSince_ = console_.clock.now();
  }

  static std::string metText(const Goal& goal) {
    if (goal.condition.empty()) return "is gone";
    if (goal.condition == kReady && goal.status == ConditionStatus::kTrue) return "is ready";
    return "condition met";
  }

  void say(std::ostream& stream, const std::string& line) {
    live_.clear();
    stream << line << std::endl;
  }

  // What is ready, but not as it should be. Whether there is any that nobody asked for.
  bool sayDegraded() {
    bool any = false;
    for (const Goal& goal : options_.goals) {
      const Resource* resource = find(goal.key);
      if (resource == nullptr || !isTrue(*resource, kDegraded)) continue;
      const auto degraded = findCondition(*resource, kDegraded);
      if (degraded->reason == "ServingFallback") continue;
      any = true;
      console_.err << fmt::format("{} is degraded: {}: {}\n", displayName(goal.key), degraded->reason,
                                  degraded->message);
    }
    return any;
  }

  void draw() {
    if (auto refreshed = board_.refresh(client_); !refreshed) return;
    std::vector<std::string> lines = jobLines(board_, console_.clock.now(), rates_);
    size_t left = 0;
    for (size_t i = 0; i < done_.size(); ++i) {
      if (done_[i]) continue;
      ++left;
      if (left <= kShownGoals)
        lines.push_back(fmt::format(
            "{}  {}", displayName(options_.goals[i].key),
            console_.paint(Colour::kFaint, blocking(options_.goals[i], find(options_.goals[i].key)))));
    }
    if (left > kShownGoals) lines.push_back(fmt::format("and {} more", left - kShownGoals));
    live_.show(lines);
  }

  void gaveUp(const std::string& why) {
    live_.clear();
    const auto left = std::count(done_.begin(), done_.end(), false);
    console_.err << fmt::format("{}; {} of {} {} not as wanted:\n", why, left, done_.size(),
                                left == 1 ? "is" : "are");
    for (size_t i = 0; i < done_.size(); ++i) {
      if (done_[i]) continue;
      const Goal& goal = options_.goals[i];
      console_.err << fmt::format("  {}: {}\n", displayName(goal.key), blocking(goal, find(goal.key)));
    }
  }

  static constexpr size_t kShownGoals = 6;

  Console& console_;
  const WaitOptions& options_;
  client::Client client_;
  Poller poller_;
  LiveLines live_;
  JobBoard board_;
  JobRates rates_;
  Time deadline_;
  std::map<ResourceKey, std::vector<size_t>> goals_;
  std::map<ResourceKey, Resource> current_;
  std::vector<bool> done_;
  std::vector<std::string> said_;
  std::vector<bool> hopeful_;  // it was seen in a state other than failed
  std::optional<Time> stuckSince_;
  std::optional<Time> calmSince_;  // all goals are met, as far as is known
  int64_t version_ = 0;
  bool failed_ = false;
  bool away_ = false;
};

}  // namespace

Result<ExitCode> waitForGoals(Context& context, const WaitOptions& options) {
  if (options.goals.empty()) return ExitCode::kDone;
  PROFFER_TRY(client::Client client, context.connect());
  PROFFER_TRY(client::Client watching, context.connect());
  return Waiting(context, options, std::move(client), std::move(watching)).run();
}

}  // namespace proffer::cli
