// The whole way, with the real program: manifests in, recommendations out. Data is generated; the real data
// set is used where PROFFER_TEST_DATA names it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace spine_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = PROFFER_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// Fails with everything a person would want to see.
void mustSucceed(const Outcome& outcome) {
  INFO("stdout:\n" << outcome.out << "\nstderr:\n" << outcome.err);
  REQUIRE(outcome.exitCode == 0);
}

Json jsonOf(const Outcome& outcome) {
  mustSucceed(outcome);
  auto parsed = parseJson(outcome.out);
  INFO(outcome.out);
  REQUIRE(parsed);
  return *parsed;
}

std::vector<std::string> recommendedIds(const ServerProcess& server, const std::string& target,
                                        const std::string& user, int count) {
  const Json answer = jsonOf(
      server.proffer({"recommend", target, "--user", user, "-n", std::to_string(count), "-o", "json"}));
  std::vector<std::string> ids;
  for (const auto& item : answer.at("itemList")) ids.push_back(item.at("itemId").get<std::string>());
  return ids;
}

// A small generated streaming catalogue with the example's manifests beside it.
struct StreamingExample {
  StreamingExample() {
    fs::copy(kSource / "examples/streaming", directory.path() / "streaming", fs::copy_options::recursive);
    fs::remove_all(directory.path() / "streaming/data");
    mustSucceed(run({profferProgram(), "generate", "streaming", "--users", "300", "--items", "120",
                     "--interactions", "8000", "--seed", "7", "--out", (root() / "data").string()}));
  }
  fs::path root() const { return directory.path() / "streaming"; }
  fs::path data() const { return directory.path() / "proffer-data"; }
  TemporaryDirectory directory;
};

std::vector<std::string> documentsOf(const fs::path& directory) {
  std::vector<std::string> documents;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() != ".yaml") continue;
    std::istringstream lines(read(entry.path()));
    std::string document;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("---")) {
        if (!trim(document).empty()) documents.push_back(document);
        document.clear();
      } else {
        document += line + "\n";
      }
    }
    if (!trim(document).empty()) documents.push_back(document);
  }
  std::sort(documents.begin(), documents.end());
  return documents;
}

// What must be equal whatever the order of the documents: the specs and conditions (without their times) of
// what the documents declare. How many runs and versions it took may differ: a recommender that is declared
// before the items are trains without them first.
std::map<std::string, std::string> settledState(const ServerProcess& server) {
  std::map<std::string, std::string> state;
  const Json all = jsonOf(server.proffer({"get", "all", "-o", "json"}));
  for (const auto& object : all.at("items")) {
    const std::string kind = stringMember(object, "kind");
    if (kind == "DatasetImport" || kind == "SolutionVersion") continue;
    Json kept{{"spec", object.at("spec")}, {"conditions", Json::array()}};
    for (Json condition : member(member(object, "status"), "conditions")) {
      condition.erase("lastTransitionTime");
      condition.erase("observedGeneration");
      kept["conditions"].push_back(condition);
    }
    const std::string key = kind + "/" + stringMember(object.at("metadata"), "name");
    state[key] = dumpJson(kept, 1);
  }
  return state;
}

size_t filesBelow(const fs::path& directory) {
  size_t count = 0;
  if (!fs::exists(directory)) return 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) count += entry.is_regular_file();
  return count;
}

}  // namespace

TEST_CASE("the streaming example: applied, served, unchanged, deleted") {
  StreamingExample example;
  ServerProcess server(example.data(), {"--sources", example.root().string()});
  mustSucceed(server.proffer({"apply", "-f", example.root().string(), "--wait", "--timeout", "60s"}));

  const auto top = recommendedIds(server, "streaming/most-popular", "user-1", 10);
  CHECK(top.size() == 10);
  CHECK(std::set<std::string>(top.begin(), top.end()).size() == 10);

  const Outcome again = server.proffer({"apply", "-f", example.root().string(), "--wait"});
  mustSucceed(again);
  CHECK(again.out.find("created") == std::string::npos);
  CHECK(again.out.find("configured") == std::string::npos);
  CHECK(again.out.find("unchanged") != std::string::npos);
  CHECK(server.proffer({"diff", "-f", example.root().string()}).exitCode == 0);

  mustSucceed(server.proffer({"delete", "datasetgroup", "streaming"}));
  mustSucceed(server.proffer({"wait", "datasetgroup/streaming", "--for", "delete", "--timeout", "30s"}));
  const Json left = jsonOf(server.proffer({"get", "all", "-o", "json"}));
  CHECK(left.at("items").empty());
  CHECK(server.stop() == 0);
  CHECK(filesBelow(example.data() / "groups") == 0);
  CHECK(filesBelow(example.data() / "artifacts") == 0);
}

