// Many connections at once, idle ones, broken ones, and the end of a server.
#include <catch2/catch.hpp>
#include <thread>

#include "base/text.h"
#include "controller/client/client.h"
#include "fixture.h"

namespace connections_test {

using namespace proffer;
using namespace proffer::http;
using namespace std::chrono_literals;

namespace {

const std::string kHealth = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(const std::string& path, const std::string& body, const std::string& more = "") {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{}Content-Length: "
      "{}\r\n\r\n{}",
      path, more, body.size(), body);
}

std::string bodyOf(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

// Until it is so, or for ten seconds.
bool comesTrue(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

}  // namespace

TEST_CASE("idle connections keep nobody waiting, and cost no thread each") {
  TestServer fixture;
  std::vector<RawConnection> idle;
  for (int i = 0; i < 300; ++i) {
    idle.emplace_back(fixture.port);
    // Some have asked once and stay, some have sent a part of a head, some nothing.
    if (i % 3 == 0) {
      idle.back().send(kHealth);
      REQUIRE(statusOfAnswer(idle.back().answer()) == 200);
    } else if (i % 3 == 1) {
      idle.back().send("GET /healthz HTTP/1.1\r\nHost: loc");
    }
  }
  RawConnection next(fixture.port);
  next.send(kHealth);
  CHECK(statusOfAnswer(next.answer()) == 200);
  CHECK(fixture.server->figures().connections >= 300);
  CHECK(fixture.server->figures().threads < 100);  // those whose heads are not whole may take some
  idle[1].send("alhost\r\n\r\n");
  CHECK(statusOfAnswer(idle[1].answer()) == 200);
}

TEST_CASE("idle connections are closed in time, and so are heads that never end") {
  TestServer fixture;
  RawConnection idle(fixture.port);
  idle.send(kHealth);
  REQUIRE(statusOfAnswer(idle.answer()) == 200);
  REQUIRE(comesTrue([&] { return fixture.server->figures().busy == 0; }));
  RawConnection slow(fixture.port);
  slow.send("GET /healthz HTTP/1.1\r\n");
  REQUIRE(comesTrue([&] { return fixture.server->figures().connections == 2; }));
  // The limit runs from when the server reads the first bytes, which may be after the first step.
  bool closed = false;
  for (int step = 0; step < 5 && !closed; ++step) {
    fixture.simulated.advance(11s);
    closed = slow.closed(2000);
  }
  CHECK(closed);
  fixture.simulated.advance(70s);
  CHECK(idle.closed());
  CHECK(comesTrue([&] { return fixture.server->figures().connections == 0; }));
}

TEST_CASE("a full house gives up who has been idle longest") {
  ServerOptions options;
  options.connections = 10;
  TestServer fixture(options);
  std::vector<RawConnection> connections;
  for (int i = 0; i < 15; ++i) {
    connections.emplace_back(fixture.port);
    connections.back().send(kHealth);
    REQUIRE(statusOfAnswer(connections.back().answer()) == 200);
    // Idle since its thread has given it back, which is a moment after the answer.
    REQUIRE(comesTrue([&] { return fixture.server->figures().busy == 0; }));
    fixture.simulated.advance(1ms);
  }
  CHECK(fixture.server->figures().connections <= 10);
  CHECK(connections.front().closed());
  connections.back().send(kHealth);
  CHECK(statusOfAnswer(connections.back().answer()) == 200);
}

TEST_CASE("clients that send or read byte by byte cannot take all threads") {
  ServerOptions options;
  options.threads = 8;
  TestServer fixture(options);
  std::vector<RawConnection> slow;
  for (int i = 0; i < 24; ++i) {
    slow.emplace_back(fixture.port);
    slow.back().send("POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
    // Each asks after the one before, so that it is known who is the slowest.
    RawConnection next(fixture.port);
    next.send(kHealth);
    REQUIRE(statusOfAnswer(next.answer()) == 200);
    fixture.simulated.advance(1ms);
  }
  CHECK(fixture.server->figures().threads <= 8);
  CHECK(slow.front().closed());
}

TEST_CASE("large bodies share what memory there is for them") {
  ServerOptions options;
  options.bodyBytes = 1000;
  options.largeBodiesBytes = 5000;
  TestServer fixture(options);
  const auto apply = [](const std::string& length) {
    return "POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n" + length +
           "\r\n\r\n";
  };
  RawConnection first(fixture.port);
  first.send(apply("Content-Length: 4000") + "#");
  REQUIRE(comesTrue([&] { return fixture.server->figures().busy == 1; }));
  CHECK(comesTrue([&] {
    RawConnection second(fixture.port);
    second.send(apply("Content-Length: 4000"));
    return statusOfAnswer(second.answer()) == 503;
  }));
  RawConnection small(fixture.port);
  small.send(apply("Content-Length: 1") + "#");
  CHECK(statusOfAnswer(small.answer()) != 503);
  first.send(std::string(3999, '#'));
  CHECK(statusOfAnswer(first.answer()) != 503);
  RawConnection third(fixture.port);
  third.send(apply("Content-Length: 4000") + std::string(4000, '#'));
  CHECK(statusOfAnswer(third.answer()) != 503);
}

TEST_CASE("requests that follow each other without waiting are answered in order") {
  TestServer fixture;
  RawConnection connection(fixture.port);
  connection.send("\r\n" + kHealth + post("/recommendations", "{}") +
                  "GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(bodyOf(connection.answer()).find("ok") != std::string::npos);
  CHECK(statusOfAnswer(connection.answer()) == 400);
  CHECK(bodyOf(connection.answer()).find("1.2.3") != std::string::npos);
}

TEST_CASE("sixty-four may watch, the next is told so, and all others are served meanwhile") {
  SystemClock clock;
  TestServer fixture({}, &clock);
  const std::string_view watch =
      "GET /v1/watch?resourceVersion=0&timeoutSeconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::vector<RawConnection> watching;
  for (int i = 0; i < 64; ++i) {
    watching.emplace_back(fixture.port);
    watching.back().send(watch);
  }
  REQUIRE(comesTrue([&] { return fixture.server->figures().busy == 64; }));
  // The one that asks may come before one of the sixty-four, which is then told so in its place and asks
  // again.
  CHECK(comesTrue([&] {
    for (RawConnection& connection : watching)
      if (!connection.answer(0).empty()) connection.send(watch);
    RawConnection one(fixture.port);
    one.send("GET /v1/watch?resourceVersion=0&timeoutSeconds=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return statusOfAnswer(one.answer()) == 429;
  }));
  client::Client client(fixture.url());
  Resource group;
  group.kind = "DatasetGroup";
  group.metadata.name = "shop";
  REQUIRE(client.put(group));
  for (RawConnection& connection : watching) {
    const std::string answer = connection.answer();
    CHECK(statusOfAnswer(answer) == 200);
    CHECK(bodyOf(answer).find("\"ADDED\"") != std::string::npos);
  }
}

TEST_CASE("a watch whose client has gone gives up its place") {
  SystemClock clock;
  TestServer fixture({}, &clock);
  {
    RawConnection gone(fixture.port);
    gone.send("GET /v1/watch?resourceVersion=0&timeoutSeconds=300 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(comesTrue([&] { return fixture.server->figures().busy == 1; }));
  }
  CHECK(comesTrue([&] { return fixture.server->figures().busy == 0; }));
}

TEST_CASE("stopping ends watches, answers what is under way, and closes the rest") {
  SystemClock clock;
  TestServer fixture({}, &clock);
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false, release = false;
  fixture.engine.answerWith([&](const serving::RecommendRequest&) {
    std::unique_lock lock(mutex);
    entered = true;
    changed.notify_all();
    changed.wait(lock, [&] { return release; });
    return serving::Answer{};
  });
  RawConnection idle(fixture.port), busy(fixture.port), watching(fixture.port);
  idle.send(kHealth);
  REQUIRE(statusOfAnswer(idle.answer()) == 200);
  watching.send("GET /v1/watch?resourceVersion=0&timeoutSeconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  busy.send(post("/v1/recommend", R"({"target": "a/b"})"));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered; });
  }
  REQUIRE(comesTrue([&] { return fixture.server->figures().busy == 2; }));
  std::thread stopping([&] { fixture.server->stop(); });
  CHECK(idle.closed());
  CHECK(statusOfAnswer(watching.answer()) == 503);
  {
    std::lock_guard guard(mutex);
    release = true;
  }
  changed.notify_all();
  const std::string answer = busy.answer();
  CHECK(statusOfAnswer(answer) == 200);
  CHECK(lower(answer).find("connection: close") != std::string::npos);
  stopping.join();
  CHECK(busy.closed());
  CHECK(fixture.server->figures().connections == 0);
  fixture.server->stop();
}

TEST_CASE("many clients at once get whole answers, also while the server stops") {
  SystemClock clock;
  TestServer fixture({}, &clock);
  std::atomic<int> good{0}, bad{0};
  std::atomic<bool> stopped{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      client::Client client(fixture.url());
      while (true) {
        const auto answer = client.serverVersion();
        if (answer && *answer == "1.2.3")
          ++good;
        else if (!answer && answer.error().code == ErrorCode::kIo && stopped)
          return;
        else
          ++bad;
      }
    });
  REQUIRE(comesTrue([&] { return good > 200; }));
  stopped = true;
  fixture.server->stop();
  for (std::thread& each : clients) each.join();
  CHECK(bad == 0);
}

}  // namespace connections_test
