// The completion scripts, given to a real shell.
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "controller/cli/command_table.h"
#include "controller/cli/completion_scripts.h"

namespace proffer::cli::completion_test {
namespace {

// What bash completes after the words.
std::string completed(const std::string& words) {
  std::string name = "/tmp/proffer-completion-XXXXXX";
  const int file = mkstemp(name.data());
  REQUIRE(file >= 0);
  std::ofstream(name) << bashCompletion() << "COMP_WORDS=(" << words
                      << ")\nCOMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))\n_proffer\necho \"${COMPREPLY[*]}\"\n";
  FILE* pipe = popen(("bash " + name + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  for (int letter = std::fgetc(pipe); letter != EOF; letter = std::fgetc(pipe)) out += static_cast<char>(letter);
  CHECK(pclose(pipe) == 0);
  std::remove(name.c_str());
  return out;
}

TEST_CASE("bash completes commands, flags, kinds and choices") {
  struct Row {
    std::string words, expected, reason;
  };
  for (const Row& row : {Row{"proffer ex", "explain\n", "a command"},
                         Row{"proffer get --wat", "--watch\n", "a flag"},
                         Row{"proffer get recomm", "recommenders\n", "a kind"},
                         Row{"proffer get recommenders -o ya", "yaml\n", "a choice after a short flag"},
                         Row{"proffer generate st", "streaming\n", "a choice of a positional"},
                         Row{"proffer config sh", "show\n", "the second word of a command"}}) {
    INFO(row.reason << ": " << row.words);
    CHECK(completed(row.words) == row.expected);
  }
}

TEST_CASE("every command and flag stands in every script") {
  for (const std::string& script : {bashCompletion(), zshCompletion(), fishCompletion()})
    for (const Command& command : allCommands())
      for (const Option& option : command.options) {
        INFO(command.name << " --" << option.name);
        CHECK(script.find(option.name) != std::string::npos);
      }
}

}  // namespace
}  // namespace proffer::cli::completion_test
