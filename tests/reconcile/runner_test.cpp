// Jobs: how attempts end, retries, cancelling, progress.
#include "controller/reconcile/runner.h"

#include <catch2/catch.hpp>

#include "base/log.h"
#include "controller/store/control_store.h"

namespace runner_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;

namespace {

class Scripted final : public Executor {
 public:
  explicit Scripted(std::function<Result<JobEnd>(const store::Job&, Progress&)> script)
      : script_(std::move(script)) {}
  std::string_view type() const override { return "test"; }
  Result<JobEnd> run(const store::Job& job, Progress& progress) override { return script_(job, progress); }

 private:
  std::function<Result<JobEnd>(const store::Job&, Progress&)> script_;
};

store::Job jobOf(const std::string& owner) {
  store::Job job;
  job.type = "test";
  job.owner = {"DatasetImport", "shop", owner};
  job.ownerUid = "uid-" + owner;
  return job;
}

}  // namespace

TEST_CASE("attempts end as their errors deserve") {
  configureLog(LogLevel::kError, LogFormat::kText);
  struct Row {
    std::optional<ErrorCode> code;
    int attempts;
    store::JobState state;
    std::string reason;
  };
  for (const Row& row : std::vector<Row>{
           {std::nullopt, 1, store::JobState::kSucceeded, "success needs one attempt"},
           {ErrorCode::kInvalidInput, 1, store::JobState::kFailed, "the user must change something"},
           {ErrorCode::kNotFound, 1, store::JobState::kFailed, "a missing file does not come by trying"},
           {ErrorCode::kForbidden, 1, store::JobState::kFailed, "outside the roots"},
           {ErrorCode::kNotImplemented, 1, store::JobState::kFailed, "it will not be built meanwhile"},
           {ErrorCode::kCancelled, 1, store::JobState::kCancelled, "cancelled is its own end"},
           {ErrorCode::kIo, 5, store::JobState::kFailed, "a disk may recover; five attempts"},
           {ErrorCode::kInternal, 5, store::JobState::kFailed, "a bug may depend on timing"},
       }) {
    INFO(row.reason);
    SimulatedClock clock(fromMicros(1'700'000'000'000'000));
    auto store = store::ControlStore::openInMemory(clock);
    REQUIRE(store);
    Metrics metrics;
    std::vector<std::string> moved;
    Runner runner((*store)->jobs(), clock, metrics, {},
                  [&](const ResourceKey& owner) { moved.push_back(owner.name); });
    runner.add(std::make_unique<Scripted>([&](const store::Job&, Progress&) -> Result<JobEnd> {
      if (row.code) return fail(*row.code, "no");
      return JobEnd{.result = {{"answer", 42}}};
    }));
    REQUIRE((*store)->jobs().enqueue(jobOf("a")));
    int attempts = 0;
    for (int i = 0; i < 20; ++i) {
      const auto ran = runner.runOne();
      REQUIRE(ran);
      attempts += *ran;
      clock.advance(5min);
    }
    CHECK(attempts == row.attempts);
    CHECK(moved.size() == 2 * static_cast<size_t>(row.attempts));  // begun and ended
    const auto job = (*store)->jobs().latest("uid-a", "test");
    REQUIRE(job);
    REQUIRE(*job);
    CHECK((*job)->state == row.state);
    if (!row.code) CHECK(intMember((*job)->result, "answer") == 42);
  }
}

TEST_CASE("an executor that throws fails its job and nothing else") {
  configureLog(LogLevel::kError, LogFormat::kText);
  SimulatedClock clock(fromMicros(1'700'000'000'000'000));
  auto store = store::ControlStore::openInMemory(clock);
  REQUIRE(store);
  Metrics metrics;
  Runner runner((*store)->jobs(), clock, metrics, {}, [](const ResourceKey&) {});
  runner.add(std::make_unique<Scripted>(
      [](const store::Job&, Progress&) -> Result<JobEnd> { throw std::runtime_error("boom"); }));
  REQUIRE((*store)->jobs().enqueue(jobOf("a")));
  CHECK(*runner.runOne());
  const auto job = (*store)->jobs().latest("uid-a", "test");
  CHECK((*job)->error->message.find("boom") != std::string::npos);
}

TEST_CASE("a running job shows its progress and stops when it is cancelled") {
  configureLog(LogLevel::kError, LogFormat::kText);
  SystemClock clock;
  auto store = store::ControlStore::openInMemory(clock);
  REQUIRE(store);
  Metrics metrics;
  std::atomic<int> moves{0};
  Runner runner((*store)->jobs(), clock, metrics, {.workers = 2, .tick = 5ms},
                [&](const ResourceKey&) { ++moves; });
  runner.add(std::make_unique<Scripted>([](const store::Job&, Progress& progress) -> Result<JobEnd> {
    progress.begin("reading", "rows", 100);
    progress.add(42);
    while (!progress.cancelled()) std::this_thread::sleep_for(1ms);
    return fail(ErrorCode::kCancelled, "stopped");
  }));
  REQUIRE((*store)->jobs().enqueue(jobOf("a")));
  runner.start();
  const auto job = [&] { return **(*store)->jobs().latest("uid-a", "test"); };
  for (int i = 0; i < 2000 && job().progress.done != 42; ++i) std::this_thread::sleep_for(2ms);
  CHECK(job().progress.done == 42);
  CHECK(job().progress.phase == "reading");
  REQUIRE((*store)->jobs().requestCancel("uid-a"));
  for (int i = 0; i < 2000 && moves < 2; ++i) std::this_thread::sleep_for(2ms);
  CHECK(job().state == store::JobState::kCancelled);
  runner.stop();
}

TEST_CASE("stopping interrupts a job without ending it") {
  configureLog(LogLevel::kError, LogFormat::kText);
  SystemClock clock;
  auto store = store::ControlStore::openInMemory(clock);
  REQUIRE(store);
  Metrics metrics;
  std::atomic<bool> began{false};
  Runner runner((*store)->jobs(), clock, metrics, {.workers = 1, .tick = 5ms}, [](const ResourceKey&) {});
  runner.add(std::make_unique<Scripted>([&](const store::Job&, Progress& progress) -> Result<JobEnd> {
    began = true;
    while (!progress.cancelled()) std::this_thread::sleep_for(1ms);
    return fail(ErrorCode::kCancelled, "stopped");
  }));
  REQUIRE((*store)->jobs().enqueue(jobOf("a")));
  runner.start();
  for (int i = 0; i < 2000 && !began; ++i) std::this_thread::sleep_for(2ms);
  runner.stop();
  CHECK((**(*store)->jobs().latest("uid-a", "test")).state == store::JobState::kRunning);
}

TEST_CASE("retries wait 1 s, 2 s, 4 s ... at most 5 min") {
  CHECK(retryDelay(1) == 1s);
  CHECK(retryDelay(2) == 2s);
  CHECK(retryDelay(5) == 16s);
  CHECK(retryDelay(60) == 5min);
}

}  // namespace runner_test
