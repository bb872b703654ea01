#include "controller/wire/service_model.h"

#include <stdexcept>

#include "base/text.h"

namespace proffer::wire {
namespace {

std::string errorName(std::string_view abbreviation) {
  static const std::map<std::string, std::string, std::less<>> kNames{
      {"INV", "InvalidInputException"},         {"NF", "ResourceNotFoundException"},
      {"EX", "ResourceAlreadyExistsException"}, {"LIM", "LimitExceededException"},
      {"USE", "ResourceInUseException"},        {"TMT", "TooManyTagsException"},
      {"TMK", "TooManyTagKeysException"},       {"NXT", "InvalidNextTokenException"}};
  const auto found = kNames.find(abbreviation);
  if (found == kNames.end()) throw std::logic_error("service.model: unknown error");
  return found->second;
}

ShapeType typeOf(std::string_view word) {
  static const std::map<std::string, ShapeType, std::less<>> kTypes{
      {"struct", ShapeType::kStruct},      {"list", ShapeType::kList},       {"map", ShapeType::kMap},
      {"string", ShapeType::kString},      {"integer", ShapeType::kInteger}, {"long", ShapeType::kInteger},
      {"double", ShapeType::kNumber},      {"float", ShapeType::kNumber},    {"boolean", ShapeType::kBoolean},
      {"timestamp", ShapeType::kTimestamp}};
  const auto found = kTypes.find(word);
  if (found == kTypes.end()) throw std::logic_error("service.model: unknown type " + std::string(word));
  return found->second;
}

// "1..63", "..256", "..": either end may be open.
void readBounds(const std::string& text, Shape& shape) {
  const size_t dots = text.find("..");
  if (dots == std::string::npos) throw std::logic_error("service.model: no bounds in " + text);
  if (dots > 0) shape.least = std::stod(text.substr(0, dots));
  if (dots + 2 < text.size()) shape.most = std::stod(text.substr(dots + 2));
}

bool isAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isWord(char c) {
  return isAlpha(c) || isDigit(c) || c == '_';
}

template <class Test>
bool all(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

// arn:PARTITION:personalize:REGION:ACCOUNT:SUFFIX; partition not empty, suffix not empty.
bool isArn(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() < 6 || parts[0] != "arn" || parts[2] != "personalize") return false;
  if (parts[1].empty() ||
      !all(parts[1], [](char c) { return (c >= 'a' && c <= 'z') || isDigit(c) || c == '-'; }))
    return false;
  return parts.size() > 6 || !parts[5].empty();
}

// arn:PARTITION:iam::ACCOUNT:role/NAME
bool isRole(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 6 || parts[0] != "arn" || parts[1].empty() || parts[2] != "iam" || !parts[3].empty())
    return false;
  if (parts[4].size() != 12 || !all(parts[4], isDigit) || !parts[5].starts_with("role")) return false;
  const auto name = std::string_view(parts[5]).substr(4);
  return name.size() > (name.starts_with('/') ? 1 : 0) && all(name, [](char c) {
           return isWord(c) || std::string_view("+=,.@-/").find(c) != std::string_view::npos;
         });
}

// arn:aws...:kms:...:ACCOUNT:key/...
bool isKmsKey(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() < 6 || parts[0] != "arn" || !parts[1].starts_with("aws")) return false;
  const size_t count = parts.size();
  return parts[2] == "kms" && parts[count - 2].size() == 12 && all(parts[count - 2], isDigit) &&
         parts[count - 1].starts_with("key/");
}

bool isLocation(std::string_view text) {
  for (const std::string_view scheme : {"s3://", "http://", "https://"})
    if (text.starts_with(scheme) && text.size() > scheme.size()) return true;
  return false;
}

// rate(N day) or rate(N days)
bool isDays(std::string_view text) {
  if (!text.starts_with("rate(") || !text.ends_with(")")) return false;
  const auto inside = text.substr(5, text.size() - 6);
  const size_t blank = inside.find(' ');
  if (blank == std::string_view::npos || blank == 0 || !all(inside.substr(0, blank), isDigit)) return false;
  const auto unit = inside.substr(blank + 1);
  return unit == "day" || unit == "days";
}

// Letters, blanks and digits of any script; of ASCII the rest is refused.
bool isTag(std::string_view text) {
  return isUtf8(text) && all(text, [](char c) {
           return static_cast<unsigned char>(c) >= 0x80 || isWord(c) ||
                  std::string_view(" .:/=+-@").find(c) != std::string_view::npos;
         });
}

bool isPrintable(std::string_view text) {
  return all(text, [](char c) { return c >= 0x20 && c <= 0x7e; }) &&
         std::any_of(text.begin(), text.end(), [](char c) { return c != ' '; });
}

