// Documents are held against the program: what a console block shows is run and must print that, what names a
// path must name one that is there, and links must lead somewhere.
//
// A console block is fenced as ```console; lines beginning with "$ " are commands, the lines after each are
// its output (both streams), where a line "..." stands for any number of lines. Ages, times and random ids
// are not compared. The commands run in a directory that looks like a clone with a release build, against a
// server on which examples/streaming is Ready.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/text.h"
#include "tests/end_to_end/process.h"

namespace documents_test {

using namespace proffer;
using namespace proffer::end_to_end;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = PROFFER_SOURCE_DIR;

struct Command {
  std::string text;
  std::vector<std::string> expected;
  int line = 0;
};

std::vector<fs::path> documents() {
  std::vector<fs::path> found{kSource / "README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "docs"))
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "examples"))
    if (entry.path().filename() == "README.md") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> linesOf(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Command> commandsOf(const fs::path& document) {
  std::vector<Command> commands;
  bool inside = false;
  int number = 0;
  for (const auto& line : linesOf(document)) {
    ++number;
    if (line.starts_with("```")) {
      inside = line == "```console";
      if (inside) commands.push_back({"", {}, number});
    } else if (inside && line.starts_with("$ ")) {
      commands.push_back({line.substr(2), {}, number});
    } else if (inside) {
      commands.back().expected.push_back(line);
    }
  }
  std::erase_if(commands, [](const Command& command) { return command.text.empty(); });
  return commands;
}

// Ages, times and random ids differ from run to run; runs of spaces follow them.
std::string comparable(std::string line) {
  static const std::pair<std::regex, const char*> kPatterns[] = {
      {std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"), "<time>"},
      {std::regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"},
      {std::regex("-[0-9a-f]{8}\\b"), "-<hex>"},
      {std::regex("\\b[0-9]+(ms|s|m|h|d)([0-9]+(s|m|h))?\\b"), "<age>"},
      {std::regex("127\\.0\\.0\\.1:[0-9]+"), "<address>"},
      {std::regex(" +"), " "},
  };
  for (const auto& [pattern, replacement] : kPatterns) line = std::regex_replace(line, pattern, replacement);
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

bool matches(const std::vector<std::string>& expected, size_t e, const std::vector<std::string>& actual,
             size_t a) {
  if (e == expected.size()) return a == actual.size();
  if (expected[e] == "...") {
    for (size_t skip = a; skip <= actual.size(); ++skip)
      if (matches(expected, e + 1, actual, skip)) return true;
    return false;
  }
  return a < actual.size() && comparable(expected[e]) == comparable(actual[a]) &&
         matches(expected, e + 1, actual, a + 1);
}

}  // namespace

TEST_CASE("what the documents show is what the program does") {
  TemporaryDirectory place;
  const fs::path clone = place.path() / "clone";
  fs::create_directories(clone / "build/release");
  fs::create_symlink(profferProgram(), clone / "build/release/proffer");
  fs::copy(kSource / "examples", clone / "examples", fs::copy_options::recursive);
  fs::create_symlink(kSource / "scripts", clone / "scripts");
  const Outcome generated =
      run({profferProgram(), "generate", "streaming", "--users", "300", "--items", "120", "--interactions",
           "8000", "--seed", "7", "--out", (clone / "examples/streaming/data").string()});
  REQUIRE(generated.exitCode == 0);
  ServerProcess server(place.path() / "data", {"--sources", (clone / "examples/streaming").string()}, clone);
  const Outcome applied = server.proffer({"apply", "-f", "examples/streaming", "--wait", "--timeout", "60s"});
  INFO(applied.out << applied.err << server.log());
  REQUIRE(applied.exitCode == 0);

  const std::string path = (clone / "build/release").string() + ":" + std::getenv("PATH");
  size_t count = 0;
  for (const auto& document : documents()) {
    for (const auto& command : commandsOf(document)) {
      ++count;
      const Outcome outcome = run({"sh", "-c", command.text + " 2>&1"},
                                  {{"PATH", path}, {"PROFFER_SERVER", server.url()}}, clone);
      std::vector<std::string> actual;
      std::istringstream out(outcome.out);
      for (std::string line; std::getline(out, line);) actual.push_back(line);
      INFO(fs::relative(document, kSource).string()
           << ":" << command.line << ": $ " << command.text << "\nprints\n"
           << outcome.out << "\nbut the document shows\n"
           << join(command.expected, "\n"));
      CHECK(matches(command.expected, 0, actual, 0));
    }
  }
  CHECK(count > 0);
}

TEST_CASE("every path and link in the documents leads somewhere") {
  const std::regex path(
      "`((?:base|dsl|recipes|manifests|controller|tests|bench|docs|scripts|examples|cmake|\\.ci)/"
      "[A-Za-z0-9_./-]*)`");
  const std::regex link("\\]\\(([^)#:]+)(#[^)]*)?\\)");
  for (const auto& document : documents()) {
    int number = 0;
    for (const auto& line : linesOf(document)) {
      ++number;
      INFO(fs::relative(document, kSource).string() << ":" << number << ": " << line);
      for (std::sregex_iterator match(line.begin(), line.end(), path), end; match != end; ++match) {
        // Data that an example makes is not in a fresh clone.
        if ((*match)[1].str().find("/data") != std::string::npos &&
            match->str().find("examples/") != std::string::npos)
          continue;
        CAPTURE((*match)[1].str());
        CHECK(fs::exists(kSource / (*match)[1].str()));
      }
      for (std::sregex_iterator match(line.begin(), line.end(), link), end; match != end; ++match) {
        CAPTURE((*match)[1].str());
        CHECK(fs::exists(document.parent_path() / (*match)[1].str()));
      }
    }
  }
}

}  // namespace documents_test
