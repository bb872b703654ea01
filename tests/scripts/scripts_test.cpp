// The scripts a newcomer runs first: they parse, refuse what they do not know, and name packages once. What
// they do as a whole is seen by running them; the parts that need no network and no root are held here.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace scripts_test {

namespace {

namespace fs = std::filesystem;
const fs::path kRoot = PROFFER_SOURCE_DIR;

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Outcome {
  int status = -1;
  std::string output;  // both streams
};

Outcome run(const std::string& command) {
  FILE* pipe = ::popen(("exec 2>&1; " + command).c_str(), "r");
  REQUIRE(pipe != nullptr);
  Outcome outcome;
  char buffer[4096];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe))
    outcome.output.append(buffer, count);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static int number = 0;
    path_ = fs::temp_directory_path() / fmt::format("proffer-scripts-{}-{}", ::getpid(), number++);
    fs::create_directories(path_);
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void writeFile(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> packageLines() {
  std::vector<std::string> lines;
  std::istringstream in(readFile(kRoot / "scripts/packages"));
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("every script parses") {
  for (const char* name :
       {"scripts/lib.sh", "scripts/demo.sh", "scripts/test.sh", "scripts/generated_client.sh",
        "scripts/check_package.sh", "bench/fuzz.sh", "examples/movielens/get-data.sh"}) {
    const Outcome outcome = run(fmt::format("sh -n '{}'", (kRoot / name).string()));
    INFO(name << ": " << outcome.output);
    CHECK(outcome.status == 0);
  }
  CHECK(run(fmt::format("bash -n '{}'", (kRoot / ".ci/run").string())).status == 0);
}

TEST_CASE("scripts explain themselves and refuse what they do not know") {
  for (const char* name : {"demo.sh", "test.sh"}) {
    const std::string script = (kRoot / "scripts" / name).string();
    const Outcome help = run(fmt::format("sh '{}' --help", script));
    CHECK(help.status == 0);
    CHECK(help.output.find(fmt::format("sh scripts/{}", name)) != std::string::npos);
    CHECK(help.output.find("set -eu") == std::string::npos);
    const Outcome wrong = run(fmt::format("sh '{}' --nonsense", script));
    CHECK(wrong.status == 2);
    CHECK(wrong.output.find("--nonsense") != std::string::npos);
  }
}

TEST_CASE("every package is named once and says what it is for") {
  std::set<std::string> names;
  for (const std::string& line : packageLines()) {
    CAPTURE(line);
    const size_t hash = line.find("  # ");
    REQUIRE(hash != std::string::npos);
    CHECK(line.size() > hash + 6);
    CHECK(names.insert(line.substr(0, line.find(' '))).second);
  }
  CHECK(names.count("g++") == 1);
  const Outcome listed = run(fmt::format("cd '{}' && . scripts/lib.sh && wanted_packages", kRoot.string()));
  std::istringstream in(listed.output);
  std::set<std::string> seen;
  for (std::string line; std::getline(in, line);) seen.insert(line);
  CHECK(seen == names);
}

TEST_CASE("what may not be installed is named exactly") {
  TemporaryDirectory directory;
  fs::copy(kRoot / "scripts", directory.path() / "scripts", fs::copy_options::recursive);
  writeFile(directory.path() / "scripts/packages", "no-such-package-anywhere  # nobody has it\n");
  // A system that knows no package to be installed, and no way to install one.
  writeFile(directory.path() / "bin/dpkg-query", "#!/bin/sh\nexit 1\n");
  fs::permissions(directory.path() / "bin/dpkg-query", fs::perms::owner_all);
  const Outcome outcome =
      run(fmt::format("PROFFER_NO_INSTALL=1 PATH='{0}/bin':$PATH sh '{0}/scripts/test.sh' </dev/null",
                      directory.path().string()));
  CHECK(outcome.status == 2);
  CHECK(outcome.output.find("apt-get install --no-install-recommends no-such-package-anywhere") !=
        std::string::npos);
}

TEST_CASE("the MovieLens example copies a data set that is there") {
  TemporaryDirectory directory;
  const fs::path example = directory.path() / "examples/movielens";
  fs::create_directories(example);
  fs::copy_file(kRoot / "examples/movielens/get-data.sh", example / "get-data.sh");
  writeFile(directory.path() / "source/ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n");
  writeFile(directory.path() / "source/movies.csv", "movieId,title,genres\n1,Toy Story (1995),Comedy\n");
  // A relative path is meant from where the user is.
  const std::string command = fmt::format("cd '{}' && MOVIELENS_DIR={{}} sh examples/movielens/get-data.sh",
                                          directory.path().string());
  for (int round = 0; round < 2; ++round) {
    const Outcome outcome = run(fmt::format(fmt::runtime(command), "source"));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(outcome.output.find("1 ratings of 1 movies") != std::string::npos);
  }
  CHECK(readFile(example / "data/ratings.csv") == readFile(directory.path() / "source/ratings.csv"));

  const Outcome missing = run(fmt::format(fmt::runtime(command), "nowhere"));
  CHECK(missing.status == 2);
  CHECK(missing.output.find("ratings.csv") != std::string::npos);
  CHECK(fs::exists(example / "data/ratings.csv"));  // what was there stays
  CHECK(std::distance(fs::directory_iterator(example), fs::directory_iterator()) == 2);
}

}  // namespace scripts_test
