#include <atomic>
#include <set>
#include <thread>

#include "tests/store/store_fixture.h"

namespace jobs_test {

using namespace proffer;
using namespace proffer::store;

namespace {

Job job(const std::string& ownerUid, const std::string& type = "import") {
  Job made;
  made.type = type;
  made.owner = {"DatasetImport", "shop", "run-" + ownerUid};
  made.ownerUid = ownerUid;
  made.groupUid = "group";
  made.input = {{"file", "a.csv"}};
  return made;
}

}  // namespace

TEST_CASE("a job goes its way, and every step survives a restart") {
  StoredStore s;
  const Job queued = must(s.store->jobs().enqueue(job("u")));
  CHECK(queued.id > 0);
  CHECK(queued.state == JobState::kQueued);
  CHECK(must(s.store->jobs().enqueue(job("u"))).id == queued.id);
  CHECK(must(s.store->jobs().enqueue(job("u", "train"))).id != queued.id);
  s.reopen();
  auto claimed = must(s.store->jobs().claim(s.clock.now()));
  REQUIRE(claimed);
  CHECK(claimed->id == queued.id);
  CHECK(claimed->attempt == 1);
  CHECK(claimed->input == queued.input);
  CHECK(claimed->owner == queued.owner);
  s.store->jobs().setProgress(claimed->id, {5, 10, "rows", "reading"});
  CHECK(must(s.store->jobs().latest("u", "import"))->progress.done == 5);
  must(s.store->jobs().succeed(claimed->id, 1, {{"rows", 10}}));
  s.reopen();
  const auto ended = must(s.store->jobs().latest("u", "import"));
  CHECK(ended->state == JobState::kSucceeded);
  CHECK(ended->result == Json{{"rows", 10}});
  CHECK(ended->progress.phase == "reading");
  CHECK(ended->started);
  CHECK(ended->finished);
  CHECK(must(s.store->jobs().list(true)).size() == 1);
  CHECK(must(s.store->jobs().list(false)).size() == 2);
  CHECK(must(s.store->jobs().enqueue(job("u"))).id > queued.id + 1);
  CHECK_FALSE(must(s.store->jobs().latest("none", "import")));
}

TEST_CASE("a running job that a restart cut off is queued again, later each time") {
  StoredStore s;
  must(s.store->jobs().enqueue(job("u")));
  for (int i = 1; i <= 4; ++i) {
    auto claimed = must(s.store->jobs().claim(s.clock.now()));
    REQUIRE(claimed);
    CHECK(claimed->attempt == i);
    CHECK(claimed->interruptions == i - 1);
    s.reopen();
    const auto queued = must(s.store->jobs().latest("u", "import"));
    CHECK(queued->state == JobState::kQueued);
    CHECK(queued->notBefore - s.clock.now() == (i == 1 ? 0s : std::chrono::seconds(1 << i)));
    s.clock.advance(1h);
  }
  // What was cut off does not use up the attempts that a failure has.
  for (int i = 1; i <= 5; ++i) {
    auto claimed = must(s.store->jobs().claim(s.clock.now()));
    REQUIRE(claimed);
    must(s.store->jobs().failed(claimed->id, claimed->attempt, makeError(ErrorCode::kIo, "disk"), 1s));
    CHECK(must(s.store->jobs().latest("u", "import"))->state ==
          (i < 5 ? JobState::kQueued : JobState::kFailed));
    s.clock.advance(1s);
  }
}

TEST_CASE("a job with which the server ends each time has failed in the end") {
  StoredStore s;
  must(s.store->jobs().enqueue(job("u")));
  for (int i = 0; i < kMaxInterruptions; ++i) {
    REQUIRE(must(s.store->jobs().claim(s.clock.now())));
    s.reopen();
    s.clock.advance(1h);
  }
  const auto failed = must(s.store->jobs().latest("u", "import"));
  CHECK(failed->state == JobState::kFailed);
  REQUIRE(failed->error);
  CHECK(failed->error->message == "the server ended 20 times while this job ran");
  CHECK(failed->error->hint.find("delete ") != std::string::npos);
  CHECK_FALSE(must(s.store->jobs().claim(s.clock.now())));
}

TEST_CASE("how an attempt ends") {
  struct Row {
    const char* reason;
    int maxAttempts;
    bool cancelFirst;
    std::string end;  // succeed, retry, fail, cancel
    JobState state;
  };
  const Row rows[] = {
      {"success", 5, false, "succeed", JobState::kSucceeded},
      {"a failure with attempts left waits", 5, false, "retry", JobState::kQueued},
      {"a failure with no attempts left is final", 1, false, "retry", JobState::kFailed},
      {"a failure that trying again cannot help is final", 5, false, "fail", JobState::kFailed},
      {"the executor noticed the cancel", 5, true, "cancel", JobState::kCancelled},
      {"a failure after the cancel is the cancel", 5, true, "retry", JobState::kCancelled},
      {"success may come before the executor looks", 5, true, "succeed", JobState::kSucceeded},
  };
  StoredStore s;
  auto& jobs = s.store->jobs();
  for (const auto& row : rows) {
    INFO(row.reason);
    Job wanted = job(row.reason);
    wanted.maxAttempts = row.maxAttempts;
    must(jobs.enqueue(wanted));
    const auto claimed = must(jobs.claim(s.clock.now()));
    REQUIRE(claimed);
    const int64_t id = claimed->id;
    CHECK_FALSE(jobs.cancelRequested(id));
    if (row.cancelFirst) must(jobs.requestCancel(row.reason));
    CHECK(jobs.cancelRequested(id) == row.cancelFirst);
    Error error = makeError(ErrorCode::kInvalidInput, "bad row").in("spec.sources[0].csv").hinting("mend it");
    error.position = {"a.csv", 3, 4};
    const auto end = [&](int attempt) -> Result<void> {
      if (row.end == "succeed") return jobs.succeed(id, attempt, Json::object());
      if (row.end == "cancel") return jobs.markCancelled(id, attempt);
      return jobs.failed(id, attempt, error,
                         row.end == "retry" ? std::optional<Duration>(10s) : std::nullopt);
    };
    CHECK(codeOf(end(2)) == ErrorCode::kConflict);
    must(end(1));
    must(end(1));
    const auto after = must(jobs.latest(row.reason, "import"));
    CHECK(after->state == row.state);
    if (row.end == "retry" || row.end == "fail") CHECK(after->error == error);
    if (row.state == JobState::kQueued) {
      CHECK_FALSE(must(jobs.claim(s.clock.now())));
      s.clock.advance(10s);
      const auto second = must(jobs.claim(s.clock.now()));
      REQUIRE(second);
      CHECK(second->attempt == 2);
      CHECK(codeOf(end(1)) == ErrorCode::kConflict);
      must(jobs.succeed(id, 2, Json::object()));
      CHECK_FALSE(must(jobs.latest(row.reason, "import"))->error);
    }
  }
  CHECK(codeOf(jobs.succeed(12345, 1, {})) == ErrorCode::kNotFound);
}

TEST_CASE("a queued job is cancelled at once, finished ones are pruned, unfinished never") {
  StoredStore s;
  auto& jobs = s.store->jobs();
  must(jobs.enqueue(job("a")));
  must(jobs.requestCancel("a"));
  CHECK(must(jobs.latest("a", "import"))->state == JobState::kCancelled);
  CHECK_FALSE(must(jobs.claim(s.clock.now())));
  must(jobs.enqueue(job("waiting")));
  for (int i = 0; i < 5; ++i) {
    must(jobs.enqueue(job(fmt::format("f{}", i))));
    must(jobs.requestCancel(fmt::format("f{}", i)));
  }
  must(jobs.prune(2));
  CHECK(must(jobs.list(false)).size() == 3);
  CHECK(must(jobs.latest("waiting", "import")));
  CHECK(must(jobs.latest("f4", "import")));
  CHECK_FALSE(must(jobs.latest("f2", "import")));
}

TEST_CASE("workers get each job once, wake for new ones, and stop when told") {
  StoredStore s;
  auto& jobs = s.store->jobs();
  constexpr int kJobs = 60;
  std::mutex mutex;
  std::multiset<int64_t> got;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&] {
      for (;;) {
        auto claimed = jobs.claim(s.clock.now() + 1h);
        if (!claimed || !*claimed) return;
        (void)jobs.succeed((*claimed)->id, (*claimed)->attempt, Json::object());
        std::lock_guard guard(mutex);
        got.insert((*claimed)->id);
      }
    });
  for (int i = 0; i < kJobs; ++i) must(jobs.enqueue(job(fmt::format("{}", i))));
  for (;;) {
    {
      std::lock_guard guard(mutex);
      if (got.size() >= kJobs) break;
    }
    std::this_thread::sleep_for(1ms);
  }
  jobs.interrupt();
  for (auto& worker : workers) worker.join();
  CHECK(std::set<int64_t>(got.begin(), got.end()).size() == kJobs);
  CHECK_FALSE(must(jobs.claim(s.clock.now() + 1h)));
}

}  // namespace jobs_test
