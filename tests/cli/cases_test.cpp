// Runs the transcripts in tests/cli/cases. PROFFER_UPDATE_EXPECTED=1 writes what was found into them instead.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.h"
#include "controller/cli/help.h"
#include "controller/cli/runner.h"
#include "tests/cli/case_file.h"
#include "tests/cli/fake_server.h"

namespace proffer::cli::test::cases_test {
namespace {

namespace fs = std::filesystem;

std::string readFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

void writeFile(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

bool updating() {
  return std::getenv("PROFFER_UPDATE_EXPECTED") != nullptr;
}

void replaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// The commands run in a directory of their own, which is the current one meanwhile.
class Directory {
 public:
  Directory() : before_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "proffer-cli-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
    fs::current_path(path_);
  }
  ~Directory() {
    fs::current_path(before_);
    fs::remove_all(path_);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path before_;
  fs::path path_;
};

std::string runStep(const Step& step, const FakeServer& server, const Directory& directory) {
  std::stringstream in(step.inputFile.empty() ? "" : readFile(step.inputFile));
  std::stringstream out;
  std::stringstream err;
  std::map<std::string, std::string> environment{{"HOME", directory.path().string()},
                                                 {"PROFFER_SERVER", server.url()}};
  for (const auto& [name, value] : step.environment) environment[name] = value;
  SimulatedClock simulated(*parseTime("2026-01-01T00:10:00Z"));
  SystemClock system;
  const bool terminal = step.terminalWidth > 0;
  Console console{.in = in,
                  .out = out,
                  .err = err,
                  .clock = step.systemClock ? static_cast<Clock&>(system) : simulated,
                  .environment = [&](std::string_view name) -> std::optional<std::string> {
                    const auto found = environment.find(std::string(name));
                    return found == environment.end() ? std::nullopt : std::make_optional(found->second);
                  },
                  .outIsTerminal = terminal,
                  .errIsTerminal = terminal,
                  .colours = false,
                  .width = terminal ? step.terminalWidth : 80};
  AppFunctions app;
  app.serve = [&](const ServeOptions& options) {
    out << "serve: data " << options.dataDirectory << ", listen " << options.host << " " << options.port;
    for (const SourceRoot& root : options.sources)
      out << ", source " << root.name << " is " << root.directory;
    out << ", bare paths in " << options.defaultSourceDirectory() << "\n";
    return 0;
  };
  app.examine = [](const ExaminationOptions& options) {
    using Grade = Finding::Grade;
    std::vector<Finding> findings{{Grade::kGood, "data directory", options.dataDirectory + " is there", ""},
                                  {Grade::kWarning, "disk space", "2 GB are free", "make room"}};
    if (options.dataDirectory == "broken")
      findings.push_back({Grade::kFault, "models", "models/1.model: section a is damaged", "train again"});
    return findings;
  };
  app.restore = [](const RestoreOptions& options) -> Result<Restoration> {
    if (!fs::exists(options.file))
      return fail(ErrorCode::kNotFound, "cannot open {}: no such file or directory", options.file);
    if (options.dataDirectory == "full")
      return fail(makeError(ErrorCode::kConflict, "full is not empty: it holds \"control.db\"")
                      .hinting("restore into a directory that does not exist yet"));
    return Restoration{12345, 1, "0.1.0", "2026-01-01T00:00:00Z"};
  };
  const int code = runWords(step.words, console, app);
  std::string text = transcript(out.str(), err.str(), code);
  replaceAll(text, server.url(), "SERVER");
  replaceAll(text, directory.path().string(), "HOME");
  return text;
}

std::vector<fs::path> caseFiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(PROFFER_SOURCE_DIR) / "tests/cli/cases"))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void runCase(const fs::path& path) {
  const CaseFile test = parseCase(readFile(path));
  Directory directory;
  for (const auto& [name, text] : test.files) writeFile(directory.path() / name, text);
  const FakeServer server(test.answers);
  std::string updated;
  for (size_t i = 0; i < test.steps.size(); ++i) {
    const std::string found = runStep(test.steps[i], server, directory);
    updated += test.pieces[i] + found + "\n";
    INFO(path.filename() << ": $ " << test.steps[i].line);
    if (!updating()) CHECK(found == test.steps[i].expected);
  }
  updated += test.pieces.back();
  while (updated.ends_with("\n\n")) updated.pop_back();
  if (updating()) writeFile(path, updated);
}

TEST_CASE("commands print what their transcripts say") {
  const std::vector<fs::path> files = caseFiles();
  REQUIRE(files.size() >= 10);
  for (const fs::path& path : files) DYNAMIC_SECTION(path.stem().string()) {
      runCase(path);
    }
}

TEST_CASE("docs/cli.md says what the program says") {
  const fs::path path = fs::path(PROFFER_SOURCE_DIR) / "docs/cli.md";
  if (updating()) writeFile(path, commandReference());
  INFO("PROFFER_UPDATE_EXPECTED=1 with this test writes it anew");
  CHECK(readFile(path) == commandReference());
}

}  // namespace
}  // namespace proffer::cli::test::cases_test
