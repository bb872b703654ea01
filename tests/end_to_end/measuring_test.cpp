// Measuring with the real program: what is shown can be scored again from the files of --dump-split.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace end_measuring_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

void mustSucceed(const Outcome& outcome) {
  INFO("stdout:\n" << outcome.out << "\nstderr:\n" << outcome.err);
  REQUIRE(outcome.exitCode == 0);
}

}  // namespace

TEST_CASE("a recommender is measured, its data diagnosed, its answers explained") {
  const fs::path source = PROFFER_SOURCE_DIR;
  TemporaryDirectory place;
  const fs::path root = place.path() / "streaming";
  fs::copy(source / "examples/streaming", root, fs::copy_options::recursive);
  fs::remove_all(root / "data");
  mustSucceed(run({profferProgram(), "generate", "streaming", "--users", "300", "--items", "120",
                   "--interactions", "8000", "--seed", "7", "--out", (root / "data").string()}));
  ServerProcess server(place.path() / "data", {"--sources", root.string()});
  mustSucceed(server.proffer({"apply", "-f", root.string(), "--wait", "--timeout", "60s"}));

  const fs::path files = place.path() / "split";
  const Outcome measured = server.proffer({"evaluate", "streaming/most-popular", "--protocol", "leave-last",
                                           "--dump-split", files.string(), "-o", "json"});
  mustSucceed(measured);
  const auto result = parseJson(measured.out);
  REQUIRE(result);
  CHECK(stringMember(*result, "protocol") == "leave-last");
  const Json& tasks = member(*result, "tasks");
  REQUIRE(!tasks.empty());
  for (const char* file : {"train.csv", "input.csv", "truth.csv"}) CHECK(fs::exists(files / file));

  const Outcome shown = server.proffer({"evaluate", "streaming/most-popular", "--folds"});
  mustSucceed(shown);
  CHECK(shown.out.find("10 runs") != std::string::npos);
  CHECK(shown.out.find("windowed counts (yardstick)") != std::string::npos);
  const Outcome unknown = server.proffer({"evaluate", "streaming/most-populer"});
  CHECK(unknown.exitCode != 0);
  CHECK(unknown.err.find("did you mean \"most-popular\"?") != std::string::npos);

  // The same figures from the files alone, by a script that shares no code with the program.
  if (std::system("python3 -c 'import csv' >/dev/null 2>&1") == 0) {
    const std::string task = stringMember(tasks[0], "name");
    const Outcome scored =
        run({"python3", (source / "tests/recipes/score_split.py").string(), files.string(), task});
    mustSucceed(scored);
    size_t compared = 0;
    for (const Json& method : member(tasks[0], "methods")) {
      if (method.contains("leftOut")) continue;
      std::string name = stringMember(method, "name");
      for (char& c : name) c = c == ' ' ? '-' : static_cast<char>(std::tolower(c));
      for (const std::string& line : proffer::split(scored.out, '\n')) {
        const auto words = proffer::split(line, ' ');
        if (words.size() < 5 || words[0] != name) continue;
        ++compared;
        const Json& metrics = member(method, "metrics");
        CHECK(std::abs(std::stod(words[1]) - metrics["hit_rate_at_10"].get<double>()) < .00005);
        CHECK(std::abs(std::stod(words[2]) -
                       metrics["normalized_discounted_cumulative_gain_at_10"].get<double>()) < .00005);
      }
    }
    CHECK(compared >= 4);
  } else {
    WARN("there is no python3: the script over the split was not run");
  }

  const Outcome diagnosed = server.proffer({"diagnose", "streaming"});
  mustSucceed(diagnosed);
  for (const char* part : {"Findings", "Events per user", "Use cases", "most-popular"})
    CHECK(diagnosed.out.find(part) != std::string::npos);

  const Outcome explained =
      server.proffer({"recommend", "streaming/most-popular", "--user", "user-1", "-n", "3", "--explain"});
  mustSucceed(explained);
  CHECK(explained.out.find("popularity: ") != std::string::npos);
  CHECK(server.stop() == 0);
}

}  // namespace end_measuring_test