TEST_CASE("a killed server answers as before when it is started again") {
  StreamingExample example;
  std::vector<std::string> before;
  {
    ServerProcess server(example.data(), {"--sources", example.root().string()});
    mustSucceed(server.proffer({"apply", "-f", example.root().string(), "--wait", "--timeout", "60s"}));
    before = recommendedIds(server, "streaming/most-popular", "user-1", 25);
    server.kill();
  }
  ServerProcess server(example.data(), {"--sources", example.root().string()});
  mustSucceed(server.proffer({"wait", "recommender/most-popular", "-g", "streaming", "--for",
                              "condition=Ready", "--timeout", "30s"}));
  CHECK(recommendedIds(server, "streaming/most-popular", "user-1", 25) == before);
  CHECK(server.stop() == 0);
}

TEST_CASE("the order of the documents makes no difference") {
  StreamingExample example;
  auto documents = documentsOf(example.root());
  REQUIRE(documents.size() >= 4);
  const char* wanted = std::getenv("PROFFER_TEST_SEED");
  const unsigned seed = wanted ? static_cast<unsigned>(std::atoi(wanted)) : std::random_device{}();
  std::cout << "seed of the orders: " << seed << std::endl;
  INFO("PROFFER_TEST_SEED=" << seed);
  std::mt19937 random(seed);

  std::map<std::string, std::string> expectedState;
  std::vector<std::string> expectedAnswer;
  for (int order = 0; order < 20; ++order) {
    TemporaryDirectory place;
    ServerProcess server(place.path() / "data", {"--sources", example.root().string()});
    // One document at a time, so that every object really exists before what it refers to in some orders.
    for (const auto& document : documents) mustSucceed(server.proffer({"apply", "-f", "-"}, document));
    mustSucceed(server.proffer({"apply", "-f", example.root().string(), "--wait", "--timeout", "60s"}));
    auto state = settledState(server);
    auto answer = recommendedIds(server, "streaming/most-popular", "user-1", 25);
    // Ready means usable; a version that was trained before the last document came may still be followed by
    // another.
    const auto settled = [&] {
      if (order > 0) return state == expectedState && answer == expectedAnswer;
      return std::none_of(state.begin(), state.end(),
                          [](const auto& one) { return one.second.find("Training") != std::string::npos; });
    };
    for (int i = 0; i < 100 && !settled(); ++i) {
      run({"sleep", "0.1"});
      state = settledState(server);
      answer = recommendedIds(server, "streaming/most-popular", "user-1", 25);
    }
    if (order == 0) {
      expectedState = state;
      expectedAnswer = answer;
    }
    CAPTURE(order);
    for (const auto& [key, expected] : expectedState) {
      CAPTURE(key);
      const auto found = state.find(key);
      CHECK((found == state.end() ? "missing" : found->second) == expected);
    }
    CHECK(state.size() == expectedState.size());
    CHECK(answer == expectedAnswer);
    std::shuffle(documents.begin(), documents.end(), random);
  }
}

