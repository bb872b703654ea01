// kill -9 of the real server at random moments of apply, import, training, deletion and dump: each restart
// goes on by itself, and in the end everything is as on a server that was never killed.
//
// PROFFER_KILLS says how often it is killed, PROFFER_CRASH_SEED repeats the moments (though not the machine).
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace kill_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

uint64_t numberFrom(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void succeed(const Outcome& outcome) {
  INFO("stdout:\n" << outcome.out << "\nstderr:\n" << outcome.err);
  REQUIRE(outcome.exitCode == 0);
}

/// Two directories of generated sources and a place where one of them is given to the server.
class Shop {
 public:
  Shop() {
    const fs::path example = fs::path(PROFFER_SOURCE_DIR) / "examples/streaming";
    fs::create_directories(root() / "data");
    for (const auto& entry : fs::directory_iterator(example))
      if (entry.path().extension() == ".yaml") fs::copy(entry.path(), root());
    for (const char* seed : {"1", "2"})
      succeed(run({profferProgram(), "generate", "streaming", "--users", "2000", "--items", "400",
                   "--interactions", "60000", "--seed", seed, "--out", (directory_.path() / seed).string()}));
    give("1");
  }
  fs::path root() const { return directory_.path() / "manifests"; }
  fs::path data(const std::string& name) const { return directory_.path() / name; }
  /// Each file by a rename, as one should.
  void give(const std::string& seed) {
    for (const char* name : {"interactions.csv", "items.csv", "users.csv"}) {
      const fs::path next = root() / "data" / (std::string(name) + ".next");
      fs::copy_file(directory_.path() / seed / name, next, fs::copy_options::overwrite_existing);
      fs::rename(next, root() / "data" / name);
    }
  }

 private:
  TemporaryDirectory directory_;
};

/// Specs, conditions, figures of the data, and answers.
std::map<std::string, std::string> stateOf(const ServerProcess& server) {
  std::map<std::string, std::string> state;
  const Outcome got = server.proffer({"get", "all", "-o", "json"});
  succeed(got);
  const auto all = parseJson(got.out);
  REQUIRE(all);
  for (const auto& object : all->at("items")) {
    const std::string kind = stringMember(object, "kind");
    if (kind == "DatasetImport" || kind == "SolutionVersion") continue;
    Json kept{{"spec", object.at("spec")}, {"conditions", Json::array()}};
    for (Json condition : member(member(object, "status"), "conditions")) {
      condition.erase("lastTransitionTime");
      condition.erase("observedGeneration");
      kept["conditions"].push_back(condition);
    }
    // How many bytes it takes depends on which of the imports names an item first, and the fingerprint on
    // when the file with this content was first seen.
    if (Json data = member(object.at("status"), "data"); kind == "Dataset" && data.is_object()) {
      data.erase("bytes");
      data.erase("fingerprint");
      kept["data"] = data;
    }
    state[kind + "/" + stringMember(object.at("metadata"), "name")] = dumpJson(kept, 1);
  }
  for (const char* target : {"streaming/most-popular", "streaming/most-clicked"}) {
    const Outcome answer =
        server.proffer({"recommend", target, "--user", "user-1", "-n", "20", "-o", "json"});
    succeed(answer);
    const auto items = parseJson(answer.out);
    REQUIRE(items);
    state[target] = dumpJson(items->at("itemList"));
  }
  return state;
}

std::set<std::string> filesOf(const fs::path& data) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(data))
    if (entry.is_regular_file()) names.insert(fs::relative(entry.path(), data).string());
  return names;
}

void applyAndWait(const ServerProcess& server, const Shop& shop) {
  succeed(server.proffer({"apply", "-f", shop.root().string(), "--wait", "--timeout", "300s"}, "", 400));
}

