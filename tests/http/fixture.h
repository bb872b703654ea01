// A real server on a loopback port, over a store in memory and an engine that answers what a test tells it.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "controller/http/server.h"
#include "controller/serving/engine.h"
#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"
#include "dsl/print.h"
#include "live_fixture.h"

namespace proffer::http {

class FakeEngine final : public serving::Engine {
 public:
  using Answering = std::function<Result<serving::Answer>(const serving::RecommendRequest&)>;
  Result<void> start() override { return {}; }
  void stop() override {}
  bool ready() const override { return isReady; }
  Result<serving::Answer> recommend(const serving::RecommendRequest& request) override {
    std::lock_guard guard(mutex_);
    last_ = request;
    return answering_(request);
  }
  Result<serving::FilterCheck> checkFilter(const std::string& group, const std::string& expression,
                                           const std::string& dialect) override {
    if (group != "movies")
      return fail(makeError(ErrorCode::kNotFound, "there is no group {}", group).in("group"));
    dsl::Fields fields;
    fields.items = dsl::DatasetFields{{{"PRICE", dsl::ValueType::kNumber}}};
    const auto spoken = dialect == "personalize" ? dsl::Dialect::kPersonalize : dsl::Dialect::kExtended;
    const dsl::Analysis analysis = dsl::analyze(expression, fields, {spoken, 0});
    serving::FilterCheck check;
    check.errors = analysis.errors;
    if (!analysis.filter) return check;
    check.canonical = dsl::print(*analysis.filter);
    check.uses = dsl::usesOf(*analysis.filter);
    return check;
  }
  Result<serving::FilterOutcome> tryFilter(const serving::FilterTrial& trial) override {
    std::lock_guard guard(mutex_);
    lastTrial_ = trial;
    serving::FilterOutcome outcome;
    outcome.canonical = "INCLUDE ItemID WHERE Items.PRICE < 3";
    outcome.passing = 1;
    outcome.items = 2;
    serving::RecommendedItem item;
    item.itemId = "318";
    item.title = "Shawshank Redemption, The";
    outcome.sample = {item};
    if (trial.explainItem.empty()) return outcome;
    dsl::ClauseFinding include;
    include.text = outcome.canonical;
    include.where = {"Items.PRICE < 3", false, "4.5", {}};
    dsl::ClauseFinding exclude;
    exclude.action = dsl::Action::kExclude;
    exclude.text = "EXCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE > 9";
    exclude.applies = false;
    exclude.whyNot = "IF is false";
    exclude.condition = dsl::Finding{"CurrentUser.AGE > 9", false, "null", {}};
    outcome.explanation = dsl::Explanation{false, "no INCLUDE let it in", {include, exclude}};
    return outcome;
  }
  serving::FilterTrial lastTrial() {
    std::lock_guard guard(mutex_);
    return lastTrial_;
  }
  std::vector<serving::ServedModel> served() const override { return {}; }

  void answerWith(Answering answering) {
    std::lock_guard guard(mutex_);
    answering_ = std::move(answering);
  }
  serving::RecommendRequest last() {
    std::lock_guard guard(mutex_);
    return last_;
  }

  std::atomic<bool> isReady{true};

 private:
  std::mutex mutex_;
  serving::RecommendRequest last_;
  serving::FilterTrial lastTrial_;
  Answering answering_ = [](const serving::RecommendRequest&) { return serving::Answer{}; };
};

/// The clock of a test begins here.
inline Time testStart() {
  return *parseTime("2026-01-02T03:04:05Z");
}

struct TestServer {
  explicit TestServer(ServerOptions options = {}, Clock* given = nullptr)
      : clock(given == nullptr ? simulated : *given), store(emptyStore(clock)) {
    options.version = "1.2.3";
    options.patience = std::chrono::seconds(5);
    server = std::make_unique<Server>(*store, engine, clock, options);
    server->setDump([this]() -> Result<ByteStream> {
      std::lock_guard guard(dumpMutex);
      return ByteStream(dumping);
    });
    server->setMeasurements(measurements());
    server->setLive(live);
    const auto listening = server->start();
    REQUIRE(listening);
    port = *listening;
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }

  static std::unique_ptr<store::ControlStore> emptyStore(Clock& clock) {
    auto opened = store::ControlStore::openInMemory(clock);
    REQUIRE(opened);
    return std::move(*opened);
  }

  SimulatedClock simulated{testStart()};
  Clock& clock;
  std::unique_ptr<store::ControlStore> store;
  FakeEngine engine;
  FakeLive live;
  std::unique_ptr<Server> server;
  int port = 0;
  /// One group, movies, whose measuring fails if it is against "broken" and never ends if it is against
  /// "forever" and nobody goes away.
  static Measurements measurements() {
    Measurements made;
    made.evaluate = [](const EvaluationRequest& request,
                       std::function<bool()> abandoned) -> Result<ByteStream> {
      if (request.group != "movies")
        return fail(
            makeError(ErrorCode::kNotFound, "there is no dataset group {}", request.group).in("group"));
      return ByteStream([request, abandoned = std::move(abandoned)](const ByteSink& send) -> Result<void> {
        const auto line = [&](const Json& json) { return send(dumpJson(json) + "\n"); };
        line({{"progress", {{"phase", "training"}, {"done", 1}, {"total", 2}, {"unit", "users"}}}});
        const std::string against = request.against.empty() ? "" : request.against[0];
        while (against == "forever" && !abandoned() && line({{"progress", {{"phase", "waiting"}}}}))
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (request.split) line({{"split", {{"file", "truth.csv"}, {"text", "user,item\nu,i\n"}}}});
        if (against == "broken")
          line({{"error", {{"type", "InvalidInput"}, {"message", "nobody can be tested"}}}});
        else
          line({{"result",
                 {{"protocol", request.protocol}, {"repeats", request.repeats}, {"tasks", Json::array()}}}});
        return {};
      });
    };
    made.diagnose = [](const std::string& group) -> Result<Json> {
      if (group != "movies")
        return fail(makeError(ErrorCode::kNotFound, "there is no dataset group {}", group).in("group"));
      return parseJson(
          R"({"interactions": 1, "users": 1, "items": 1, "eventTypes": [], "charts": [], "findings": [],
                           "useCases": []})");
    };
    return made;
  }
  /// What GET /v1/dump sends.
  void dumpWith(ByteStream stream) {
    std::lock_guard guard(dumpMutex);
    dumping = std::move(stream);
  }
  std::mutex dumpMutex;
  ByteStream dumping = [](const ByteSink& send) -> Result<void> {
    for (const std::string_view piece : {"every", "", "thing"}) send(piece);
    return {};
  };
};

/// Bytes over a plain socket, for requests that no well-made client sends.
class RawConnection {
 public:
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(RawConnection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  RawConnection& operator=(RawConnection&&) = delete;

  bool send(std::string_view bytes);
  /// One answer with a Content-Length; empty if the connection ended first, or nothing came for `patience`.
  std::string answer(int patienceMillis = 10'000);
  /// Whether the server has closed the connection (waits for it).
  bool closed(int patienceMillis = 10'000);

 private:
  int socket_;
  std::string received_;
};

/// The status of an answer's first line; 0 if there is none.
int statusOfAnswer(const std::string& answer);

}  // namespace proffer::http
