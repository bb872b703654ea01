// What an operator sees of the real program: its logs, what it tells systemd, and how it ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace operations_test {

using namespace proffer;
using namespace proffer::end_to_end;
using namespace std::chrono_literals;

namespace {

bool comesTrue(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

// A connection that says what it is told and listens to nobody.
class Socket {
 public:
  explicit Socket(const std::string& url) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Socket() { ::close(socket_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  void send(const std::string& bytes) {
    REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  std::string receive() {
    char bytes[65536];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    return {bytes, static_cast<size_t>(std::max<ssize_t>(got, 0))};
  }

 private:
  int socket_;
};

// What systemd would hear.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~NotifySocket() { ::close(socket_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  /// The next message that begins with `word`; empty if none comes.
  std::string next(std::string_view word) {
    char bytes[4096];
    while (true) {
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      if (got < 0) return "";
      const std::string message(bytes, static_cast<size_t>(got));
      if (message.starts_with(word)) return message;
    }
  }

 private:
  int socket_;
};

constexpr const char* kGroup =
    "apiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {name: shop}\nspec: {}\n";

}  // namespace

TEST_CASE("JSON logs are JSON in every line, with the ids of requests and reconciles") {
  TemporaryDirectory place;
  ServerProcess server(place.path() / "data", {"--log-format", "json", "--log-level", "debug"});
  const std::string body = kGroup;
  Socket client(server.url());
  client.send(
      fmt::format("POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n"
                  "X-Request-Id: my-own-id\r\nContent-Length: {}\r\n\r\n{}",
                  body.size(), body));
  CHECK(client.receive().find("X-Request-Id: my-own-id") != std::string::npos);
  CHECK(server.proffer({"wait", "datasetgroup/shop"}).exitCode == 0);
  bool request = false, reconcile = false;
  CHECK(comesTrue([&] {
    std::istringstream lines(server.log());
    for (std::string line; std::getline(lines, line);) {
      const auto parsed = parseJson(line);
      if (!parsed) return false;
      for (const char* name : {"time", "level", "component", "message"}) CHECK(parsed->contains(name));
      if (stringMember(*parsed, "requestID") == "my-own-id") request = true;
      if (!stringMember(*parsed, "reconcileID").empty()) reconcile = true;
    }
    return request && reconcile;
  }));
  CHECK(request);
  CHECK(reconcile);
  CHECK(server.stop() == 0);
  INFO(server.log());
  std::istringstream lines(server.log());
  for (std::string line; std::getline(lines, line);) CHECK(parseJson(line));
}

TEST_CASE("systemd hears that the server is ready, alive and stopping") {
  TemporaryDirectory place;
  const std::string path = (place.path() / "notify").string();
  NotifySocket systemd(path);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "200000", 1);
  {
    ServerProcess server(place.path() / "data", {});
    CHECK(systemd.next("READY=1").find(server.url()) != std::string::npos);
    CHECK(systemd.next("WATCHDOG=1") == "WATCHDOG=1");
    CHECK(server.stop() == 0);
    CHECK(systemd.next("STOPPING=1") != "");
  }
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
}

TEST_CASE("a second signal ends the server at once, whatever is under way") {
  TemporaryDirectory place;
  ServerProcess server(place.path() / "data", {});
  Socket slow(server.url());
  // A body that never comes: the first signal waits for it.
  slow.send(
      "POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
      "100\r\n\r\n");
  CHECK(slow.receive().find(" 100 ") != std::string::npos);
  REQUIRE(::kill(server.pid(), SIGTERM) == 0);
  REQUIRE(comesTrue([&] { return server.log().find("stopping") != std::string::npos; }));
  CHECK(server.stop() == 128 + SIGTERM);
}

TEST_CASE("the limit of open files is raised to what the system allows") {
  TemporaryDirectory place;
  const Outcome outcome =
      run({"/bin/sh", "-c", R"(
    ulimit -S -n 256
    "$1" serve --data "$2" --listen 127.0.0.1:0 2>"$3" & pid=$!
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
      grep -q "serves on" "$3" 2>/dev/null && break; sleep 0.2; done
    grep "open files" /proc/$pid/limits | tr -s ' ' | cut -d' ' -f4,5
    kill $pid; wait $pid)",
           "sh", profferProgram(), (place.path() / "data").string(), (place.path() / "log").string()});
  INFO(outcome.out << outcome.err);
  const std::vector<std::string> limits = split(std::string(trim(outcome.out)), ' ');
  REQUIRE(limits.size() == 2);
  CHECK(limits[0] == limits[1]);
}

namespace {

// Turns over one bit in the middle of a file.
void damage(const std::filesystem::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  REQUIRE(file);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 3);
  file.seekg(middle);
  const int byte = file.get();
  file.seekp(middle);
  file.put(static_cast<char>(byte ^ 4));
}

std::filesystem::path firstFileBelow(const std::filesystem::path& directory, const std::string& extension) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.path().extension() == extension) return entry.path();
  FAIL("no " << extension << " below " << directory);
  return {};
}

}  // namespace