TEST_CASE("what was served is not lost by bad input, and catalogue changes act at once") {
  StreamingExample example;
  ServerProcess server(example.data(), {"--sources", example.root().string()});
  mustSucceed(server.proffer({"apply", "-f", example.root().string(), "--wait", "--timeout", "60s"}));
  const auto before = recommendedIds(server, "streaming/most-popular", "user-1", 10);

  SECTION("a faulty manifest changes nothing") {
    const Outcome refused = server.proffer(
        {"apply", "-f", "-"},
        "apiVersion: proffer/v1\nkind: Recommender\nmetadata: {name: most-popular, group: streaming}\n"
        "spec:\n  useCase: most-popluar\n");
    CHECK(refused.exitCode == 2);
    CHECK(refused.err.find("<stdin>:5:12: spec.useCase: unknown use case \"most-popluar\"") !=
          std::string::npos);
    CHECK(recommendedIds(server, "streaming/most-popular", "user-1", 10) == before);
  }
  SECTION("a faulty file leaves the old data and says which row is wrong") {
    const std::string interactions = read(example.root() / "data/interactions.csv");
    write(example.root() / "data/interactions.csv",
          interactions.substr(0, interactions.find('\n') + 1) + "u,i\n");
    const Outcome degraded = server.proffer({"wait", "dataset/interactions", "-g", "streaming", "--for",
                                             "condition=Degraded", "--timeout", "60s"});
    mustSucceed(degraded);
    const Outcome described = server.proffer({"describe", "dataset", "interactions", "-g", "streaming"});
    CHECK(described.out.find("interactions.csv:2") != std::string::npos);
    CHECK(recommendedIds(server, "streaming/most-popular", "user-1", 10) == before);
  }
  SECTION("an item that the catalogue no longer has leaves the answers") {
    std::istringstream items(read(example.root() / "data/items.csv"));
    std::string kept;
    for (std::string line; std::getline(items, line);)
      if (!line.starts_with(before.front() + ",")) kept += line + "\n";
    write(example.root() / "data/items.csv", kept);
    std::vector<std::string> after = before;
    for (int i = 0; i < 600 && after == before; ++i) {
      after = recommendedIds(server, "streaming/most-popular", "user-1", 10);
      if (after == before) run({"sleep", "0.1"});
    }
    CHECK(std::find(after.begin(), after.end(), before.front()) == after.end());
    CHECK(std::vector<std::string>(before.begin() + 1, before.end()) ==
          std::vector<std::string>(after.begin(), after.begin() + 9));
  }
  CHECK(server.stop() == 0);
}

namespace {

// The ten items with the most distinct watchers, straight from ratings.csv; ties by bytes of the id.
std::vector<std::string> mostWatchedFilms(const fs::path& ratings) {
  std::map<std::string, std::set<std::string>> watchers;
  std::istringstream lines(read(ratings));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const auto cells = split(line, ',');
    watchers[cells.at(1)].insert(cells.at(0));
  }
  std::vector<std::pair<long, std::string>> order;
  for (const auto& [film, users] : watchers) order.emplace_back(-static_cast<long>(users.size()), film);
  std::sort(order.begin(), order.end());
  std::vector<std::string> top;
  for (size_t i = 0; i < 10; ++i) top.push_back(order[i].second);
  return top;
}

}  // namespace

TEST_CASE("MovieLens as downloaded: the ten most watched films") {
  const char* testData = std::getenv("PROFFER_TEST_DATA");
  if (testData == nullptr) {
    WARN("skipped: PROFFER_TEST_DATA does not name the directory with movielens-small");
    return;
  }
  const fs::path movielens = fs::path(testData) / "movielens-small";
  TemporaryDirectory place;
  fs::copy(kSource / "examples/movielens", place.path() / "movielens", fs::copy_options::recursive);
  fs::remove_all(place.path() / "movielens/data");
  mustSucceed(
      run({"sh", "get-data.sh"}, {{"MOVIELENS_DIR", movielens.string()}}, place.path() / "movielens"));

  ServerProcess server(place.path() / "proffer-data", {"--sources", (place.path() / "movielens").string()});
  mustSucceed(
      server.proffer({"apply", "-f", (place.path() / "movielens").string(), "--wait", "--timeout", "60s"}));
  const auto expected = mostWatchedFilms(movielens / "ratings.csv");
  CHECK(recommendedIds(server, "movies/most-popular", "1", 10) == expected);
  const Outcome table = server.proffer({"recommend", "movies/most-popular", "--user", "1", "-n", "3"});
  CHECK(table.out.find("Forrest Gump (1994)") != std::string::npos);
  CHECK(server.stop() == 0);
}

}  // namespace spine_test
