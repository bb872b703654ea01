#include "controller/cli/help.h"

#include <algorithm>

#include "base/text.h"
#include "controller/cli/command_table.h"

namespace proffer::cli {
namespace {

constexpr size_t kHelpColumn = 26;
constexpr size_t kHelpWidth = 100;

struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};
constexpr ExitMeaning kExitMeanings[] = {
    {ExitCode::kDone, "done, or no difference"},
    {ExitCode::kNo, "the answer is no: differs, not found, not ready, refused, or at fault"},
    {ExitCode::kTrouble,
     "trouble: usage, invalid input, a missing file, no valid token, no server, a failure"},
    {ExitCode::kTimedOut, "timed out"},
};

std::string exitCodes() {
  std::string out = "Exit codes:\n";
  for (const auto& [code, meaning] : kExitMeanings)
    out += fmt::format("  {}  {}\n", static_cast<int>(code), meaning);
  return out;
}

// Breaks at spaces so that no line is longer than `width`.
std::vector<std::string> wrapped(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  for (const std::string& word : split(text, ' ')) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

// "  left      text", the text wrapped in its column.
std::string entry(std::string left, std::string_view text) {
  left = "  " + left;
  std::string out = left;
  if (left.size() + 2 > kHelpColumn) {
    out += "\n" + std::string(kHelpColumn, ' ');
  } else {
    out += std::string(kHelpColumn - left.size(), ' ');
  }
  const std::vector<std::string> lines = wrapped(text, kHelpWidth - kHelpColumn);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += std::string(kHelpColumn, ' ');
    out += lines[i] + "\n";
  }
  return out;
}

std::string flagText(const Option& option) {
  std::string text = option.letter == 0 ? "    " : fmt::format("-{}, ", option.letter);
  text += "--" + option.name;
  if (!option.value.empty()) text += " " + option.value;
  if (option.several) text += "...";
  return text;
}

std::string optionHelp(const Option& option) {
  std::string text = option.help;
  if (option.kind == ValueKind::kChoice) text += ": " + join(option.choices, ", ");
  if (option.repeatable) text += " (may be repeated)";
  if (!option.defaultValue.empty()) text += fmt::format(" [default {}]", option.defaultValue);
  if (option.setting) text += fmt::format(" [{}]", environmentName(option.name));
  return text;
}

std::string optionList(std::span<const Option> options) {
  std::string out;
  for (const Option& option : options) out += entry(flagText(option), optionHelp(option));
  return out;
}

std::string usageOf(const Command& command) {
  std::string usage = "proffer " + command.name;
  for (const Positional& positional : command.positionals) {
    std::string name = positional.name + (positional.repeatable ? "..." : "");
    usage += positional.required ? " " + name : " [" + name + "]";
  }
  return usage + " [flags]";
}

std::string positionalHelp(const Positional& positional) {
  std::string text = positional.help;
  if (!positional.choices.empty()) text += ": " + join(positional.choices, ", ");
  return text;
}

std::string exampleList(const Command& command) {
  size_t longest = 0;
  for (const Example& example : command.examples) longest = std::max(longest, example.command.size());
  std::string out;
  for (const Example& example : command.examples)
    out += fmt::format("  {:<{}}  # {}\n", example.command, longest, example.what);
  return out;
}

std::string paragraphs(const Command& command) {
  std::string out;
  for (const std::string& paragraph : split(command.description, '\n')) {
    for (const std::string& line : wrapped(paragraph, kHelpWidth)) out += line + "\n";
  }
  return out;
}

// A cell of a Markdown table.
std::string cellText(std::string text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '|' || letter == '<') out += '\\';
    out += letter;
  }
  return out;
}

std::string optionRow(const Option& option) {
  std::string flag = "--" + option.name;
  if (option.letter != 0) flag = fmt::format("-{}, {}", option.letter, flag);
  if (!option.value.empty()) flag += " " + option.value;
  if (option.several) flag += "...";
  return fmt::format("| `{}` | {} |\n", flag, cellText(optionHelp(option)));
}

}  // namespace

