#include "controller/http/put_rules.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>

#include "base/text.h"
#include "controller/data/cell.h"
#include "controller/http/put_columns.h"

namespace proffer::http {
namespace {

using Shape = MemberShape;

constexpr size_t kServiceRows = 10;  // E2
constexpr size_t kNativeRows = 1000;
constexpr size_t kNativeProperties = 100'000;
constexpr size_t kLongestJoinedImpression = 1000;  // E13

// ---- The service (3.1 to 3.3)

constexpr std::array kPutEvents{MemberRule{"trackingId", Shape::kText, true}, MemberRule{"userId"},
                                MemberRule{"sessionId", Shape::kText, true},
                                MemberRule{"eventList", Shape::kList, true, 1, kServiceRows}};
constexpr std::array kEvent{MemberRule{"eventId"},
                            MemberRule{"eventType", Shape::kText, true},
                            MemberRule{"eventValue", Shape::kNumber},
                            MemberRule{"itemId"},
                            MemberRule{"properties", Shape::kProperties, false, 1, 1024},
                            MemberRule{"sentAt", Shape::kTime, true},
                            MemberRule{"recommendationId", Shape::kText, false, 1, 40},
                            MemberRule{"impression", Shape::kImpression, false, 1, 25},
                            MemberRule{"metricAttribution", Shape::kAttribution, false, 1, 1024}};

constexpr std::array kPutItems{MemberRule{"datasetArn", Shape::kText, true},
                               MemberRule{"items", Shape::kList, true, 1, kServiceRows}};
constexpr std::array kItem{MemberRule{"itemId", Shape::kText, true},
                           MemberRule{"properties", Shape::kProperties, false, 1, 32000}};
constexpr std::array kPutUsers{MemberRule{"datasetArn", Shape::kText, true},
                               MemberRule{"users", Shape::kList, true, 1, kServiceRows}};
constexpr std::array kUser{MemberRule{"userId", Shape::kText, true},
                           MemberRule{"properties", Shape::kProperties, false, 1, 24000}};
constexpr std::array kPutActions{MemberRule{"datasetArn", Shape::kText, true},
                                 MemberRule{"actions", Shape::kList, true, 1, kServiceRows}};
constexpr std::array kAction{MemberRule{"actionId", Shape::kText, true},
                             MemberRule{"properties", Shape::kProperties, false, 1, 32000}};
constexpr std::array kPutActionInteractions{
    MemberRule{"trackingId", Shape::kText, true},
    MemberRule{"actionInteractions", Shape::kList, true, 1, kServiceRows}};
constexpr std::array kActionInteraction{MemberRule{"actionId", Shape::kText, true},
                                        MemberRule{"userId"},
                                        MemberRule{"sessionId", Shape::kText, true},
                                        MemberRule{"timestamp", Shape::kTime, true},
                                        MemberRule{"eventType", Shape::kText, true},
                                        MemberRule{"eventId"},
                                        MemberRule{"recommendationId", Shape::kText, false, 1, 40},
                                        MemberRule{"impression", Shape::kImpression, false, 1, 25},
                                        MemberRule{"properties", Shape::kProperties, false, 1, 1024}};

// ---- Proffer's own routes: rows of which each says everything

constexpr std::array kNativeEvents{MemberRule{"events", Shape::kList, true, 1, kNativeRows}};
constexpr std::array kNativeEvent{MemberRule{"userId"},
                                  MemberRule{"sessionId"},
                                  MemberRule{"eventId"},
                                  MemberRule{"eventType"},
                                  MemberRule{"eventValue", Shape::kNumber},
                                  MemberRule{"itemId", Shape::kText, true},
                                  MemberRule{"properties", Shape::kProperties, false, 0, kNativeProperties},
                                  MemberRule{"timestamp", Shape::kTime},
                                  MemberRule{"recommendationId", Shape::kText, false, 1, 40},
                                  MemberRule{"impression", Shape::kImpression, false, 1, 25},
                                  MemberRule{"metricAttribution", Shape::kAttribution, false, 1, 1024}};
constexpr std::array kNativeItems{MemberRule{"items", Shape::kList, true, 1, kNativeRows}};
constexpr std::array kNativeItem{MemberRule{"itemId", Shape::kText, true},
                                 MemberRule{"properties", Shape::kProperties, false, 0, kNativeProperties}};
constexpr std::array kNativeUsers{MemberRule{"users", Shape::kList, true, 1, kNativeRows}};
constexpr std::array kNativeUser{MemberRule{"userId", Shape::kText, true},
                                 MemberRule{"properties", Shape::kProperties, false, 0, kNativeProperties}};

constexpr std::array kService{
    PutRules{"PutEvents", DatasetType::kInteractions, "eventList", "itemId", kPutEvents, kEvent},
    PutRules{"PutItems", DatasetType::kItems, "items", "itemId", kPutItems, kItem},
    PutRules{"PutUsers", DatasetType::kUsers, "users", "userId", kPutUsers, kUser},
    PutRules{"PutActions", DatasetType::kActions, "actions", "actionId", kPutActions, kAction},
    PutRules{"PutActionInteractions", DatasetType::kActionInteractions, "actionInteractions", "actionId",
             kPutActionInteractions, kActionInteraction},
};
constexpr std::array kNative{
    PutRules{"events", DatasetType::kInteractions, "events", "itemId", kNativeEvents, kNativeEvent},
    PutRules{"items", DatasetType::kItems, "items", "itemId", kNativeItems, kNativeItem},
    PutRules{"users", DatasetType::kUsers, "users", "userId", kNativeUsers, kNativeUser},
};

// ---- Checks, each of one shape

struct Place {
  const MemberRule& rule;
  size_t row;
  PutFaults& faults;

