// What no well-made client sends: the server answers in JSON or closes, and goes on.
#include <catch2/catch.hpp>
#include <random>

#include "base/json.h"
#include "base/text.h"
#include "fixture.h"

namespace hostile_test {

using namespace proffer;
using namespace proffer::http;

namespace {

std::string bodyOf(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

void mustStillAnswer(TestServer& fixture) {
  RawConnection connection(fixture.port);
  connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(statusOfAnswer(connection.answer()) == 200);
}

std::string headers(int count, size_t size) {
  std::string out;
  for (int i = 0; i < count; ++i) out += fmt::format("X-{}: {}\r\n", i, std::string(size, 'x'));
  return out;
}

}  // namespace

TEST_CASE("bytes that are no good request are refused in JSON") {
  struct Row {
    std::string bytes;
    int status;
    bool closes;
    std::string reason;
  };
  const std::string host = "Host: localhost\r\n";
  const std::string json = "Content-Type: application/json\r\n";
  const std::vector<Row> rows{
      {"GET /healthz HTTP/1.1\r\n\r\n", 403, false, "HTTP/1.1 asks for a Host"},
      {"GET /healthz HTTP/1.0\r\n\r\n", 200, true, "HTTP/1.0 knows none"},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414, false, "a long address"},
      {"GET /healthz HTTP/1.1\r\n" + host + headers(1, 9000) + "\r\n", 400, true, "a long header"},
      {"GET /healthz HTTP/1.1\r\n" + host + headers(2000, 40) + "\r\n", 431, true, "too many headers"},
      {"GET /healthz HTTP/9.9\r\n" + host + "\r\n", 400, true, "no such version"},
      {"NONSENSE\r\n\r\n", 400, true, "not HTTP"},
      {"BREW /healthz HTTP/1.1\r\n" + host + "\r\n", 400, true, "no such method"},
      {std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n", 10), 400, true, "TLS to a server without it"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json + "\r\n", 400, false, "no length means no body"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json + "Content-Length: -1\r\n\r\n", 400, true,
       "a negative length"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
       400, true, "two lengths"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json +
           "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
       400, true, "two kinds of length"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json + "Transfer-Encoding: gzip\r\n\r\n", 501, true,
       "unknown encoding"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json + "Content-Length: 99999999999\r\n\r\n", 413, true,
       "a huge body, refused before it is sent"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json +
           "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n",
       413, true, "refused although it waits for a go-ahead"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json +
           "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
       400, true, "chunks are read: an empty object names nobody"},
      {"POST /v1/recommend HTTP/1.1\r\n" + host + json +
           "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
       400, true, "broken chunks"},
      {"GET /healthz HTTP/1.1\r\n" + host + "Content-Length: 4\r\n\r\nGET ", 200, true,
       "a body where none belongs"},
      {"GET /healthz HTTP/1.1\r\n" + host + "Range: bytes=0-1\r\n\r\n", 200, false, "ranges are ignored"},
      {"GET /../../etc/passwd HTTP/1.1\r\n" + host + "\r\n", 404, false, "there are no files here"},
      {"GET /v1/schemas/%00 HTTP/1.1\r\n" + host + "\r\n", 404, false,
       "a zero byte is a name that nobody has"},
      {"POST /recommendations HTTP/1.1\r\n" + host +
           "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: "
           "2\r\n\r\n{}",
       400, false, "a form is just a body"},
  };
  TestServer fixture;
  for (const Row& row : rows) {
    INFO(row.reason);
    RawConnection connection(fixture.port);
    connection.send(row.bytes);
    const std::string answer = connection.answer();
    INFO(answer);
    CHECK(statusOfAnswer(answer) == row.status);
    const auto body = parseJson(bodyOf(answer));
    REQUIRE(body);
    if (row.status >= 400) CHECK((body->contains("error") || body->contains("__type")));
    CHECK(lower(answer).find("\r\ndate: ") != std::string::npos);
    if (row.closes) {
      CHECK(connection.closed());
    } else {
      connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
      CHECK(statusOfAnswer(connection.answer()) == 200);
    }
  }
  mustStillAnswer(fixture);
}

TEST_CASE("a body that grows without end is cut off") {
  ServerOptions options;
  options.bodyBytes = 100'000;
  TestServer fixture(options);
  RawConnection connection(fixture.port);
  connection.send("POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "4000\r\n" + std::string(0x4000, ' ') + "\r\n";
  for (int i = 0; i < 64 && connection.send(chunk); ++i) {
  }
  const int status = statusOfAnswer(connection.answer());
  CHECK((status == 400 || status == 413));
  CHECK(connection.closed());
  mustStillAnswer(fixture);
}

TEST_CASE("a client that waits for the go-ahead gets it") {
  TestServer fixture;
  RawConnection connection(fixture.port);
  connection.send(
      "POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n");
  CHECK(statusOfAnswer(connection.answer()) == 100);
  connection.send(R"({"target": "a/b" })");
  CHECK(statusOfAnswer(connection.answer()) == 200);
}

TEST_CASE("deep and strange JSON is refused without harm") {
  TestServer fixture;
  struct Row {
    std::string body;
    std::string reason;
  };
  const std::vector<Row> rows{
      {std::string(500'000, '['), "deep and cut"},
      {std::string(500'000, '[') + std::string(500'000, ']'), "deep"},
      {R"({"target": ")" + std::string(900'000, 'x') + "\"}", "a long name"},
      {R"({"target": "a/b", "numResults": 1e400})", "no such number"},
      {R"({"target": "a/b", "numResults": 99999999999999999999})", "a large number"},
      {std::string("{\"target\": \"\xff\xfe\"}"), "not UTF-8"},
      {std::string("\0\0\0\0", 4), "zeros"},
      {"", "nothing"},
  };
  for (const std::string path : {"/v1/recommend", "/recommendations"}) {
    for (const Row& row : rows) {
      INFO(path << ": " << row.reason);
      RawConnection connection(fixture.port);
      connection.send(fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}", path,
                                  row.body.size(), row.body));
      const std::string answer = connection.answer();
      CHECK(statusOfAnswer(answer) == 400);
      CHECK(parseJson(bodyOf(answer)));
    }
  }
}

TEST_CASE("random bytes do no harm") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  TestServer fixture;
  const std::string good =
      "POST /v1/apply?set=a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n"
      "Content-Length: 20\r\n\r\napiVersion: proffer/";
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    for (int flips = 1 + static_cast<int>(random() % 8); flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    RawConnection connection(fixture.port);
    connection.send(bytes.substr(0, 1 + random() % bytes.size()));
  }
  mustStillAnswer(fixture);
}

TEST_CASE("with a token everything but health asks for it, and any host name will do") {
  ServerOptions options;
  options.token = "0123456789abcdef0123456789abcdef";
  TestServer fixture(options);
  const auto get = [&](const std::string& path, const std::string& header) {
    RawConnection connection(fixture.port);
    connection.send("GET " + path + " HTTP/1.1\r\nHost: proffer.example\r\n" + header + "\r\n");
    return statusOfAnswer(connection.answer());
  };
  const std::string right = "Authorization: Bearer " + options.token + "\r\n";
  CHECK(get("/healthz", "") == 200);
  CHECK(get("/readyz", "") == 200);
  CHECK(get("/metrics", "") == 401);
  CHECK(get("/v1/resources", "") == 401);
  CHECK(get("/v1/resources", "Authorization: Bearer wrong\r\n") == 401);
  CHECK(get("/nowhere", "") == 403);
  CHECK(get("/metrics", right) == 200);
  CHECK(get("/v1/resources", right) == 200);
}

TEST_CASE("other machines are let in only with a token") {
  SystemClock clock;
  FakeEngine engine;
  const auto store = TestServer::emptyStore(clock);
  ServerOptions options;
  options.host = "0.0.0.0";
  Server open(*store, engine, clock, options);
  const auto refused = open.start();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kForbidden);
  CHECK(refused.error().hint.find("--token-file") != std::string::npos);

  options.token = "0123456789abcdef";
  Server closed(*store, engine, clock, options);
  const auto port = closed.start();
  REQUIRE(port);

  options.host = "127.0.0.1";
  options.port = *port;
  Server second(*store, engine, clock, options);
  CHECK(second.start().error().code == ErrorCode::kUnavailable);

  options.host = "no such host";
  Server nowhere(*store, engine, clock, options);
  CHECK(nowhere.start().error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("metrics are histograms by route and what others hand over") {
  SimulatedClock clock(testStart());
  FakeEngine engine;
  const auto store = TestServer::emptyStore(clock);
  Server server(*store, engine, clock, {});
  server.addMetrics([] {
    MetricSample sample;
    sample.name = "proffer_reconcile_total";
    sample.help = "Reconciles";
    sample.labels = {{"controller", "Dataset"}};
    sample.value = 3;
    MetricSample times;
    times.name = "proffer_reconcile_time_seconds";
    times.type = MetricSample::Type::kHistogram;
    times.upperBounds = {0.1, 1};
    times.counts = {2, 1, 1};
    times.sum = 7;
    return std::vector<MetricSample>{sample, times};
  });
  const auto port = server.start();
  REQUIRE(port);
  const auto get = [&](const std::string& path) {
    RawConnection connection(*port);
    connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return connection.answer();
  };
  get("/v1/recommenders");
  get("/nowhere");
  // A request is counted when its answer has left, which its client may see first.
  std::string text;
  const auto counts = [&](std::string_view what) { return text.find(what) != std::string::npos; };
  for (int i = 0; i < 1000 && !(counts(R"(status="404")") && counts(R"(route="/v1/{plural}")")); ++i)
    text = get("/metrics");
  CHECK(text.find("text/plain; version=0.0.4") != std::string::npos);
  CHECK(
      text.find(R"(proffer_http_request_seconds_count{method="GET",route="/v1/{plural}",status="200"} 1)") !=
      std::string::npos);
  CHECK(text.find(R"(route="none",status="404")") != std::string::npos);
  CHECK(text.find(R"(proffer_reconcile_total{controller="Dataset"} 3)") != std::string::npos);
  CHECK(text.find(R"(proffer_reconcile_time_seconds_bucket{le="1"} 3)") != std::string::npos);
  CHECK(text.find(R"(proffer_reconcile_time_seconds_bucket{le="+Inf"} 4)") != std::string::npos);
  CHECK(text.find("proffer_http_connections") != std::string::npos);
}

TEST_CASE("readiness says what is missing") {
  TestServer fixture;
  fixture.engine.isReady = false;
  RawConnection connection(fixture.port);
  connection.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string answer = connection.answer();
  CHECK(statusOfAnswer(answer) == 503);
  CHECK(bodyOf(answer).find("serving") != std::string::npos);
}

}  // namespace hostile_test
