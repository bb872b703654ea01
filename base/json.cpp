#include "base/json.h"

#include <vector>

namespace proffer {
namespace {

constexpr int kMaxDepth = 64;

SourcePosition positionOf(std::string_view text, size_t offset) {
  SourcePosition at{"", 1, 1};
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++at.column;
    }
  }
  return at;
}

struct Refused {
  std::string why;
};

}  // namespace

Result<Json> parseJson(std::string_view text) {
  std::vector<std::vector<std::string>> keys;
  const auto guard = [&keys](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxDepth) throw Refused{fmt::format("JSON is nested deeper than {} levels", kMaxDepth)};
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      auto& seen = keys.back();
      const auto& name = parsed.get_ref<const std::string&>();
      if (std::find(seen.begin(), seen.end(), name) != seen.end())
        throw Refused{fmt::format("JSON has the key \"{}\" twice in one object", name)};
      seen.push_back(name);
    }
    return true;
  };
  try {
    return Json::parse(text, guard);
  } catch (const Refused& refused) {
    return fail(ErrorCode::kInvalidInput, "{}", refused.why);
  } catch (const Json::parse_error& error) {
    return fail(makeError(ErrorCode::kInvalidInput, "not valid JSON")
                    .at(positionOf(text, error.byte > 0 ? error.byte - 1 : 0)));
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalidInput, "not valid JSON: {}", error.what());
  }
}

std::string dumpJson(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

const Json& member(const Json& value, std::string_view key) {
  static const Json kNull;
  if (!value.is_object()) return kNull;
  const auto found = value.find(std::string(key));
  return found == value.end() ? kNull : *found;
}

std::string stringMember(const Json& value, std::string_view key, std::string_view otherwise) {
  const auto& found = member(value, key);
  return found.is_string() ? found.get<std::string>() : std::string(otherwise);
}

int64_t intMember(const Json& value, std::string_view key, int64_t otherwise) {
  const auto& found = member(value, key);
  return found.is_number() ? found.get<int64_t>() : otherwise;
}

bool boolMember(const Json& value, std::string_view key, bool otherwise) {
  const auto& found = member(value, key);
  return found.is_boolean() ? found.get<bool>() : otherwise;
}

}  // namespace proffer

template class nlohmann::basic_json<nlohmann::ordered_map>;