TEST_CASE("doctor finds what is wrong with a data directory, and says what to do") {
  namespace fs = std::filesystem;
  TemporaryDirectory place;
  const fs::path data = place.path() / "data", example = place.path() / "streaming";
  fs::copy(fs::path(PROFFER_SOURCE_DIR) / "examples/streaming", example, fs::copy_options::recursive);
  REQUIRE(run({profferProgram(), "generate", "streaming", "--users", "100", "--items", "60", "--interactions",
               "3000", "--seed", "7", "--out", (example / "data").string()})
              .exitCode == 0);
  const auto doctor = [&](std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{profferProgram(), "doctor", "--data", data.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  };
  const Outcome none = doctor();
  CHECK(none.exitCode == 1);
  CHECK(none.out.find("is not there") != std::string::npos);
  fs::create_directory(data);
  const Outcome empty = doctor();
  CHECK(empty.exitCode == 1);
  CHECK(empty.out.find("no data directory of a server") != std::string::npos);
  CHECK(fs::is_empty(data));
  {
    ServerProcess server(data, {"--sources", example.string()});
    const Outcome applied = server.proffer({"apply", "-f", example.string(), "--wait", "--timeout", "60s"});
    INFO(applied.out << applied.err << server.log());
    REQUIRE(applied.exitCode == 0);
    const Outcome meanwhile = doctor();
    INFO(meanwhile.out << meanwhile.err);
    CHECK(meanwhile.exitCode == 0);
    CHECK(meanwhile.out.find("a server has them open") != std::string::npos);
    CHECK(server.stop() == 0);
  }
  const Outcome well = doctor();
  INFO(well.out << well.err);
  CHECK(well.exitCode == 0);
  CHECK(well.out.find("resources") != std::string::npos);
  CHECK(well.out.find("segments are as written") != std::string::npos);

  const fs::path model = firstFileBelow(data / "models", ".model");
  damage(model);
  damage(firstFileBelow(data / "groups", ".segment"));
  fs::permissions(data, fs::perms::others_read, fs::perm_options::add);
  const Outcome ill = doctor({"-o", "json"});
  CHECK(ill.exitCode == 1);
  const auto found = parseJson(ill.out);
  REQUIRE(found);
  std::map<std::string, std::string> faults;
  for (const Json& finding : member(*found, "findings")) {
    CHECK((stringMember(finding, "grade") == "ok" || finding.contains("remedy")));
    if (stringMember(finding, "grade") == "fault")
      faults[stringMember(finding, "about")] = stringMember(finding, "message");
    if (stringMember(finding, "about") == "permissions") CHECK(stringMember(finding, "grade") == "warning");
  }
  CHECK(faults.size() == 2);
  CHECK(faults["models"].find(model.filename().string()) != std::string::npos);
  CHECK(faults["group data"].find(".segment") != std::string::npos);
  CHECK(doctor({"--quick"}).exitCode == 0);
}

}  // namespace operations_test
