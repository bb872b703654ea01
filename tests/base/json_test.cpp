#include "base/json.h"

#include <catch2/catch.hpp>

namespace json_test {

using namespace proffer;

TEST_CASE("JSON is read strictly") {
  struct Row {
    const char* reason;
    std::string text;
    bool ok;
    const char* message;
  };
  const Row rows[] = {
      {"an object keeps its order", R"({"b": 1, "a": [true, null]})", true, ""},
      {"a key twice would mean two things", R"({"a": 1, "a": 2})", false,
       "JSON has the key \"a\" twice in one object"},
      {"the same key in two objects is fine", R"([{"a": 1}, {"a": 2}])", true, ""},
      {"depth is bounded", std::string(100, '[') + std::string(100, ']'), false,
       "JSON is nested deeper than 64 levels"},
      {"depth without an end costs no stack", std::string(1'000'000, '['), false,
       "JSON is nested deeper than 64 levels"},
      {"an object in an array in an object, and what comes after them",
       R"({"a": [1, {"b": [2]}, 3], "c": {"d": -1.5}, "e": ""})", true, ""},
      {"a number that no double holds", "[1e999]", false,
       "not valid JSON: [json.exception.out_of_range.406] number overflow parsing '1e999'"},
      {"a number beyond 64 bits is a double", "[18446744073709551616]", true, ""},
      {"bytes that are not UTF-8", "\"\xff\"", false, "not valid JSON"},
      {"a value that never ends", R"({"a": [1, )", false, "not valid JSON"},
      {"text after the value", "{} {}", false, "not valid JSON"},
      {"nothing at all", "", false, "not valid JSON"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.reason);
    const auto parsed = parseJson(row.text);
    CHECK(parsed.has_value() == row.ok);
    if (!parsed) CHECK(parsed.error().message == row.message);
  }
  CHECK(dumpJson(*parseJson(rows[0].text)) == R"({"b":1,"a":[true,null]})");
  CHECK(dumpJson(*parseJson(R"({"a": [1, {"b": [2]}, 3], "c": {"d": -1.5}, "e": ""})")) ==
        R"({"a":[1,{"b":[2]},3],"c":{"d":-1.5},"e":""})");
  CHECK(parseJson(std::string(64, '[') + "1" + std::string(64, ']')));
  CHECK_FALSE(parseJson(std::string(65, '[') + "1" + std::string(65, ']')));
}

TEST_CASE("a JSON error says where it stands") {
  const auto parsed = parseJson("{\n  \"ä\": tru }");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().position.line == 2);
  CHECK(parsed.error().position.column >= 8);
}

TEST_CASE("members are read without exceptions") {
  const auto json = *parseJson(R"({"s": "x", "n": 3, "t": true})");
  CHECK(stringMember(json, "s") == "x");
  CHECK(stringMember(json, "n", "none") == "none");
  CHECK(intMember(json, "n") == 3);
  CHECK(boolMember(json, "t"));
  CHECK(member(json, "absent").is_null());
  CHECK(member(Json(3), "any").is_null());
  CHECK(dumpJson(Json("\xff")) == "\"\xEF\xBF\xBD\"");
}

}  // namespace json_test
