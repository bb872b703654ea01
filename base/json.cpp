#include "base/json.h"

#include <vector>

namespace proffer {
namespace {

constexpr size_t kMaxDepth = 64;

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

// Builds the value from the parser's events. The library's own builder with a callback would do, at twice the
// time: every request and every row of the store comes through here.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool scalar) override { return put(scalar); }
  bool number_integer(int64_t scalar) override { return put(scalar); }
  bool number_unsigned(uint64_t scalar) override { return put(scalar); }
  bool number_float(double number, const std::string&) override { return put(number); }
  bool string(std::string& text) override { return put(std::move(text)); }
  bool binary(Json::binary_t&) override { return false; }  // text has none
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    const auto [at, isNew] = open_.back()->emplace(name, nullptr);
    if (!isNew)
      return refuse(makeError(ErrorCode::kInvalidInput, "JSON has the key \"{}\" twice in one object", name));
    member_ = &*at;
    return true;
  }

  bool parse_error(size_t byte, const std::string&, const Json::exception& error) override {
    if (dynamic_cast<const Json::parse_error*>(&error) == nullptr)
      return refuse(makeError(ErrorCode::kInvalidInput, "not valid JSON: {}", error.what()));
    return refuse(
        makeError(ErrorCode::kInvalidInput, "not valid JSON").at(positionOf(text_, byte > 0 ? byte - 1 : 0)));
  }

  Json value;
  std::optional<Error> refused;

 private:
  bool refuse(Error error) {
    if (!refused) refused = std::move(error);
    return false;
  }

  // A container does not move while one inside it is open, so places in it stay where they are.
  template <typename Value>
  Json* place(Value&& put) {
    if (open_.empty()) return &(value = std::forward<Value>(put));
    if (open_.back()->is_array()) return &open_.back()->emplace_back(std::forward<Value>(put));
    return &(*member_ = std::forward<Value>(put));
  }
  template <typename Value>
  bool put(Value&& scalar) {
    place(std::forward<Value>(scalar));
    return true;
  }
  bool open(Json container) {
    if (open_.size() >= kMaxDepth)
      return refuse(makeError(ErrorCode::kInvalidInput, "JSON is nested deeper than {} levels", kMaxDepth));
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;  // of the innermost open object: where its next value goes
};

}  // namespace

Result<Json> parseJson(std::string_view text) {
  Builder builder(text);
  try {
    Json::sax_parse(text, &builder);
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalidInput, "not valid JSON: {}", error.what());
  }
  if (builder.refused) return fail(*std::move(builder.refused));
  return std::move(builder.value);
}

std::string dumpJson(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

const Json& member(const Json& value, std::string_view key) {
  static const Json kNull;
  if (!value.is_object()) return kNull;
  for (const auto& [name, member] : value.get_ref<const Json::object_t&>())
    if (name == key) return member;
  return kNull;
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
