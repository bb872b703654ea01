#include "controller/cli/completion_scripts.h"

#include <set>

#include "base/text.h"
#include "controller/cli/command_table.h"
#include "controller/cli/parse.h"
#include "manifests/kind_table.h"

namespace proffer::cli {
namespace {

std::vector<std::string> kindWords() {
  std::vector<std::string> words;
  for (const KindTable& kind : allKinds()) words.push_back(kind.plural);
  return words;
}

std::string flagsOf(const Command& command) {
  std::vector<std::string> flags;
  for (const Option& option : optionsOf(command)) flags.push_back("--" + option.name);
  return join(flags, " ");
}

// First words of the commands: "config" stands once for all that begin with it.
std::vector<std::string> firstWords() {
  std::vector<std::string> words;
  std::set<std::string> seen;
  for (const Command& command : allCommands())
    if (const std::string word = split(command.name, ' ').front(); seen.insert(word).second)
      words.push_back(word);
  return words;
}

std::string summaryOf(const std::string& firstWord) {
  for (const Command& command : allCommands())
    if (command.name == firstWord || command.name.starts_with(firstWord + " ")) return command.summary;
  return "";
}

std::vector<std::string> positionalWords(const Command& command) {
  std::vector<std::string> words;
  for (const Positional& positional : command.positionals) {
    words.insert(words.end(), positional.choices.begin(), positional.choices.end());
    if (positional.kind == ValueKind::kKind) {
      const std::vector<std::string> kinds = kindWords();
      words.insert(words.end(), kinds.begin(), kinds.end());
    }
  }
  if (const size_t space = command.name.find(' '); space != std::string::npos)
    words.push_back(command.name.substr(space + 1));
  return words;
}

// What follows a flag, as a bash command that fills COMPREPLY; empty: anything.
std::string bashValues(const Option& option) {
  switch (option.kind) {
    case ValueKind::kChoice:
      return fmt::format("compgen -W '{}' -- \"$word\"", join(option.choices, " "));
    case ValueKind::kFile:
      return "compgen -f -- \"$word\"";
    case ValueKind::kDirectory:
      return "compgen -d -- \"$word\"";
    default:
      return "";
  }
}

std::string oneQuoted(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) out += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return out + "'";
}

}  // namespace

std::string bashCompletion() {
  std::string out =
      "# bash completion of proffer: source <(proffer completion bash)\n"
      "_proffer() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" "
      "command=\"${COMP_WORDS[1]}\"\n"
      "  COMPREPLY=()\n";
  out += fmt::format(
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n    "
      "return\n  fi\n",
      join(firstWords(), " "));
  out += "  case \"$command $before\" in\n";
  for (const Command& command : allCommands()) {
    const std::string first = split(command.name, ' ').front();
    for (const Option& option : optionsOf(command)) {
      const std::string values = bashValues(option);
      if (values.empty()) continue;
      std::string pattern = fmt::format("\"{} --{}\"", first, option.name);
      if (option.letter != 0) pattern += fmt::format("|\"{} -{}\"", first, option.letter);
      out += fmt::format("    {}) mapfile -t COMPREPLY < <({}); return ;;\n", pattern, values);
    }
  }
  out += "  esac\n  case \"$command\" in\n";
  for (const Command& command : allCommands()) {
    out += fmt::format(
        "    {})\n      if [[ \"$word\" == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '{}' -- "
        "\"$word\")\n",
        split(command.name, ' ').front(), flagsOf(command));
    out += fmt::format("      else mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\"); fi ;;\n",
                       join(positionalWords(command), " "));
  }
  return out + "  esac\n}\ncomplete -F _proffer proffer\n";
}

std::string zshCompletion() {
  std::string out =
      "#compdef proffer\n"
      "# zsh completion of proffer: source <(proffer completion zsh)\n"
      "_proffer() {\n"
      "  local -a commands\n  commands=(\n";
  for (const std::string& word : firstWords()) out += "    " + oneQuoted(word + ":" + summaryOf(word)) + "\n";
  out +=
      "  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n  case \"$words[2]\" in\n";
  for (const Command& command : allCommands()) {
    out += fmt::format("    {})\n      _arguments", split(command.name, ' ').front());
    for (const Option& option : optionsOf(command)) {
      std::string help;  // brackets and colons have a meaning there
      for (const char letter : option.help)
        help += letter == '[' || letter == ']' || letter == ':' ? std::string{'\\', letter}
                                                                : std::string(1, letter);
      std::string spec = fmt::format("{}--{}[{}]", option.repeatable ? "*" : "", option.name, help);
      if (!option.value.empty()) {
        std::string action = ":" + lower(option.value) + ":";
        if (option.kind == ValueKind::kChoice) action += "(" + join(option.choices, " ") + ")";
        if (option.kind == ValueKind::kFile) action += "_files";
        if (option.kind == ValueKind::kDirectory) action += "_files -/";
        spec += action;
      }
      out += " \\\n        " + oneQuoted(spec);
    }
    if (const auto words = positionalWords(command); !words.empty())
      out += " \\\n        " + oneQuoted("*:word:(" + join(words, " ") + ")");
    out += " ;;\n";
  }
  return out +
         "  esac\n}\nif [ \"$funcstack[1]\" = _proffer ]; then _proffer; else compdef _proffer proffer; fi\n";
}

std::string fishCompletion() {
  std::string out =
      "# fish completion of proffer: proffer completion fish | source\ncomplete -c proffer -f\n";
  for (const std::string& word : firstWords())
    out += fmt::format("complete -c proffer -n __fish_use_subcommand -a {} -d {}\n", word,
                       oneQuoted(summaryOf(word)));
  for (const Command& command : allCommands()) {
    const std::string when = oneQuoted("__fish_seen_subcommand_from " + split(command.name, ' ').front());
    for (const Option& option : optionsOf(command)) {
      out += fmt::format("complete -c proffer -n {} -l {}", when, option.name);
      if (option.letter != 0) out += fmt::format(" -s {}", option.letter);
      if (!option.value.empty()) out += " -r";
      if (option.kind == ValueKind::kFile || option.kind == ValueKind::kDirectory) out += " -F";
      if (option.kind == ValueKind::kChoice) out += " -a " + oneQuoted(join(option.choices, " "));
      out += " -d " + oneQuoted(option.help) + "\n";
    }
    if (const auto words = positionalWords(command); !words.empty())
      out += fmt::format("complete -c proffer -n {} -a {}\n", when, oneQuoted(join(words, " ")));
  }
  return out;
}

}  // namespace proffer::cli