struct Pattern {
  std::string_view name, text;
  bool (*matches)(std::string_view);
};
constexpr Pattern kPatterns[] = {
    {"name", R"(^[a-zA-Z0-9][a-zA-Z0-9\-_]*)",
     [](std::string_view text) {
       return !text.empty() && isWord(text[0]) && text[0] != '_' &&
              all(text, [](char c) { return isWord(c) || c == '-'; });
     }},
    {"arn", R"(arn:([a-z\d-]+):personalize:.*:.*:.+)", isArn},
    {"role", R"(arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)", isRole},
    {"kmsKey", "arn:aws.*:kms:.*:[0-9]{12}:key/.*", isKmsKey},
    {"location", "(s3|http|https)://.+", isLocation},
    {"days", R"(rate\(\d+ days?\))", isDays},
    {"column", R"([A-Za-z_][A-Za-z\d_]*)",
     [](std::string_view text) { return !text.empty() && !isDigit(text[0]) && all(text, isWord); }},
    {"letters", "^[A-Za-z_]+$",
     [](std::string_view text) {
       return !text.empty() && all(text, [](char c) { return isAlpha(c) || c == '_'; });
     }},
    {"word", R"([A-Za-z\d_]+)", [](std::string_view text) { return !text.empty() && all(text, isWord); }},
    {"tag", R"(^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$)", isTag},
    {"ascii1500", R"(\p{ASCII}{0,1500})",
     [](std::string_view text) {
       return text.size() <= 1500 && all(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
     }},
    {"printable", R"([\x20-\x7E]*[\x21-\x7E]+[\x20-\x7E]*)", isPrintable},
};

const Pattern& patternOf(std::string_view name) {
  for (const Pattern& pattern : kPatterns)
    if (pattern.name == name) return pattern;
  throw std::logic_error("service.model: unknown pattern " + std::string(name));
}

}  // namespace

bool matchesPattern(std::string_view pattern, std::string_view text) {
  return patternOf(pattern).matches(text);
}

std::string_view patternText(std::string_view pattern) {
  return patternOf(pattern).text;
}

const ServiceModel& ServiceModel::get() {
  static const ServiceModel model(serviceModelText());
  return model;
}

ServiceModel::ServiceModel(const std::string& text) {
  std::string service;
  Shapes* shapes = nullptr;
  // A map's nodes stay where they are, so shapes that come later can be pointed to already.
  const auto shapeOf = [&](const std::string& name) -> const Shape* {
    return name == "-" ? nullptr : &shapes->try_emplace(name).first->second;
  };
  for (const std::string& line : split(text, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const auto words = split(line, ' ');
    if (words[0] == "service") {
      service = words.at(1);
      shapes = &services_[service];
      continue;
    }
    if (words[0] == "op") {
      ModelOperation operation{service,     words.at(1), shapeOf(words.at(2)), shapeOf(words.at(3)),
                               words.at(4), {}};
      if (words.size() > 5)
        for (const auto& error : split(words[5], ',')) operation.errors.push_back(errorName(error));
      operations_.push_back(std::move(operation));
      continue;
    }
    Shape& shape = shapes->try_emplace(words.at(1)).first->second;
    shape.name = words[1];
    shape.type = typeOf(words[0]);
    size_t at = 2;
    if (shape.type == ShapeType::kStruct) {
      for (; at < words.size(); ++at) {
        const size_t colon = words[at].find(':');
        const bool required = words[at][colon - 1] == '!';
        shape.members.push_back({words[at].substr(0, colon - (required ? 1 : 0)), required,
                                 shapeOf(words[at].substr(colon + 1))});
      }
      continue;
    }
    if (shape.type == ShapeType::kMap) shape.key = shapeOf(words.at(at++));
    if (shape.type == ShapeType::kMap || shape.type == ShapeType::kList)
      shape.element = shapeOf(words.at(at++));
    readBounds(words.at(at++), shape);
    for (; at < words.size(); ++at) {
      if (words[at].starts_with("enum=")) shape.allowed = split(words[at].substr(5), '|');
      if (words[at].starts_with("pattern=")) shape.pattern = words[at].substr(8);
    }
  }
}

const ModelOperation* ServiceModel::operation(std::string_view name) const {
  for (const ModelOperation& operation : operations_)
    if (operation.name == name && operation.service == "personalize") return &operation;
  return nullptr;
}

const ModelOperation* ServiceModel::operationAt(std::string_view path) const {
  for (const ModelOperation& operation : operations_)
    if (operation.path == path && operation.service != "personalize") return &operation;
  return nullptr;
}

const Shape* ServiceModel::shape(std::string_view name) const {
  const auto& shapes = services_.find("personalize")->second;
  const auto found = shapes.find(name);
  return found == shapes.end() ? nullptr : &found->second;
}

}  // namespace proffer::wire
