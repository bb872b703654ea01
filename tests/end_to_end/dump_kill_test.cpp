// kill -9 at random moments of a dump, of the server that makes it and of the one who asks for it, and of a
// restore: what has a dump's name is one, what a server starts on is whole, and nothing is left lying about.
//
// PROFFER_DUMP_KILLS says how often each is killed, PROFFER_CRASH_SEED repeats the moments (though not the
// machine).
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "base/hash.h"
#include "base/json.h"
#include "controller/client/client.h"
#include "tests/end_to_end/process.h"

namespace dump_kill_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;
using std::chrono::microseconds;

namespace {

uint64_t numberFrom(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void mustSucceed(const Outcome& outcome) {
  INFO("exit code " << outcome.exitCode << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.exitCode == 0);
}

std::vector<std::string> answersOf(const ServerProcess& server) {
  client::Client client(server.url());
  std::vector<std::string> answers;
  for (int i = 0; i < 30; ++i) {
    client::RecommendRequest request;
    request.group = "streaming";
    request.name = i % 2 == 0 ? "most-popular" : "most-clicked";
    request.userId = fmt::format("u{}", i * 7);
    request.numResults = 1 + i;
    const auto answer = client.recommend(request);
    if (!answer) {
      answers.push_back(formatError(answer.error()));
      continue;
    }
    Json json = client::toRuntimeJson(*answer);
    json.erase("recommendationId");
    answers.push_back(answer->version + " " + dumpJson(json));
  }
  return answers;
}

// The files of a data directory with their contents; of databases the names only, as SQLite may lay them out
// anew.
std::string filesOf(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = fs::relative(entry.path(), directory).string();
    if (!entry.is_regular_file() || name.find(".db-") != std::string::npos) continue;
    if (name == "lock" || name == "shown-answers") continue;  // of a server's own time
    std::ifstream in(entry.path(), std::ios::binary);
    const bool database = name.ends_with(".db");
    files[name] = database ? "" : hashHex(hash128(std::string((std::istreambuf_iterator<char>(in)), {})));
  }
  std::string text;
  for (const auto& [name, hash] : files) text += name + " " + hash + "\n";
  return text;
}

/// A server's directory with something in it, one that is running or not, and what it answers.
class Served {
 public:
  Served() {
    const fs::path example = directory_.path() / "streaming";
    fs::copy(fs::path(PROFFER_SOURCE_DIR) / "examples/streaming", example, fs::copy_options::recursive);
    fs::remove_all(example / "data");
    mustSucceed(run({profferProgram(), "generate", "streaming", "--users", "3000", "--items", "400",
                     "--interactions", "120000", "--seed", "7", "--out", (example / "data").string()}));
    sources_ = {"--sources", example.string()};
    const ServerProcess server(data(), sources_);
    mustSucceed(server.proffer({"apply", "-f", example.string(), "--wait"}));
    answers = answersOf(server);
    const auto begin = std::chrono::steady_clock::now();
    mustSucceed(server.proffer({"dump", dump().string()}));
    dumping = since(begin);
    const auto between = std::chrono::steady_clock::now();
    mustSucceed(restore(path("first")));
    restoring = since(between);
    files = filesOf(path("first"));
  }

  fs::path path(const std::string& name) const { return directory_.path() / name; }
  fs::path data() const { return path("data"); }
  fs::path dump() const { return path("whole.tar"); }
  const std::vector<std::string>& sources() const { return sources_; }
  Outcome restore(const fs::path& to, const fs::path& from = {}) const {
    return run({profferProgram(), "restore", (from.empty() ? dump() : from).string(), "--data", to.string()});
  }

  std::vector<std::string> answers;
  std::string files;
  microseconds dumping{}, restoring{};  ///< how long each takes when nobody ends it

 private:
  static microseconds since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin);
  }
  TemporaryDirectory directory_;
  std::vector<std::string> sources_;
};

