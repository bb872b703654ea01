// A case: a transcript that a user could have typed. Lines of a case file:
//
//   # a comment
//   @file NAME ... @end              a file in the directory that the commands run in
//   @answer GET /v1/jobs?x=y ... @end  what the server answers; without a query: to any query
//   @answer 409 POST /v1/apply ... @end  with a status
//   @terminal WIDTH                  from here on stdout and stderr are a terminal
//   @clock system                    from here on time is real; otherwise it stands at 2026-01-01T00:10:00Z
//   $ NAME=VALUE proffer WORDS < FILE  a command, followed by what it prints:
//   ! line                           a line of stderr
//   ? 2                              the exit code, if it is not 0
//   line                             a line of stdout
#pragma once

#include <map>
#include <string>
#include <vector>

namespace proffer::cli::test {

struct Answer {
  int status = 200;
  std::string body;
};

struct Step {
  std::string line;  ///< as it stands after "$ "
  std::map<std::string, std::string> environment;
  std::vector<std::string> words;  ///< without the program's name
  std::string inputFile;
  int terminalWidth = 0;  ///< 0: no terminal
  bool systemClock = false;
  std::string expected;  ///< what stands below the command, as written
};

struct CaseFile {
  std::vector<std::string>
      pieces;  ///< the file's text around the expectations: pieces[i] ends with the i-th command
  std::vector<Step> steps;
  std::map<std::string, std::string> files;
  std::map<std::string, Answer> answers;  ///< "GET /v1/jobs" -> answer
};

CaseFile parseCase(const std::string& text);
/// The expectation's text for what a command did.
std::string transcript(const std::string& out, const std::string& err, int exitCode);

}  // namespace proffer::cli::test
