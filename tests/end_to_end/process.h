// Running the real program as a user would: one command to its end, or a server in the background.
//
// One thread at a time. Every process that was started is ended when its object goes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace proffer::end_to_end {

struct Outcome {
  int exitCode = -1;
  std::string out;
  std::string err;
};

/// Runs `arguments` (argv[0] first) with `input` on standard input, to its end or for `seconds`; then it is
/// killed and exitCode is -1.
Outcome run(const std::vector<std::string>& arguments,
            const std::map<std::string, std::string>& environment = {},
            const std::filesystem::path& directory = {}, const std::string& input = "", int seconds = 120);

/// A directory that is removed with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `proffer serve` on a free loopback port.
class ServerProcess {
 public:
  /// Starts it with `--data data` and `more`, and waits until it says where it listens. Fails the test
  /// otherwise.
  ServerProcess(const std::filesystem::path& data, std::vector<std::string> more,
                const std::filesystem::path& directory = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& url() const { return url_; }
  pid_t pid() const { return pid_; }
  /// Sends SIGTERM and waits; the exit code.
  int stop();
  /// kill -9.
  void kill();
  std::string log() const;

  /// `proffer ARGUMENTS` against this server.
  Outcome proffer(std::vector<std::string> arguments, const std::string& input = "", int seconds = 120) const;

 private:
  pid_t pid_ = -1;
  std::string url_;
  std::filesystem::path logFile_;
  std::filesystem::path directory_;
};

/// The program under test.
std::string profferProgram();

}  // namespace proffer::end_to_end
