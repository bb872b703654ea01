// The one place that sees CLI11, which is slow to compile.
#include "controller/cli/parse.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <deque>

#include "base/text.h"
#include "controller/cli/command_table.h"

namespace proffer::cli {
namespace {

const Option* findCommon(std::string_view flag) {
  for (const Option& option : commonOptions())
    if (flag == "--" + option.name || (option.letter != 0 && flag == std::string{'-', option.letter}))
      return &option;
  return nullptr;
}

Error usageError(std::string message, const Command& command) {
  return Error{ErrorCode::kInvalidInput, std::move(message)}.hinting(
      fmt::format("proffer {} --help lists what there is", command.name));
}

Error unknownFlag(std::string_view flag, const Command& command) {
  const std::string name(flag.substr(0, flag.find('=')));
  std::vector<std::string> flags;
  for (const Option& option : optionsOf(command)) flags.push_back("--" + option.name);
  const std::string suggestion = didYouMean(name, flags);
  Error error = usageError(fmt::format("unknown flag {}", proffer::quoted(name)), command);
  if (!suggestion.empty()) error.hint = suggestion;
  return error;
}

// What CLI11 fills in for one option.
struct Slot {
  Option option;
  std::vector<std::string> values = {};
  bool on = false;
};

void declare(CLI::App& app, Slot& slot) {
  std::string names = "--" + slot.option.name;
  if (slot.option.letter != 0) names = fmt::format("-{},{}", slot.option.letter, names);
  if (slot.option.value.empty()) {
    app.add_flag(names, slot.on);
    return;
  }
  CLI::Option* option = app.add_option(names, slot.values);
  if (slot.option.several) {
    option->expected(1, 1 << 20)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  } else {
    option->expected(1)->multi_option_policy(slot.option.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                                                    : CLI::MultiOptionPolicy::TakeLast);
    option->allow_extra_args(false);
  }
}

Result<void> checkPositionals(const Command& command, const std::vector<std::string>& given) {
  for (size_t i = given.size(); i < command.positionals.size(); ++i) {
    const Positional& missing = command.positionals[i];
    if (missing.required)
      return fail(usageError(fmt::format("{} is missing: {}", missing.name, missing.help), command));
  }
  const bool openEnd = !command.positionals.empty() && command.positionals.back().repeatable;
  if (given.size() > command.positionals.size() && !openEnd) {
    const std::string& extra = given[command.positionals.size()];
    const bool takesFiles = std::any_of(command.options.begin(), command.options.end(),
                                        [](const Option& option) { return option.letter == 'f'; });
    return fail(usageError(fmt::format("unexpected argument {}{}", proffer::quoted(extra),
                                       takesFiles ? ": did you mean -f " + extra + "?" : ""),
                           command));
  }
  for (size_t i = 0; i < std::min(given.size(), command.positionals.size()); ++i) {
    const Positional& positional = command.positionals[i];
    if (positional.choices.empty()) continue;
    Option as{.name = positional.name, .kind = ValueKind::kChoice, .choices = positional.choices};
    PROFFER_CHECK(checkValue(as, given[i], ""));
  }
  return {};
}

}  // namespace

std::vector<Option> optionsOf(const Command& command) {
  std::vector<Option> options = command.options;
  for (const Option& option : commonOptions())
    if (std::none_of(options.begin(), options.end(),
                     [&](const Option& own) { return own.name == option.name; }))
      options.push_back(option);
  return options;
}

Result<Choice> chooseCommand(const std::vector<std::string>& words) {
  Choice choice;
  std::vector<std::string> path;
  std::vector<std::string> beginnings;
  for (const Command& command : allCommands()) beginnings.push_back(split(command.name, ' ').front());
  size_t at = 0;
  while (at < words.size()) {
    const std::string& word = words[at];
    if (word == "--help" || word == "-h") {
      choice.help = true;
      ++at;
      continue;
    }
    if (word.size() > 1 && word.front() == '-') {
      if (word == "--version") return Choice{.command = findCommand("version")};
      const Option* option = findCommon(word.substr(0, word.find('=')));
      if (option == nullptr)
        return fail(
            makeError(ErrorCode::kInvalidInput, "a command is expected before {}", proffer::quoted(word))
                .hinting("proffer --help lists the commands"));
      choice.rest.push_back(word);
      ++at;
      if (!option->value.empty() && word.find('=') == std::string::npos && at < words.size())
        choice.rest.push_back(words[at++]);
      continue;
    }
    path.push_back(word);
    ++at;
    const std::string name = join(path, " ");
    if (name == "help") {  // help COMMAND is COMMAND --help
      choice.help = true;
      path.clear();
      continue;
    }
    if (const Command* command = findCommand(name)) {
      choice.command = command;
      choice.rest.insert(choice.rest.end(), words.begin() + static_cast<ptrdiff_t>(at), words.end());
      return choice;
    }
    std::vector<std::string> next;
    for (const Command& command : allCommands()) {
      if (command.name.starts_with(name + " ")) next.push_back(command.name);
    }
    if (!next.empty()) {
      choice.prefix = name;
      continue;
    }
    std::vector<std::string> names;
    for (const Command& command : allCommands()) names.push_back(command.name);
    Error error = makeError(ErrorCode::kInvalidInput, "unknown command {}", proffer::quoted(name));
    error.hint = didYouMean(name, path.size() == 1 ? beginnings : names);
    if (error.hint.empty()) error.hint = "proffer --help lists the commands";
    return fail(std::move(error));
  }
  return choice;
}

Result<void> checkValue(const Option& option, const std::string& value, const std::string& origin) {
  const std::string where = origin.empty() ? option.name : origin;
  const auto wrong = [&](std::string_view expected) -> Result<void> {
    return fail(
        Error{ErrorCode::kInvalidInput, fmt::format("{} is not {}", proffer::quoted(value), expected)}.in(
            where));
  };
  switch (option.kind) {
    case ValueKind::kInteger: {
      int64_t number = 0;
      const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (code != std::errc() || end != value.data() + value.size()) return wrong("a whole number");
      if (number < 0) return wrong("a number of 0 or more");
      return {};
    }
    case ValueKind::kDuration:
      if (!parseDuration(value)) return wrong("a duration such as 30s, 10m or 2h");
      return {};
    case ValueKind::kChoice: {
      if (std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end()) return {};
      Error error{ErrorCode::kInvalidInput,
                  fmt::format("{} is not one of {}", proffer::quoted(value), join(option.choices, ", "))};
      error.hint = didYouMean(value, option.choices);
      return fail(std::move(error).in(where));
    }
    default:
      return {};
  }
}

Result<Arguments> parseArguments(const Command& command, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  std::deque<Slot> slots;
  for (const Option& option : optionsOf(command)) declare(app, slots.emplace_back(Slot{.option = option}));
  Arguments arguments;
  app.add_option("positionals", arguments.positionals)->expected(0, 1 << 20);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> extras = app.remaining();
    return fail(unknownFlag(extras.empty() ? "" : extras.front(), command));
  } catch (const CLI::ArgumentMismatch& error) {  // "--group: 1 required TEXT missing"
    const std::string flag = std::string(error.what()).substr(0, std::string_view(error.what()).find(':'));
    return fail(usageError(fmt::format("{} needs a value", flag), command));
  } catch (const CLI::ParseError& error) {
    return fail(usageError(error.what(), command));
  }
  for (Slot& slot : slots) {
    if (slot.on) slot.values = {"true"};
    if (slot.values.empty()) continue;
    const std::string flag = "--" + slot.option.name;
    for (const std::string& value : slot.values)
      if (!slot.option.value.empty()) PROFFER_CHECK(checkValue(slot.option, value, flag));
    arguments.options[slot.option.name] = Value{std::move(slot.values), "flag", true};
  }
  if (!arguments.has("help")) PROFFER_CHECK(checkPositionals(command, arguments.positionals));
  return arguments;
}

}  // namespace proffer::cli
