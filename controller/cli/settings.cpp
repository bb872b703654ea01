#include "controller/cli/settings.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "controller/cli/command_table.h"
#include "controller/cli/parse.h"

namespace proffer::cli {
namespace {

SourcePosition positionOf(const std::string& path, const YAML::Mark& mark) {
  return {path, mark.line + 1, mark.column + 1};
}

std::string lineOf(const std::string& text, int line) {
  const std::vector<std::string> lines = split(text, '\n');
  return line >= 1 && static_cast<size_t>(line) <= lines.size() ? lines[static_cast<size_t>(line) - 1] : "";
}

// A scalar, or a list of scalars for an option that takes several.
Result<std::vector<std::string>> valuesOf(const Option& option, const YAML::Node& node) {
  if (node.IsScalar()) return std::vector<std::string>{node.Scalar()};
  if (!node.IsSequence() || !(option.several || option.repeatable))
    return fail(ErrorCode::kInvalidInput, "{} is expected",
                option.several || option.repeatable ? "a value or a list of values" : "one value");
  std::vector<std::string> values;
  for (const YAML::Node& element : node) {
    if (!element.IsScalar()) return fail(ErrorCode::kInvalidInput, "a list of plain values is expected");
    values.push_back(element.Scalar());
  }
  return values;
}

void readEntry(const YAML::Node& key, const YAML::Node& node, const std::string& path, FileSettings& settings,
               std::vector<Error>& errors) {
  const std::string name = key.IsScalar() ? key.Scalar() : "";
  const std::vector<Option> known = allSettings();
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Option& o) { return o.name == name; });
  if (found == known.end()) {
    std::vector<std::string> names;
    for (const Option& option : known) names.push_back(option.name);
    Error error = makeError(ErrorCode::kInvalidInput, "unknown setting {}", proffer::quoted(name));
    error.hint = didYouMean(name, names);
    if (error.hint.empty()) error.hint = "settings are: " + join(names, ", ");
    errors.push_back(std::move(error).at(positionOf(path, key.Mark())));
    return;
  }
  if (settings.contains(name)) {
    errors.push_back(
        makeError(ErrorCode::kInvalidInput, "{} is set twice", name).at(positionOf(path, key.Mark())));
    return;
  }
  settings[name] = Value{{}, fmt::format("{}:{}", path, key.Mark().line + 1), false};
  auto values = valuesOf(*found, node);
  if (!values) {
    errors.push_back(std::move(values).error().in(name).at(positionOf(path, node.Mark())));
    return;
  }
  for (const std::string& value : *values)
    if (auto checked = checkValue(*found, value, name); !checked)
      errors.push_back(std::move(checked).error().at(positionOf(path, node.Mark())));
  settings[name].texts = *std::move(values);
}

}  // namespace

std::string configurationFile(const Console& console, const Arguments& arguments) {
  if (const std::string path = arguments.text("config"); !path.empty()) return path;
  if (const auto path = console.environment("PROFFER_CONFIG"); path && !path->empty()) return *path;
  std::string home = console.environment("XDG_CONFIG_HOME").value_or("");
  if (home.empty()) {
    home = console.environment("HOME").value_or("");
    if (home.empty()) return "";
    home += "/.config";
  }
  const std::string path = home + "/proffer/config.yaml";
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) ? path : "";
}

Result<FileSettings> readConfigurationFile(const std::string& path, std::vector<Error>& errors) {
  std::ifstream stream(path);
  if (!stream || std::filesystem::is_directory(path))
    return fail(
        makeError(ErrorCode::kNotFound, "cannot read the configuration file {}", proffer::quoted(path))
            .hinting("--config and PROFFER_CONFIG name it"));
  std::stringstream content;
  content << stream.rdbuf();
  const std::string text = content.str();
  FileSettings settings;
  const size_t before = errors.size();
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsNull() && !root.IsMap()) {
      errors.push_back(makeError(ErrorCode::kInvalidInput, "settings are expected, one `name: value` a line")
                           .at(positionOf(path, root.Mark())));
    } else {
      for (const auto& entry : root) readEntry(entry.first, entry.second, path, settings, errors);
    }
  } catch (const YAML::Exception& error) {
    errors.push_back(
        makeError(ErrorCode::kInvalidInput, "not YAML: {}", error.msg).at(positionOf(path, error.mark)));
  }
  for (size_t i = before; i < errors.size(); ++i)
    errors[i].sourceLine = lineOf(text, errors[i].position.line);
  return settings;
}

std::vector<Error> completeArguments(Arguments& arguments, std::span<const Option> options,
                                     const Console& console) {
  std::vector<Error> errors;
  FileSettings file;
  if (const std::string path = configurationFile(console, arguments); !path.empty()) {
    auto read = readConfigurationFile(path, errors);
    if (!read) {
      errors.push_back(std::move(read).error());
    } else {
      file = *std::move(read);
    }
  }
  for (const Option& option : options) {
    if (arguments.options.contains(option.name)) continue;
    const std::string name = environmentName(option.name);
    const auto fromEnvironment = option.setting ? console.environment(name) : std::nullopt;
    if (fromEnvironment && !fromEnvironment->empty()) {
      Value value{option.several ? split(*fromEnvironment, ',') : std::vector<std::string>{*fromEnvironment},
                  name, false};
      for (const std::string& text : value.texts)
        if (auto checked = checkValue(option, text, name); !checked)
          errors.push_back(std::move(checked).error());
      arguments.options[option.name] = std::move(value);
    } else if (const auto found = file.find(option.name); option.setting && found != file.end()) {
      arguments.options[option.name] = found->second;
    } else if (!option.defaultValue.empty()) {
      arguments.options[option.name] = Value{{option.defaultValue}, "default", false};
    }
  }
  return errors;
}

}  // namespace proffer::cli
