// A server is dumped while it runs, its directory wiped, the dump restored: it answers as before.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/hash.h"
#include "base/json.h"
#include "controller/client/client.h"
#include "tests/end_to_end/process.h"

namespace backup_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

constexpr int kRequests = 1000;

std::string described(const Outcome& outcome) {
  return fmt::format("exit code {}\n{}{}", outcome.exitCode, outcome.out, outcome.err);
}

void mustSucceed(const Outcome& outcome) {
  INFO(described(outcome));
  REQUIRE(outcome.exitCode == 0);
}

// What a thousand requests of all kinds get, without the ids of the answers.
std::vector<std::string> answersOf(const ServerProcess& server, uint32_t seed) {
  client::Client client(server.url());
  std::mt19937 random(seed);
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::vector<std::string> answers;
  for (int i = 0; i < kRequests; ++i) {
    client::RecommendRequest request;
    request.group = "streaming";
    request.name = below(2) == 0 ? "most-popular" : "most-clicked";
    request.userId = below(10) == 0 ? "nobody" : fmt::format("u{}", below(300));
    request.numResults = 1 + below(40);
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

// The files of a directory with their contents, databases left out: SQLite may lay those out as it likes.
std::string filesOf(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = fs::relative(entry.path(), directory).string();
    if (!entry.is_regular_file() || name.find(".db") != std::string::npos) continue;
    if (name == "lock" || name == "shown-answers") continue;  // of a server's own time
    std::ifstream in(entry.path(), std::ios::binary);
    files[name] = hashHex(hash128(std::string((std::istreambuf_iterator<char>(in)), {})));
  }
  std::string text;
  for (const auto& [name, hash] : files) text += name + " " + hash + "\n";
  return text;
}

}  // namespace

TEST_CASE("dump, wipe, restore: the same answers to a thousand requests, and the same files") {
  const TemporaryDirectory directory;
  const fs::path example = directory.path() / "streaming";
  fs::copy(fs::path(PROFFER_SOURCE_DIR) / "examples/streaming", example, fs::copy_options::recursive);
  fs::remove_all(example / "data");
  mustSucceed(run({profferProgram(), "generate", "streaming", "--users", "300", "--items", "120",
                   "--interactions", "8000", "--seed", "7", "--out", (example / "data").string()}));
  const fs::path data = directory.path() / "proffer-data";
  const std::string dump = (directory.path() / "backup.tar").string();
  const uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::vector<std::string> before;
  std::string filesBefore;
  {
    ServerProcess server(data, {"--sources", example.string()});
    mustSucceed(server.proffer({"apply", "-f", example.string(), "--wait"}));
    before = answersOf(server, seed);
    mustSucceed(server.proffer({"dump", dump}));
    CHECK(server.stop() == 0);
    filesBefore = filesOf(data);
  }
  CHECK_FALSE(fs::exists(dump + ".partial"));
  CHECK((!fs::exists(data / "dumps") || fs::is_empty(data / "dumps")));
  // Somebody's directory is not written over; a damaged dump restores nothing.
  CHECK(run({profferProgram(), "restore", dump, "--data", data.string()}).exitCode != 0);
  fs::remove_all(data);
  mustSucceed(run({profferProgram(), "restore", dump, "--data", data.string()}));
  {
    // The sources are gone with the old machine: what was imported stays.
    ServerProcess server(data, {"--sources", directory.path().string()});
    mustSucceed(server.proffer({"wait", "recommender", "streaming/most-popular", "--timeout", "30s"}));
    CHECK(answersOf(server, seed) == before);
    CHECK(server.stop() == 0);
  }
  CHECK(filesOf(data) == filesBefore);
}

}  // namespace backup_test
