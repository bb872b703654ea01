// The contract of a reconciler, one per kind.
//
// A request is only a key. A reconciler looks at what is, compares it with what the spec wants, does the next
// step, and says when it should look again. It is level-triggered: it is not told what happened, may be
// called any number of times, after a crash at any instruction, and must reach the same end from any state.
// So whatever it creates has a name that follows from what it is for: creating it twice collides instead of
// doubling.
//
// It never blocks: long work is a durable job (runner.h); waiting is an Outcome. It writes status and only
// status of the object it was called for: into Run::object, which the controller stores if it changed. One
// key is reconciled by one thread at a time; different keys of a kind at the same time, so a reconciler holds
// no state of its own between calls except caches that it guards.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "controller/reconcile/objects.h"
#include "manifests/resource.h"

namespace proffer::reconcile {

/// How a run ended: one of four ways. A reconciler that wants to go on says after which time; again(0s) is
/// what a lost race becomes (outcomeOf): the object is read anew and looked at next.
class Outcome {
 public:
  enum class Kind { kDone, kAgain, kError, kTerminal };

  /// Nothing to do until something changes.
  static Outcome done() { return Outcome(Kind::kDone); }
  /// Look again after `delay` even if nothing changes. 0: at once, at what the store holds now.
  static Outcome again(Duration delay) {
    Outcome outcome(Kind::kAgain);
    outcome.delay_ = delay;
    return outcome;
  }
  /// It failed and may succeed later: again after a backoff, whose time the status shows.
  static Outcome error(Error error) {
    Outcome outcome(Kind::kError);
    outcome.error_ = std::move(error);
    return outcome;
  }
  /// It failed and will fail until somebody changes something: no retry.
  static Outcome terminal(Error error) {
    Outcome outcome(Kind::kTerminal);
    outcome.error_ = std::move(error);
    return outcome;
  }

  Kind kind() const { return kind_; }
  Duration delay() const { return delay_; }
  const Error& error() const { return error_; }
  bool failed() const { return kind_ == Kind::kError || kind_ == Kind::kTerminal; }

 private:
  explicit Outcome(Kind kind) : kind_(kind) {}
  Kind kind_;
  Duration delay_{0};
  Error error_{};
};

/// What a result of the world outside means for a run: kConflict is nobody's fault and tried again quietly,
/// what the user must fix is terminal, the rest backs off.
Outcome outcomeOf(Error error);

/// One run: the object as it is now, and its identity in every log line.
struct Run {
  ResourceKey key;
  std::string id;   ///< reconcileID
  Resource object;  ///< a copy; only status may be changed
  Time now;

  void log(LogLevel level, std::string_view message) const {
    logLine(level, "reconcile", message, {{"reconcileID", id}, {"object", key.toString()}});
  }
};

/// A key to look at; with a delay where many changes should cost one run.
struct Waking {
  ResourceKey key;
  Duration delay{0};
};

class Reconciler {
 public:
  virtual ~Reconciler() = default;
  virtual std::string_view kind() const = 0;
  virtual Outcome reconcile(Run& run) = 0;
  /// What must be undone before an object of this kind may go: jobs first, then owned objects, then data.
  /// True: done, the object may go; false: under way, something will wake the key or `retry` says when to
  /// look again. May change run.object.status to say what the deletion waits for.
  virtual Result<bool> cleanUp(Run& run, std::optional<Duration>& retry) = 0;
  /// Whether objects of this kind need cleanUp() at all, and so carry the finalizer.
  virtual bool needsCleanUp() const { return true; }
  /// Keys of this kind that should be looked at because of an object of another kind, beyond those that name
  /// it in their spec and those that own it.
  virtual std::vector<Waking> wokenBy(const Event& event) {
    (void)event;
    return {};
  }
  /// Whether a change of an object of this kind matters to those that name it in their spec.
  virtual bool concernsOthers(const Event& event) const {
    (void)event;
    return true;
  }
};

/// The finalizer that keeps an object until its reconciler has cleaned up.
inline constexpr std::string_view kCleanUpFinalizer = "proffer/cleanup";

}  // namespace proffer::reconcile
