// TLS on a real server: what is encrypted, what is refused, and a certificate that changes while it runs.
#include <httplib.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "controller/client/client.h"
#include "fixture.h"

namespace tls_test {

using namespace proffer;
using namespace proffer::http;

namespace {

namespace fs = std::filesystem;

struct Certificates {
  Certificates() {
    std::string name = (fs::temp_directory_path() / "proffer-tls-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory = name;
  }
  ~Certificates() { fs::remove_all(directory); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// Its own certificate for localhost; false where there is no openssl program.
  bool make(const std::string& name) const {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
        " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " + path(name + ".key") + " -out " +
        path(name + ".pem") + " 2>/dev/null && chmod 600 " + path(name + ".key");
    return std::system(command.c_str()) == 0;
  }
  std::string path(const std::string& name) const { return (directory / name).string(); }
  void use(const std::string& name) const {
    for (const char* kind : {".pem", ".key"})
      fs::copy_file(path(name + kind), path(std::string("used") + kind),
                    fs::copy_options::overwrite_existing);
  }
  std::shared_ptr<TlsContext> open(Clock& clock) const {
    auto opened = TlsContext::open(path("used.pem"), path("used.key"), clock, io::posixFileSystem());
    if (!opened) FAIL(formatError(opened.error()));
    return std::move(*opened);
  }
  fs::path directory;
};

std::unique_ptr<httplib::Client> clientOf(int port, const std::string& authority) {
  auto client = std::make_unique<httplib::Client>("https://localhost:" + std::to_string(port));
  client->set_ca_cert_path(authority);
  client->set_keep_alive(true);
  client->set_read_timeout(60);  // the default of 5 s is short where many tests run at once
  client->set_write_timeout(60);
  return client;
}

}  // namespace

TEST_CASE("a server with a certificate speaks TLS, and takes another one while it runs") {
  const Certificates certificates;
  if (!certificates.make("first") || !certificates.make("second")) {
    WARN("skipped: there is no openssl program that makes certificates");
    return;
  }
  certificates.use("first");
  SimulatedClock clock(testStart());
  ServerOptions options;
  options.tls = certificates.open(clock);
  TestServer server(options, &clock);
  server.dumpWith([](const ByteSink& send) -> Result<void> {
    for (int i = 0; i < 300; ++i) send(std::string(10'000, static_cast<char>('a' + i % 26)));
    return {};
  });

  const auto old = clientOf(server.port, certificates.path("first.pem"));
  REQUIRE(old->Get("/healthz"));
  const auto version = old->Get("/v1/version");
  REQUIRE(version);
  CHECK(version->status == 200);
  const auto dump = clientOf(server.port, certificates.path("first.pem"))->Get("/v1/dump");
  REQUIRE(dump);
  CHECK(dump->body.size() == 3'000'000);
  const std::string large = "{\"resources\": [], \"x\": \"" + std::string(3'000'000, 'x') + "\"}";
  const auto applied = old->Post("/v1/apply", large, "application/json");
  REQUIRE(applied);
  CHECK(applied->status == 400);

  CHECK_FALSE(clientOf(server.port, certificates.path("second.pem"))->Get("/healthz"));
  CHECK_FALSE(httplib::Client("127.0.0.1", server.port).Get("/healthz"));
  client::Client ours("https://localhost:" + std::to_string(server.port), "", certificates.path("first.pem"));
  CHECK(ours.serverVersion().value() == "1.2.3");
  client::Client distrusting("https://localhost:" + std::to_string(server.port), "",
                             certificates.path("second.pem"));
  CHECK(distrusting.serverVersion().error().hint.find("--ca-file") != std::string::npos);
  client::Client plain("http://localhost:" + std::to_string(server.port));
  CHECK_FALSE(plain.serverVersion());

  certificates.use("second");
  clock.advance(std::chrono::seconds(2));
  CHECK(clientOf(server.port, certificates.path("second.pem"))->Get("/healthz"));
  CHECK_FALSE(clientOf(server.port, certificates.path("first.pem"))->Get("/healthz"));
  // What was connected before goes on.
  CHECK(old->Get("/healthz"));
  // A file that is no certificate leaves the last one in force.
  std::ofstream(certificates.path("used.pem")) << "nothing";
  clock.advance(std::chrono::seconds(2));
  CHECK(clientOf(server.port, certificates.path("second.pem"))->Get("/healthz"));
}

TEST_CASE("many clients speak TLS at once, and some of them go away in the middle") {
  const Certificates certificates;
  if (!certificates.make("one")) {
    WARN("skipped: there is no openssl program that makes certificates");
    return;
  }
  certificates.use("one");
  SystemClock clock;
  ServerOptions options;
  options.tls = certificates.open(clock);
  TestServer server(options, &clock);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const auto client = clientOf(server.port, certificates.path("one.pem"));
      for (int round = 0; round < 50; ++round)
        if (const auto answer = client->Get("/v1/resources"); answer && answer->status == 200) ++good;
    });
  for (int i = 0; i < 20; ++i) {
    RawConnection broken(server.port);
    broken.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)
                    .substr(0, static_cast<size_t>(i) % 12));
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 400);
}

TEST_CASE("a certificate that cannot be used is said at the start") {
  const Certificates certificates;
  if (!certificates.make("one") || !certificates.make("two")) {
    WARN("skipped: there is no openssl program that makes certificates");
    return;
  }
  SystemClock clock;
  const auto errorOf = [&](const std::string& certificate, const std::string& key) {
    const auto opened = TlsContext::open(certificates.path(certificate), certificates.path(key), clock,
                                         io::posixFileSystem());
    return opened ? std::string() : formatError(opened.error());
  };
  CHECK(errorOf("one.pem", "one.key").empty());
  CHECK(errorOf("one.pem", "two.key").find("is not that of the certificate") != std::string::npos);
  CHECK(errorOf("one.key", "one.key").find("holds no certificate") != std::string::npos);
  CHECK(errorOf("one.pem", "one.pem").find("may read the key") != std::string::npos);
  CHECK(errorOf("none.pem", "one.key").find("none.pem") != std::string::npos);
  fs::permissions(certificates.path("one.key"), fs::perms::owner_read | fs::perms::others_read);
  CHECK(errorOf("one.pem", "one.key").find("chmod 600") != std::string::npos);
}

}  // namespace tls_test
