#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>

#include "base/json.h"

namespace log_test {

using namespace proffer;

namespace {

// What `work` writes to standard error.
std::string written(const std::function<void()>& work) {
  std::fflush(stderr);
  FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(::fileno(file), STDERR_FILENO);
  work();
  std::fflush(stderr);
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  std::rewind(file);
  std::string text(65536, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("a line carries its own fields and those of its scopes, its own first") {
  configureLog(LogLevel::kInfo, LogFormat::kJson);
  const std::string text = written([] {
    const LogScope request("requestID", "r1");
    {
      const LogScope job("job", "train-7");
      logLine(LogLevel::kInfo, "test", "inside", {{"requestID", "own"}, {"rows", "3"}});
    }
    logLine(LogLevel::kInfo, "test", "after");
    logLine(LogLevel::kDebug, "test", "not shown");
  });
  configureLog(LogLevel::kInfo, LogFormat::kText);
  const size_t end = text.find('\n');
  const auto first = parseJson(text.substr(0, end)), second = parseJson(text.substr(end + 1));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(stringMember(*first, "requestID") == "own");
  CHECK(stringMember(*first, "rows") == "3");
  CHECK(stringMember(*first, "job") == "train-7");
  CHECK(stringMember(*second, "requestID") == "r1");
  CHECK_FALSE(second->contains("job"));
}

TEST_CASE("a line of text stays one line, whatever is in it") {
  const std::string text = written([] {
    const LogScope request("requestID", "r1");
    logLine(LogLevel::kWarning, "http", "GET /a\x1b[2J\nfaked", {{"peer", "a b"}});
  });
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.find("GET /a\\x1b[2J\\x0afaked peer=\"a b\" requestID=r1") != std::string::npos);
}

}  // namespace log_test