/// What differs, one line each; asked again for a while, as conditions follow what was applied.
std::string differenceOf(const ServerProcess& one, const ServerProcess& other) {
  std::string text;
  for (int tries = 0; tries < 60; ++tries) {
    text.clear();
    const auto a = stateOf(one), b = stateOf(other);
    for (const auto& [key, value] : a)
      if (!b.contains(key) || b.at(key) != value)
        text += key + " is " + value + "\nand should be " + (b.contains(key) ? b.at(key) : "absent") + "\n";
    for (const auto& [key, value] : b)
      if (!a.contains(key)) text += key + " is missing\n";
    if (text.empty()) return text;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  return text;
}

/// Models are trained weekly, so the killed server's may be of other data: both are trained again.
void trainAgain(const ServerProcess& server) {
  succeed(server.proffer({"apply", "-f", "-", "--wait", "--timeout", "300s"},
                         R"({apiVersion: proffer/v1, kind: Recommender,
  metadata: {name: most-popular, group: streaming}, spec: {useCase: most-popular, seed: 99}}
---
{apiVersion: proffer/v1, kind: Solution,
  metadata: {name: clicks, group: streaming}, spec: {recipe: aws-popularity-count, eventType: Click, seed: 99}})",
                         400));
}

const char* const kOtherEvent = R"({apiVersion: proffer/v1, kind: Solution,
  metadata: {name: clicks, group: streaming}, spec: {recipe: aws-popularity-count, eventType: Watch}})";

}  // namespace

TEST_CASE("a server that is killed again and again ends where one that is not does") {
  const uint64_t kills = numberFrom("PROFFER_KILLS", 10);
  const uint64_t seed = numberFrom("PROFFER_CRASH_SEED", std::random_device{}());
  INFO("PROFFER_KILLS=" << kills << " PROFFER_CRASH_SEED=" << seed);
  std::mt19937_64 random(seed);
  Shop shop;
  const fs::path killed = shop.data("killed"), whole = shop.data("whole"), dump = shop.data("dump.tar");
  const std::vector<std::string> sources = {"--sources", shop.root().string()};
  std::map<std::string, int> done;
  for (uint64_t i = 0; i < kills; ++i) {
    // What changed while it was down is imported as soon as it is up.
    if (random() % 2 == 0) shop.give(random() % 2 == 0 ? "1" : "2");
    ServerProcess server(killed, sources);
    const uint64_t what = random() % 8;
    std::vector<std::string> arguments = {"apply", "-f", shop.root().string()};
    std::string input;
    if (what == 0) arguments = {"delete", "recommender", "streaming/most-popular"};
    if (what == 1) arguments = {"delete", "datasetgroup", "streaming"};
    if (what == 2) {
      arguments = {"apply", "-f", "-"};
      input = kOtherEvent;
    }
    if (what == 3) arguments = {"dump", dump.string()};
    ++done[arguments[0] + " " + (what == 3 ? "" : arguments[1])];
    std::thread user([&] { (void)server.proffer(arguments, input, 20); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 900'000));
    server.kill();
    user.join();
    // What has the dump's own name is whole.
    if (!fs::exists(dump)) continue;
    succeed(run({profferProgram(), "restore", dump.string(), "--data", shop.data("again").string()}));
    fs::remove_all(shop.data("again"));
    fs::remove(dump);
  }
  shop.give("2");
  ServerProcess after(killed, sources);
  ServerProcess reference(whole, sources);
  for (const ServerProcess* server : {&after, &reference}) {
    applyAndWait(*server, shop);
    trainAgain(*server);
  }
  CHECK(differenceOf(after, reference) == "");

  // Nothing that was left behind outlives what it belonged to.
  for (const ServerProcess* server : {&after, &reference})
    succeed(server->proffer({"delete", "datasetgroup", "streaming", "--wait"}, "", 400));
  std::set<std::string> left;
  for (int tries = 0; tries < 100; ++tries) {
    left = filesOf(killed);
    if (left.size() <= 3) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(left == std::set<std::string>{"control.db", "control.db-wal", "lock"});

  applyAndWait(after, shop);
  applyAndWait(reference, shop);
  CHECK(differenceOf(after, reference) == "");
  CHECK(after.stop() == 0);
  CHECK(reference.stop() == 0);
  std::string text;
  for (const auto& [name, count] : done) text += fmt::format(" {} {},", count, name);
  WARN(kills << " kills:" << text << " seed " << seed);
}

}  // namespace kill_test