  void wrong(const Json& value, std::string constraint, const std::string& below = "") const {
    faults.add(row, std::string(rule.name) + below, value, std::move(constraint));
  }
};

std::string lengthConstraint(size_t length, size_t least, size_t most) {
  if (length < least) return fmt::format("Member must have length greater than or equal to {}", least);
  if (length > most) return fmt::format("Member must have length less than or equal to {}", most);
  return "";
}

void checkText(const Place& place, const Json& value) {
  if (!value.is_string()) return place.wrong(value, "Member must be a string");
  const auto& text = value.get_ref<const std::string&>();
  // A text of few bytes has few characters.
  const bool surely = text.size() >= place.rule.least && text.size() <= place.rule.most && !text.empty();
  if (!surely) {
    const std::string broken = lengthConstraint(characterCount(text), place.rule.least, place.rule.most);
    if (!broken.empty()) return place.wrong(value, broken);
  }
  if (text.find('\0') != std::string::npos) place.wrong(value, "Member must not hold a NUL character");
}

void checkTime(const Place& place, const Json& value) {
  const auto seconds = secondsOf(value);
  if (!seconds) place.wrong(value, "Member must be a timestamp: " + seconds.error().message);
}

void checkNumber(const Place& place, const Json& value) {
  double number = 0;
  if (value.is_number())
    number = value.get<double>();
  else if (!value.is_string() || !data::parseReal(value.get_ref<const std::string&>(), number))
    return place.wrong(value, "Member must be a number");
  if (!(std::abs(number) <= static_cast<double>(FLT_MAX)))
    place.wrong(value, "Member must be a number of 32 bits (float)");
}

// The object that a string holds; a string that holds a string that holds it is what some SDKs make of it
// (W10).
std::optional<Json> parsedProperties(const std::string& text) {
  auto parsed = parseJson(text);
  if (parsed && parsed->is_string()) parsed = parseJson(parsed->get_ref<const std::string&>());
  if (!parsed || !parsed->is_object()) return std::nullopt;
  return std::move(*parsed);
}

void checkProperties(const Place& place, const Json& value, Json& properties) {
  if (value.is_object()) {
    properties = value;
    return;
  }
  if (!value.is_string()) return place.wrong(value, "Member must be a string that holds a JSON object");
  const auto& text = value.get_ref<const std::string&>();
  const std::string broken = lengthConstraint(characterCount(text), place.rule.least, place.rule.most);
  if (!broken.empty()) return place.wrong(value, broken);
  auto parsed = parsedProperties(text);
  if (!parsed) return place.wrong(value, "Member must be a string that holds a JSON object");
  properties = std::move(*parsed);
}

void checkImpression(const Place& place, const Json& value) {
  if (!value.is_array()) return place.wrong(value, "Member must be a list of item ids");
  const std::string broken = lengthConstraint(value.size(), place.rule.least, place.rule.most);
  if (!broken.empty()) return place.wrong(value, broken);
  size_t joined = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    const Json& id = value[i];
    constexpr MemberRule kId{};
    if (!id.is_string()) return place.wrong(id, "Member must be a string", fmt::format(".{}", i));
    const size_t length = characterCount(id.get_ref<const std::string&>());
    const std::string wrong = lengthConstraint(length, kId.least, kId.most);
    if (!wrong.empty()) return place.wrong(id, wrong, fmt::format(".{}", i));
    joined += length + (i > 0);
  }
  if (joined > kLongestJoinedImpression)
    place.wrong(value, fmt::format("Member must have {} characters at most, with a separator between ids",
                                   kLongestJoinedImpression));
}

void checkAttribution(const Place& place, const Json& value) {
  if (!value.is_object()) return place.wrong(value, "Member must be an object");
  const Json& source = member(value, "eventAttributionSource");
  const std::string below = ".eventAttributionSource";
  if (source.is_null()) return place.wrong(source, "Member must not be null", below);
  if (!source.is_string()) return place.wrong(source, "Member must be a string", below);
  const auto& text = source.get_ref<const std::string&>();
  const std::string broken = lengthConstraint(characterCount(text), place.rule.least, place.rule.most);
  if (!broken.empty()) return place.wrong(source, broken, below);
  const bool printable =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable || text.find_first_not_of(' ') == std::string::npos)
    place.wrong(source,
                "Member must satisfy regular expression pattern: [\\x20-\\x7E]*[\\x21-\\x7E]+[\\x20-\\x7E]*",
                below);
}