/// The program, killed after a time if it has not ended by then.
Outcome runFor(microseconds time, std::vector<std::string> arguments,
               const std::map<std::string, std::string>& environment = {}) {
  const std::vector<std::string> killing{"timeout", "-s", "KILL",
                                         fmt::format("{:.6f}", static_cast<double>(time.count() + 1) / 1e6),
                                         profferProgram()};
  arguments.insert(arguments.begin(), killing.begin(), killing.end());
  return run(arguments, environment);
}

}  // namespace

TEST_CASE("a dump that is killed, or whose server is, leaves a whole one or none") {
  const uint64_t kills = numberFrom("PROFFER_DUMP_KILLS", 6);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  INFO("PROFFER_DUMP_KILLS=" << kills << " PROFFER_CRASH_SEED=" << seed);
  std::mt19937_64 random(seed);
  const Served served;
  const fs::path file = served.path("cut.tar"), partial = served.path("cut.tar.partial");
  uint64_t whole = 0, left = 0;
  for (uint64_t i = 0; i < kills; ++i) {
    ServerProcess server(served.data(), served.sources());
    const microseconds after(random() % static_cast<uint64_t>(served.dumping.count() * 3 / 2));
    INFO("the kill " << i << ", after " << after.count() << " us");
    if (i % 2 == 0) {
      std::thread asking([&] { (void)server.proffer({"dump", file.string()}, "", 20); });
      std::this_thread::sleep_for(after);
      server.kill();
      asking.join();
    } else {
      (void)runFor(after, {"dump", file.string()}, {{"PROFFER_SERVER", server.url()}});
      CHECK(answersOf(server) == served.answers);
    }
    left += fs::exists(partial) || fs::exists(file) ? 1 : 0;
    fs::remove(partial);
    if (!fs::exists(file)) continue;
    ++whole;
    mustSucceed(served.restore(served.path("again"), file));
    CHECK(filesOf(served.path("again")) == served.files);
    fs::remove_all(served.path("again"));
    fs::remove(file);
  }
  ServerProcess server(served.data(), served.sources());
  CHECK(filesOf(served.data()) == served.files);
  CHECK(answersOf(server) == served.answers);
  mustSucceed(server.proffer({"dump", file.string()}));
  mustSucceed(served.restore(served.path("again"), file));
  CHECK(filesOf(served.path("again")) == served.files);
  CHECK(server.stop() == 0);
  WARN(kills << " kills of a dump: " << left << " left a file, " << whole << " dumps whole, seed " << seed);
}

TEST_CASE("a restore that is killed is refused by servers until it is run again") {
  const uint64_t kills = numberFrom("PROFFER_DUMP_KILLS", 6);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  INFO("PROFFER_DUMP_KILLS=" << kills << " PROFFER_CRASH_SEED=" << seed);
  std::mt19937_64 random(seed);
  const Served served;
  uint64_t whole = 0, halves = 0;
  for (uint64_t i = 0; i < kills; ++i) {
    const fs::path target = served.path(fmt::format("restored-{}", i));
    const microseconds after(random() % static_cast<uint64_t>(served.restoring.count() * 3 / 2));
    INFO("the kill " << i << ", after " << after.count() << " us");
    (void)runFor(after, {"restore", served.dump().string(), "--data", target.string()});
    if (fs::exists(target / "control.db")) {
      ++whole;
    } else {
      if (fs::exists(target / "restoring")) {
        ++halves;
        const Outcome serving =
            run({profferProgram(), "serve", "--data", target.string(), "--listen", "127.0.0.1:0"}, {}, {}, "",
                30);
        CHECK(serving.exitCode > 0);
        CHECK_THAT(serving.err,
                   Catch::Contains("did not end") && Catch::Contains("run proffer restore again"));
      }
      mustSucceed(served.restore(target));
    }
    ServerProcess server(target, served.sources());
    CHECK(filesOf(target) == served.files);
    CHECK(answersOf(server) == served.answers);
    CHECK(server.stop() == 0);
    fs::remove_all(target);
  }
  WARN(kills << " kills of a restore: " << halves << " halves, " << whole << " whole, seed " << seed);
}

}  // namespace dump_kill_test
