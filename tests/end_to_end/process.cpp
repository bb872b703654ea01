#include "tests/end_to_end/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

extern char** environ;

namespace proffer::end_to_end {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::vector<std::string> environmentWith(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    // A developer's own settings must not change what the tests see.
    if (name.starts_with("PROFFER_") || name == "NO_COLOR" || more.count(name) != 0) continue;
    all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// In the child: streams in place, then the program. Never returns.
[[noreturn]] void become(std::vector<std::string> arguments, std::vector<std::string> environment,
                         const fs::path& directory, int in, int out, int err) {
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  for (int fd = 3; fd < 256; ++fd) close(fd);
  if (!directory.empty() && chdir(directory.c_str()) != 0) _exit(126);
  auto argv = pointers(arguments);
  auto envp = pointers(environment);
  execvpe(argv[0], argv.data(), envp.data());
  _exit(127);
}

int waitFor(pid_t pid, std::chrono::steady_clock::time_point deadline) {
  for (int status = 0;;) {
    if (waitpid(pid, &status, WNOHANG) == pid)
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(2ms);
  }
}

std::string readAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::string profferProgram() {
  return PROFFER_PROGRAM;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (fs::temp_directory_path() / "proffer-test-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Outcome run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
            const fs::path& directory, const std::string& input, int seconds) {
  TemporaryDirectory files;
  std::ofstream(files.path() / "in", std::ios::binary) << input;
  const int in = open((files.path() / "in").c_str(), O_RDONLY | O_CLOEXEC);
  const int out = open((files.path() / "out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const int err = open((files.path() / "err").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const pid_t pid = fork();
  if (pid == 0) become(arguments, environmentWith(environment), directory, in, out, err);
  for (const int fd : {in, out, err}) close(fd);
  Outcome outcome;
  outcome.exitCode = waitFor(pid, std::chrono::steady_clock::now() + std::chrono::seconds(seconds));
  outcome.out = readAll(files.path() / "out");
  outcome.err = readAll(files.path() / "err");
  return outcome;
}

ServerProcess::ServerProcess(const fs::path& data, std::vector<std::string> more, const fs::path& directory)
    : directory_(directory) {
  static int count = 0;
  logFile_ = data.parent_path() / ("server-" + std::to_string(++count) + ".log");
  std::vector<std::string> arguments{profferProgram(), "serve",    "--data",
                                     data.string(),    "--listen", "127.0.0.1:0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = open(logFile_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  pid_ = fork();
  if (pid_ == 0) become(arguments, environmentWith({}), directory, in, out, out);
  close(in);
  close(out);
  const std::regex address("https?://127\\.0\\.0\\.1:[0-9]+");
  for (int i = 0; i < 3000; ++i) {
    const std::string text = log();
    std::smatch match;
    if (std::regex_search(text, match, address)) {
      url_ = match.str();
      return;
    }
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      FAIL("proffer serve ended at once:\n" << text);
    }
    std::this_thread::sleep_for(10ms);
  }
  FAIL("proffer serve did not say where it listens:\n" << log());
}

ServerProcess::~ServerProcess() {
  kill();
}

int ServerProcess::stop() {
  if (pid_ < 0) return -1;
  ::kill(pid_, SIGTERM);
  const int code = waitFor(pid_, std::chrono::steady_clock::now() + 60s);
  pid_ = -1;
  return code;
}

void ServerProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string ServerProcess::log() const {
  return readAll(logFile_);
}

Outcome ServerProcess::proffer(std::vector<std::string> arguments, const std::string& input,
                               int seconds) const {
  arguments.insert(arguments.begin(), profferProgram());
  return run(arguments, {{"PROFFER_SERVER", url_}}, directory_, input, seconds);
}

}  // namespace proffer::end_to_end