void checkList(const Place& place, const Json& value) {
  if (!value.is_array()) return place.wrong(value, "Member must be a list");
  const std::string broken = lengthConstraint(value.size(), place.rule.least, place.rule.most);
  if (!broken.empty()) place.wrong(Json(fmt::format("a list of {}", value.size())), broken);
}

// A value as it stands in the request, cut if it is long.
std::string shownValue(const Json& value) {
  constexpr size_t kLongest = 80;
  std::string text = value.is_string() ? value.get<std::string>() : dumpJson(value);
  if (text.size() <= kLongest) return text;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

const PutRules& putRules(DatasetType type, PutManner manner) {
  const std::span<const PutRules> all = manner == PutManner::kService ? std::span<const PutRules>(kService)
                                                                      : std::span<const PutRules>(kNative);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const PutRules& rules) { return rules.type == type; });
  return found == all.end() ? all.front() : *found;
}

void checkMembers(std::span<const MemberRule> rules, const Json& object, size_t row, Json& properties,
                  PutFaults& faults) {
  for (const MemberRule& rule : rules) {
    const Json& value = member(object, rule.name);
    const Place place{rule, row, faults};
    if (value.is_null()) {
      if (rule.required) place.wrong(value, "Member must not be null");
      continue;
    }
    switch (rule.shape) {
      case Shape::kText:
        checkText(place, value);
        break;
      case Shape::kTime:
        checkTime(place, value);
        break;
      case Shape::kNumber:
        checkNumber(place, value);
        break;
      case Shape::kProperties:
        checkProperties(place, value, properties);
        break;
      case Shape::kImpression:
        checkImpression(place, value);
        break;
      case Shape::kAttribution:
        checkAttribution(place, value);
        break;
      case Shape::kList:
        checkList(place, value);
        break;
    }
  }
}

void PutFaults::add(size_t row, std::string member, const Json& value, std::string constraint) {
  if (enough()) return;
  faults_.push_back({row, std::move(member), value.is_null() ? "null" : "'" + shownValue(value) + "'",
                     std::move(constraint)});
}

Error PutFaults::inServiceWords(const PutRules& rules) const {
  std::string text =
      fmt::format("{} validation error{} detected: ", faults_.size(), faults_.size() == 1 ? "" : "s");
  for (size_t i = 0; i < faults_.size(); ++i) {
    const PutFault& fault = faults_[i];
    std::string path = fault.member;
    if (fault.row != PutFault::kRequest)
      path = fmt::format("{}.{}.member{}{}", rules.list, fault.row + 1, path.empty() ? "" : ".", path);
    text += fmt::format("{}Value {} at '{}' failed to satisfy constraint: {}", i == 0 ? "" : "; ",
                        fault.value, path, fault.constraint);
  }
  return Error{ErrorCode::kInvalidInput, std::move(text)};
}

std::vector<Error> PutFaults::asErrors(const PutRules& rules) const {
  std::vector<Error> errors;
  for (const PutFault& fault : faults_) {
    std::string path = fault.member;
    if (fault.row != PutFault::kRequest)
      path = fmt::format("{}[{}]{}{}", rules.list, fault.row, path.empty() ? "" : ".", path);
    std::string text = fault.constraint;
    if (text.starts_with("Member must ")) text = "it must " + text.substr(12);
    if (fault.value != "null") text += ", this is " + fault.value;
    errors.push_back(Error{ErrorCode::kInvalidInput, std::move(text)}.in(std::move(path)));
  }
  return errors;
}

}  // namespace proffer::http
