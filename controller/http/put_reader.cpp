#include "controller/http/put_reader.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace proffer::http {
namespace {

constexpr size_t kShownNames = 10;

// Properties that would say again, and differently, what members say (E7).
constexpr std::array<std::string_view, 6> kForbidden{"USERID",    "SESSIONID",        "EVENTTYPE",
                                                     "TIMESTAMP", "RECOMMENDATIONID", "IMPRESSION"};

bool isEvents(DatasetType type) {
  return type == DatasetType::kInteractions || type == DatasetType::kActionInteractions;
}

std::string textOf(const Json& row, std::string_view name) {
  return stringMember(row, name);
}

double numberOf(const Json& value) {
  double number = 0;
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) (void)data::parseReal(value.get_ref<const std::string&>(), number);
  return number;
}

class PutRowReader {
 public:
  PutRowReader(const PutRules& rules, PutManner manner, const PutColumns& columns, const Json& request,
               Time now, PutFaults& faults)
      : rules_(rules), manner_(manner), columns_(columns), request_(request), now_(now), faults_(faults) {
    filled_.resize(columns.rules().size());
  }

  PutRows read() {
    Json unused;
    checkMembers(rules_.request, request_, PutFault::kRequest, unused, faults_);
    const Json& list = member(request_, rules_.list);
    if (!faults_.none() || !list.is_array()) return {};
    for (row_ = 0; row_ < list.size() && !faults_.enough(); ++row_) readRow(list[row_]);
    return std::move(out_);
  }

 private:
  void wrong(std::string member, const Json& value, std::string constraint) {
    faults_.add(row_, std::move(member), value, std::move(constraint));
  }

  void readRow(const Json& row) {
    if (!row.is_object()) return wrong("", row, "Member must be an object");
    const size_t before = faults_.all().size();
    Json properties;
    checkMembers(rules_.row, row, row_, properties, faults_);
    if (faults_.all().size() > before) return;
    std::fill(filled_.begin(), filled_.end(), false);
    if (isEvents(rules_.type))
      readEvent(row, properties);
    else
      readTableRow(row, properties);
  }

  // ---- Events

  void readEvent(const Json& row, const Json& properties) {
    data::LiveEvent event;
    const bool action = rules_.type == DatasetType::kActionInteractions;
    const Json& carrier = manner_ == PutManner::kService && !action ? request_ : row;
    event.userId = textOf(carrier, "userId");
    event.sessionId = textOf(carrier, "sessionId");
    event.itemId = textOf(row, rules_.id);
    event.eventId = textOf(row, "eventId");
    event.recommendationId = textOf(row, "recommendationId");
    event.eventType = textOf(row, "eventType");
    event.time = timeOf(row, action);
    if (const Json& value = member(row, "eventValue"); !value.is_null()) event.value = numberOf(value);
    if (const Json& impression = member(row, "impression"); impression.is_array())
      event.impression = impression.get<std::vector<std::string>>();
    readProperties(properties, event);
    if (const Json& source = member(member(row, "metricAttribution"), "eventAttributionSource");
        source.is_string())
      event.columns.emplace_back("EVENT_ATTRIBUTION_SOURCE", source.get<std::string>());
    finishEvent(row, event, action);
  }

  int64_t timeOf(const Json& row, bool action) const {
    const bool sent = manner_ == PutManner::kService && !action;
    const Json& value = member(row, sent ? "sentAt" : "timestamp");
    if (value.is_null()) return toMicros(now_) / 1'000'000;
    return secondsOf(value).value_or(0);
  }

  void finishEvent(const Json& row, data::LiveEvent& event, bool action) {
    if (event.itemId.empty()) return wrong(std::string(rules_.id), nullptr, "Member must not be null");
    if (action) {
      event.eventType = actionEventType(event.eventType);
      if (event.eventType.empty())
        return wrong("eventType", member(row, "eventType"),
                     "Member must satisfy enum value set: [Taken, Not Taken, Viewed]");
    }
    if (event.sessionId.empty() && event.userId.empty())
      return wrong("userId", nullptr, "Member must not be null where there is no sessionId");
    // The service knows no events without a session; those of Proffer's own routes may do without.
    if (event.sessionId.empty()) event.sessionId = event.userId;
    const auto typeColumn = columns_.own("EVENT_TYPE");
    if (!typeColumn)
      event.eventType.clear();  // sent all the same, and dropped where the schema has no such column
    else if (event.eventType.empty() && !columns_.rules()[*typeColumn].nullable)
      return wrong("eventType", nullptr, "Member must not be null");
    const auto valueColumn = columns_.own("EVENT_VALUE");
    if (valueColumn && !event.value && !columns_.rules()[*valueColumn].nullable)
      return wrong("eventValue", nullptr, "Member must not be null: the schema has EVENT_VALUE without null");
    if (!valueColumn) event.value.reset();
    if (columns_.own("SESSION_ID")) event.columns.emplace_back("SESSION_ID", event.sessionId);
    if (columns_.own("EVENT_ID") && !event.eventId.empty())
      event.columns.emplace_back("EVENT_ID", event.eventId);
    if (!requiredAreFilled()) return;
    if (sizeOf(event) > kLargestEvent)
      return wrong("", Json(fmt::format("{} bytes", sizeOf(event))),
                   fmt::format("Member must have at most {} bytes", kLargestEvent));
    out_.events.push_back(std::move(event));
  }

