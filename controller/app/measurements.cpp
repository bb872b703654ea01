#include "controller/app/measurements.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/error_json.h"
#include "base/text.h"

namespace proffer::app {
namespace {

constexpr auto kBeat = std::chrono::milliseconds(500);
constexpr size_t kMostQueued = 64;

// Lines from the thread that works to the thread that sends.
class LineQueue {
 public:
  /// Waits while many are queued; false once closed.
  bool put(std::string line) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || lines_.size() < kMostQueued; });
    if (closed_) return false;
    lines_.push_back(std::move(line));
    changed_.notify_all();
    return true;
  }
  /// Nothing within a beat: an empty text.
  std::string take() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kBeat, [&] { return ended_ || !lines_.empty(); });
    if (lines_.empty()) return {};
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    changed_.notify_all();
    return line;
  }
  void end() {
    std::lock_guard guard(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  bool ended() {
    std::lock_guard guard(mutex_);
    return ended_ && lines_.empty();
  }
  void close() {
    std::lock_guard guard(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  bool ended_ = false, closed_ = false;
};

std::string lineOf(const char* name, Json value) {
  return dumpJson(Json{{name, std::move(value)}}) + "\n";
}

std::string progressLine(const Progress& progress) {
  const Progress::Snapshot now = progress.snapshot();
  return lineOf("progress",
                {{"phase", now.phase}, {"done", now.done}, {"total", now.total}, {"unit", now.unit}});
}

Json resultOf(const reconcile::Measuring::Plan& plan, const recipes::Comparison& comparison) {
  Json json{{"protocol", recipes::protocolName(plan.options.protocol)},
            {"seed", plan.options.seed},
            {"repeats", plan.options.repeats},
            {"ties", plan.options.ties == recipes::TieOrder::kHash ? "hash" : "item-id"},
            {"automaticFilter", plan.options.automaticFilter},
            {"related", plan.options.related}};
  json.update(recipes::toJson(comparison));
  return json;
}

void work(reconcile::Measuring& measuring, const reconcile::Measuring::Plan& plan, bool split,
          Progress& progress, LineQueue& lines) {
  recipes::SplitSink sink;
  if (split)
    sink = [&](std::string_view file, std::string_view text) {
      return lines.put(lineOf("split", {{"file", file}, {"text", text}}));
    };
  try {
    const auto comparison = measuring.run(plan, progress, sink);
    lines.put(comparison ? lineOf("result", resultOf(plan, *comparison))
                         : lineOf("error", toJson(comparison.error())));
  } catch (const std::bad_alloc&) {
    lines.put(lineOf("error", toJson(makeError(ErrorCode::kLimitExceeded,
                                               "the machine has too little memory for this measurement"))));
  } catch (const std::exception& exception) {
    lines.put(lineOf("error",
                     toJson(makeError(ErrorCode::kInternal, "the measurement threw: {}", exception.what()))));
  }
  lines.end();
}

Result<void> stream(reconcile::Measuring& measuring, const reconcile::Measuring::Plan& plan, bool split,
                    const std::function<bool()>& abandoned, const http::ByteSink& send) {
  Progress progress;
  LineQueue lines;
  std::thread worker([&] { work(measuring, plan, split, progress, lines); });
  bool wanted = true;
  while (wanted && !lines.ended()) {
    const std::string line = lines.take();
    wanted = !abandoned() &&
             (lines.ended() && line.empty() ? true : send(line.empty() ? progressLine(progress) : line));
  }
  progress.cancel();
  lines.close();
  worker.join();
  if (!wanted) return fail(ErrorCode::kCancelled, "nobody waits for the measurement any more");
  return {};
}

Result<reconcile::MeasuringRequest> measuringRequest(const http::EvaluationRequest& asked) {
  reconcile::MeasuringRequest request;
  request.group = asked.group;
  request.name = asked.name;
  request.against = asked.against;
  const auto protocol = recipes::protocolNamed(asked.protocol);
  if (!protocol) {
    const std::vector<std::string> names = recipes::protocolNames();
    return fail(makeError(ErrorCode::kInvalidInput, "unknown protocol {}; there are {}",
                          proffer::quoted(asked.protocol), join(names, ", "))
                    .in("protocol")
                    .hinting(didYouMean(asked.protocol, names)));
  }
  request.options.protocol = *protocol;
  const bool byUser = *protocol == recipes::Protocol::kUsers || *protocol == recipes::Protocol::kFollowing;
  if (asked.allFolds && !byUser)
    return fail(makeError(ErrorCode::kInvalidInput, "the protocol {} tests everybody: it has no folds",
                          asked.protocol)
                    .in("allFolds"));
  request.options.allFolds = asked.allFolds;
  request.options.repeats = asked.repeats;
  request.options.resamples = asked.resamples;
  request.options.ties = asked.tiesById ? recipes::TieOrder::kItemId : recipes::TieOrder::kHash;
  request.ownSeed = !asked.seed.has_value();
  request.options.seed = asked.seed.value_or(1);
  return request;
}

}  // namespace

http::Measurements measurementsOf(reconcile::Measuring& measuring) {
  http::Measurements measurements;
  measurements.evaluate = [&measuring](const http::EvaluationRequest& asked,
                                       std::function<bool()> abandoned) -> Result<http::ByteStream> {
    PROFFER_TRY(const reconcile::MeasuringRequest request, measuringRequest(asked));
    PROFFER_TRY(auto made, measuring.plan(request));
    const auto plan = std::make_shared<const reconcile::Measuring::Plan>(std::move(made));
    return http::ByteStream([&measuring, plan, split = asked.split,
                             abandoned = std::move(abandoned)](const http::ByteSink& send) {
      return stream(measuring, *plan, split, abandoned, send);
    });
  };
  measurements.diagnose = [&measuring](const std::string& group) -> Result<Json> {
    Progress progress;
    PROFFER_TRY(const recipes::Diagnosis diagnosis, measuring.diagnose(group, progress));
    return recipes::toJson(diagnosis);
  };
  return measurements;
}

}  // namespace proffer::app
