// The rows of Proffer's own put routes in their three forms, brought into the one form that the tables of
// rules check.
#include <array>

#include "base/text.h"
#include "controller/data/csv.h"
#include "controller/http/put_reader.h"

namespace proffer::http {
namespace {

struct Known {
  std::string_view folded;
  std::string_view member;
};
constexpr std::array kEventMembers{Known{"USERID", "userId"},
                                   Known{"SESSIONID", "sessionId"},
                                   Known{"ITEMID", "itemId"},
                                   Known{"EVENTID", "eventId"},
                                   Known{"EVENTTYPE", "eventType"},
                                   Known{"EVENTVALUE", "eventValue"},
                                   Known{"TIMESTAMP", "timestamp"},
                                   Known{"SENTAT", "timestamp"},
                                   Known{"RECOMMENDATIONID", "recommendationId"},
                                   Known{"IMPRESSION", "impression"},
                                   Known{"EVENTATTRIBUTIONSOURCE", "metricAttribution"},
                                   Known{"METRICATTRIBUTION", "metricAttribution"},
                                   Known{"PROPERTIES", "properties"}};
constexpr std::array kItemMembers{Known{"ITEMID", "itemId"}, Known{"PROPERTIES", "properties"}};
constexpr std::array kUserMembers{Known{"USERID", "userId"}, Known{"PROPERTIES", "properties"}};

std::span<const Known> knownMembers(DatasetType type) {
  switch (type) {
    case DatasetType::kItems:
      return kItemMembers;
    case DatasetType::kUsers:
      return kUserMembers;
    default:
      return kEventMembers;
  }
}

// "7|9" as CSV has it.
Json listOf(const Json& value) {
  if (!value.is_string()) return value;
  Json list = Json::array();
  for (std::string& part : split(value.get_ref<const std::string&>(), '|')) list.push_back(std::move(part));
  return list;
}

// Ids are texts, but many people's ids are numbers.
Json memberValue(std::string_view name, const Json& value) {
  if (name == "impression") {
    Json list = listOf(value);
    if (list.is_array())
      for (Json& id : list)
        if (id.is_number_integer()) id = id.dump();
    return list;
  }
  if (name == "metricAttribution") return value.is_string() ? Json{{"eventAttributionSource", value}} : value;
  const bool text = name != "timestamp" && name != "eventValue" && name != "properties";
  return text && value.is_number_integer() ? Json(value.dump()) : value;
}

class Shaper {
 public:
  explicit Shaper(DatasetType type) : known_(knownMembers(type)) {}

  Result<Json> row(const Json& given) const {
    if (!given.is_object()) return given;  // the rules say what is wrong with it
    Json made = Json::object();
    Json properties = Json::object();
    for (const auto& [name, value] : given.items()) {
      const std::string_view known = memberOf(name);
      if (known.empty()) {
        PROFFER_CHECK(add(properties, name, value));
      } else if (known == "properties" && value.is_object()) {
        for (const auto& [inner, what] : value.items()) PROFFER_CHECK(add(properties, inner, what));
      } else {
        PROFFER_CHECK(add(made, std::string(known), memberValue(known, value)));
      }
    }
    if (!made.contains("properties")) made["properties"] = std::move(properties);
    return made;
  }

 private:
  std::string_view memberOf(const std::string& name) const {
    const std::string folded = foldedName(name);
    for (const Known& known : known_)
      if (known.folded == folded) return known.member;
    return "";
  }

  static Result<void> add(Json& object, const std::string& name, const Json& value) {
    if (object.contains(name)) return fail(ErrorCode::kInvalidInput, "{} is given twice", quoted(name));
    object[name] = value;
    return {};
  }

  std::span<const Known> known_;
};

Error inRow(Error error, const PutRules& rules, size_t row) {
  error.field = fmt::format("{}[{}]", rules.list, row);
  error.position = {};
  return error;
}

Result<Json> jsonRows(const PutRules& rules, std::string_view body) {
  PROFFER_TRY(Json parsed, parseJson(body));
  if (parsed.is_array()) return parsed;
  if (!parsed.is_object())
    return fail(ErrorCode::kInvalidInput, "a JSON object is expected: {{\"{}\": [...]}}, or one row",
                rules.list);
  const auto list = parsed.find(std::string(rules.list));
  if (list == parsed.end()) return Json::array({std::move(parsed)});
  if (parsed.size() > 1)
    return fail(makeError(ErrorCode::kInvalidInput, "beside {} nothing may stand here", quoted(rules.list))
                    .hinting("what is the same for all rows stands in each row"));
  if (!list->is_array())
    return fail(makeError(ErrorCode::kInvalidInput, "a list is expected").in(std::string(rules.list)));
  return std::move(*list);
}

Result<Json> ndjsonRows(const PutRules& rules, std::string_view body) {
  Json rows = Json::array();
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(body.size(), line.size() + 1));
    if (trim(line).empty()) continue;
    auto row = parseJson(line);
    if (!row) return fail(inRow(std::move(row).error(), rules, rows.size()));
    rows.push_back(std::move(*row));
  }
  return rows;
}

// An empty cell is an absent member.
Result<Json> csvRows(const PutRules& rules, std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  data::RowReader reader(body, true);
  if (!reader.next()) return fail(ErrorCode::kInvalidInput, "the first row of a CSV is its header");
  const std::vector<std::string> header(reader.fields().begin(), reader.fields().end());
  Json rows = Json::array();
  while (reader.next()) {
    const auto refuse = [&](std::string why) {
      return fail(inRow(Error{ErrorCode::kInvalidInput, std::move(why)}, rules, rows.size()));
    };
    if (reader.fault() != data::RowFault::kNone) return refuse("a quoted cell does not end as it should");
    if (reader.fields().size() != header.size())
      return refuse(fmt::format("it has {} cells, the header has {}", reader.fields().size(), header.size()));
    Json row = Json::object();
    for (size_t i = 0; i < header.size(); ++i) {
      const std::string_view cell = reader.fields()[i];
      if (row.contains(header[i]) || !isUtf8(header[i]))
        return refuse("the header has a column twice, or is not UTF-8");
      if (!isUtf8(cell)) return refuse(fmt::format("the cell {} is not UTF-8", quoted(header[i])));
      if (!cell.empty()) row[header[i]] = cell;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Result<Json> nativeRequest(const PutRules& rules, std::string_view contentType, std::string_view body) {
  Json rows;
  if (contentType == "application/x-ndjson" || contentType == "application/ndjson" ||
      contentType == "application/jsonl") {
    PROFFER_TRY(rows, ndjsonRows(rules, body));
  } else if (contentType == "text/csv") {
    PROFFER_TRY(rows, csvRows(rules, body));
  } else {
    PROFFER_TRY(rows, jsonRows(rules, body));
  }
  const Shaper shaper(rules.type);
  Json list = Json::array();
  for (size_t i = 0; i < rows.size(); ++i) {
    auto row = shaper.row(rows[i]);
    if (!row) return fail(inRow(std::move(row).error(), rules, i));
    list.push_back(std::move(*row));
  }
  Json request = Json::object();
  request[std::string(rules.list)] = std::move(list);
  return request;
}

}  // namespace proffer::http