  // E21: as the service and its guide write them. The first of each is kept; nothing for others.
  static std::string actionEventType(const std::string& type) {
    const std::string folded = foldedName(type);
    if (folded == "TAKEN") return "Taken";
    if (folded == "NOTTAKEN" || folded == "NOT TAKEN") return "Not Taken";
    if (folded == "VIEWED") return "Viewed";
    return "";
  }

  static size_t sizeOf(const data::LiveEvent& event) {
    size_t size = event.userId.size() + event.sessionId.size() + event.itemId.size() + event.eventId.size() +
                  event.eventType.size() + event.recommendationId.size();
    for (const std::string& id : event.impression) size += id.size() + 1;
    for (const auto& [name, text] : event.columns) size += name.size() + (text ? text->size() : 0);
    return size;
  }

  void readProperties(const Json& properties, data::LiveEvent& event) {
    if (!properties.is_object()) return;
    for (const auto& [name, value] : properties.items()) {
      const std::string folded = foldedName(name);
      if (manner_ == PutManner::kService &&
          std::find(kForbidden.begin(), kForbidden.end(), folded) != kForbidden.end()) {
        wrong("properties." + name, value, "Member must not be a property: it has a member of its own");
      } else if (folded == foldedName(rules_.id)) {
        if (event.itemId.empty()) takeId(name, value, event.itemId);  // E8: the member wins
      } else if (folded == "EVENTVALUE") {
        if (!event.value) takeValue(name, value, event);
      } else {
        takeColumn(name, folded, value, event.columns);
      }
    }
  }

  void takeId(const std::string& name, const Json& value, std::string& id) {
    const std::string text = value.is_number_integer() ? value.dump()
                             : value.is_string()       ? value.get<std::string>()
                                                       : "";
    const size_t length = characterCount(text);
    if (length == 0 || length > 256 || text.find('\0') != std::string::npos)
      return wrong("properties." + name, value, "Member must be a string of 1 to 256 characters");
    id = text;
  }

  void takeValue(const std::string& name, const Json& value, data::LiveEvent& event) {
    if (value.is_null()) return;
    double number = 0;
    const bool is = value.is_number() ||
                    (value.is_string() && data::parseReal(value.get_ref<const std::string&>(), number));
    if (!is) return wrong("properties." + name, value, "Member must be a number");
    event.value = numberOf(value);
  }

  // ---- Items, users, actions

  void readTableRow(const Json& row, const Json& properties) {
    data::LiveRow made;
    made.id = textOf(row, rules_.id);
    if (properties.is_object())
      for (const auto& [name, value] : properties.items()) {
        const std::string folded = foldedName(name);
        if (folded == foldedName(rules_.id)) {
          ignore(name);
          continue;
        }
        takeColumn(name, folded, value, made.columns);
      }
    if (!requiredAreFilled()) return;
    out_.rows.push_back(std::move(made));
  }

  // ---- Both

  void takeColumn(const std::string& name, const std::string& folded, const Json& value,
                  data::LiveColumns& columns) {
    const auto column = columns_.find(folded);
    if (!column || columns_.isOwn(*column)) return ignore(name);
    const data::CellRule& rule = columns_.rules()[*column];
    if (filled_[*column])
      return wrong("properties." + name, value,
                   fmt::format("Member must be there once: it fills {}", rule.column));
    filled_[*column] = true;
    auto text = cellText(rule, value);
    if (!text)
      return wrong("properties." + name, value,
                   fmt::format("Member must fit {}: {}", rule.column, text.error().message));
    columns.emplace_back(rule.column, std::move(*text));
  }

  void ignore(const std::string& name) {
    ++out_.ignoredValues;
    if (out_.ignoredNames.size() < kShownNames) out_.ignoredNames.insert(name);
  }

  bool requiredAreFilled() {
    bool all = true;
    for (size_t i = 0; i < filled_.size(); ++i) {
      const data::CellRule& rule = columns_.rules()[i];
      if (filled_[i] || rule.nullable || columns_.isOwn(i)) continue;
      wrong("properties", nullptr,
            fmt::format("Member must fill {}, for which the schema has no null", rule.column));
      all = false;
    }
    return all;
  }

  const PutRules& rules_;
  const PutManner manner_;
  const PutColumns& columns_;
  const Json& request_;
  const Time now_;
  PutFaults& faults_;
  PutRows out_;
  std::vector<bool> filled_;
  size_t row_ = 0;
};

}  // namespace

PutRows readPut(const PutRules& rules, PutManner manner, const PutColumns& columns, const Json& request,
                Time now, PutFaults& faults) {
  return PutRowReader(rules, manner, columns, request, now, faults).read();
}

}  // namespace proffer::http