std::string programHelp(std::string_view prefix) {
  std::string out;
  if (prefix.empty()) {
    out =
        "Proffer is a personalization engine that is run with manifests: one program is the server, the\n"
        "controller and this command line.\n\n"
        "Examples:\n"
        "  proffer serve --sources data           # run the server; datasets read files below data/\n"
        "  proffer apply -f shop/ --wait          # make it so, and wait until it is\n"
        "  proffer recommend shop/for-you --user 7 -n 10\n\n"
        "Commands:\n";
  } else {
    out = "Commands:\n";
  }
  for (const Command& command : allCommands())
    if (prefix.empty() || command.name.starts_with(std::string(prefix) + " "))
      out += entry(command.name, command.summary);
  out += "\nFlags of every command:\n" + optionList(commonOptions());
  out +=
      "\nproffer COMMAND --help says more. A flag wins over PROFFER_* in the environment, that over the\n"
      "configuration file, that over the default; `proffer config show` says where each value came from.\n\n";
  return out + exitCodes();
}

std::string commandHelp(const Command& command) {
  std::string out = command.summary + ".\n";
  if (!command.examples.empty()) out += "\nExamples:\n" + exampleList(command);
  out += "\nUsage:\n  " + usageOf(command) + "\n";
  if (!command.description.empty()) out += "\n" + paragraphs(command);
  if (!command.positionals.empty()) {
    out += "\nArguments:\n";
    for (const Positional& positional : command.positionals)
      out += entry(positional.name, positionalHelp(positional));
  }
  if (!command.options.empty()) out += "\nFlags:\n" + optionList(command.options);
  out += "\nFlags of every command:\n" + optionList(commonOptions()) + "\n";
  return out + exitCodes();
}

std::string commandReference() {
  std::string out =
      "# The command line\n\n"
      "Written from the program's table of commands; a test says when it is stale, and with\n"
      "`PROFFER_UPDATE_EXPECTED=1` writes it anew.\n\n"
      "Data goes to stdout, everything else to stderr. There is no colour without a terminal or with\n"
      "`NO_COLOR`.\n\n"
      "| exit code | meaning |\n| --- | --- |\n";
  for (const auto& [code, meaning] : kExitMeanings)
    out += fmt::format("| {} | {} |\n", static_cast<int>(code), meaning);
  out +=
      "\n`diff` says only of a difference that it is one (1): what `apply` would refuse is trouble there "
      "(2), as\n"
      "for every command are manifests that are not valid.\n\n"
      "A flag wins over `PROFFER_*` in the environment, that over the configuration file\n"
      "(`~/.config/proffer/config.yaml`, or the one that `--config` or `PROFFER_CONFIG` names), that over "
      "the\n"
      "default. The file holds one `name: value` a line, the names being those of the flags. `proffer "
      "config\n"
      "show` says where each value came from.\n\n"
      "## Flags of every command\n\n| flag | meaning |\n| --- | --- |\n";
  for (const Option& option : commonOptions()) out += optionRow(option);
  for (const Command& command : allCommands()) {
    out += fmt::format("\n## proffer {}\n\n{}.\n\n```sh\n", command.name, command.summary);
    for (const Example& example : command.examples)
      out += fmt::format("{}  # {}\n", example.command, example.what);
    out += "```\n\nUsage: `" + usageOf(command) + "`\n";
    if (!command.description.empty()) out += "\n" + paragraphs(command);
    if (command.positionals.empty() && command.options.empty()) continue;
    out += "\n| argument or flag | meaning |\n| --- | --- |\n";
    for (const Positional& positional : command.positionals)
      out += fmt::format("| `{}` | {} |\n", positional.name, cellText(positionalHelp(positional)));
    for (const Option& option : command.options) out += optionRow(option);
  }
  return out;
}

}  // namespace proffer::cli
