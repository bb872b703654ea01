#include "tests/cli/case_file.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/text.h"

namespace proffer::cli::test {
namespace {

// Words as a shell splits them, single and double quotes taken away.
std::vector<std::string> shellWords(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool inWord = false;
  char quote = 0;
  for (const char letter : line) {
    if (quote != 0) {
      if (letter == quote)
        quote = 0;
      else
        word += letter;
    } else if (letter == '\'' || letter == '"') {
      quote = letter;
      inWord = true;
    } else if (letter == ' ') {
      if (inWord) words.push_back(std::exchange(word, ""));
      inWord = false;
    } else {
      word += letter;
      inWord = true;
    }
  }
  if (inWord) words.push_back(word);
  return words;
}

void readCommand(const std::string& line, Step& step) {
  step.line = line;
  std::vector<std::string> words = shellWords(line);
  size_t at = 0;
  for (; at < words.size() && words[at] != "proffer"; ++at) {
    const size_t equals = words[at].find('=');
    if (equals == std::string::npos) throw std::runtime_error("not a command: " + line);
    step.environment[words[at].substr(0, equals)] = words[at].substr(equals + 1);
  }
  for (++at; at < words.size(); ++at) {
    if (words[at] == "<" && at + 1 < words.size())
      step.inputFile = words[++at];
    else
      step.words.push_back(words[at]);
  }
}

std::string withoutBlankEnd(std::string text) {
  while (text.ends_with("\n\n") || text == "\n") text.pop_back();
  return text;
}

std::string prefixed(const std::string& text, const std::string& prefix) {
  std::string out;
  for (const std::string& line : split(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, '\n'))
    out += (line.empty() ? prefix.substr(0, prefix.find(' ')) : prefix + line) + "\n";
  return out;
}

}  // namespace

CaseFile parseCase(const std::string& text) {
  CaseFile out;
  Step now;  // what @ lines say for the commands that follow
  std::string piece;
  std::string* block = nullptr;  // of @file or @answer
  bool inExpectation = false;
  for (const std::string& line : split(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, '\n')) {
    if (block != nullptr) {
      piece += line + "\n";
      if (line == "@end")
        block = nullptr;
      else
        *block += line + "\n";
      continue;
    }
    const bool directive = line.starts_with("@") || line.starts_with("$ ") || line.starts_with("# ");
    if (inExpectation && !directive) {
      out.steps.back().expected += line + "\n";
      continue;
    }
    inExpectation = false;
    piece += line + "\n";
    const std::vector<std::string> words = split(line, ' ');
    if (line.starts_with("@file ")) {
      block = &out.files[words.at(1)];
    } else if (line.starts_with("@answer ")) {
      const bool withStatus = std::isdigit(static_cast<unsigned char>(words.at(1)[0])) != 0;
      Answer& answer =
          out.answers[withStatus ? words.at(2) + " " + words.at(3) : words.at(1) + " " + words.at(2)];
      answer = {withStatus ? std::stoi(words[1]) : 200, ""};
      block = &answer.body;
    } else if (line.starts_with("@terminal ")) {
      now.terminalWidth = std::stoi(words.at(1));
    } else if (line == "@clock system") {
      now.systemClock = true;
    } else if (line.starts_with("$ ")) {
      Step step = now;
      readCommand(line.substr(2), step);
      out.steps.push_back(std::move(step));
      out.pieces.push_back(std::exchange(piece, ""));
      inExpectation = true;
    }
  }
  out.pieces.push_back(piece);
  for (Step& step : out.steps) step.expected = withoutBlankEnd(step.expected);
  return out;
}

std::string transcript(const std::string& out, const std::string& err, int exitCode) {
  std::string text = out;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  if (!err.empty()) text += prefixed(err, "! ");
  if (exitCode != 0) text += fmt::format("? {}\n", exitCode);
  return withoutBlankEnd(text);
}

}  // namespace proffer::cli::test
