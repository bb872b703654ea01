// What is printed as YAML reads back as it was.
#include <catch2/catch.hpp>
#include <random>

#include "manifests/kind_table.h"
#include "manifests/reader.h"
#include "manifests/yaml_document.h"

namespace printing_test {

using namespace proffer;

namespace {

Json readBack(const std::string& yaml) {
  const auto text = readYaml("printed", yaml);
  for (const auto& error : text.errors) FAIL_CHECK(formatError(error, true) << "\n" << yaml);
  return text.documents.empty() ? Json() : text.documents[0].value();
}

std::string randomText(std::mt19937& random) {
  static const std::vector<std::string> kParts{"a",        "B",           "7",    "0",
                                               ".",        "-",           ":",    " ",
                                               "#",        ",",           "[",    "{",
                                               "}",        "]",           "\"",   "'",
                                               "\\",       "\n",          "\t",   "é",
                                               "日",       "true",        "null", "yes",
                                               "1e3",      "0x1F",        "...",  "---",
                                               "%",        "@",           "&",    "*",
                                               "!",        "|",           ">",    "?",
                                               "~",        "\x01",        "\x7f", "\r",
                                               "<<",       "2026-11-22",  "=",    "\xEF\xBB\xBF",
                                               "\xC2\x85", "\xE2\x80\xA8"};
  std::string text;
  for (size_t n = random() % 6; n > 0; --n) text += kParts[random() % kParts.size()];
  return text;
}

Json randomValue(std::mt19937& random, int depth) {
  switch (random() % (depth > 4 ? 6 : 8)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<int64_t>(uint64_t{random()} << 32 | random());
    case 3:
      return std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 100);
    case 4:
    case 5:
      return randomText(random);
    case 6: {
      Json list = Json::array();
      for (size_t n = random() % 4; n > 0; --n) list.push_back(randomValue(random, depth + 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (size_t n = random() % 4; n > 0; --n) object[randomText(random)] = randomValue(random, depth + 1);
      return object;
    }
  }
}

}  // namespace

TEST_CASE("any JSON value comes back from its YAML") {
  const unsigned seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : 20261122;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    Json value = Json{{"x", randomValue(random, 0)}};
    const std::string yaml = toYaml(value);
    const Json after = readBack(yaml);
    if (after != value) {
      FAIL("printed:\n" << yaml << "\nwas:  " << dumpJson(value) << "\nread: " << dumpJson(after));
    }
  }
}

TEST_CASE("values are printed as people write them") {
  struct Row {
    std::string_view json, yaml, reason;
  };
  const Row rows[] = {
      {R"j({"a":"x","b":1,"c":1.5,"d":true,"e":null})j", "a: x\nb: 1\nc: 1.5\nd: true\ne: null\n", "scalars"},
      {R"j({"a":{"b":{"c":1}}})j", "a:\n  b:\n    c: 1\n", "objects"},
      {R"j({"a":[{"b":1,"c":[1,2]},{"b":2}]})j", "a:\n  - b: 1\n    c: [1, 2]\n  - b: 2\n",
       "lists of objects"},
      {R"j({"a":["float","null"]})j", "a: [float, \"null\"]\n", "short lists in one line"},
      {R"j({"a":"yes","b":"007","c":"730d","d":"2026-11-22","e":"1e3","f":"12:30"})j",
       "a: \"yes\"\nb: \"007\"\nc: 730d\nd: \"2026-11-22\"\ne: \"1e3\"\nf: \"12:30\"\n",
       "what other YAML readers take for something else"},
      {R"j({"a":"rate(7 days)","b":"!=","c":"exports:orders/*.csv","d":"a: b","e":"*x"})j",
       "a: rate(7 days)\nb: \"!=\"\nc: exports:orders/*.csv\nd: \"a: b\"\ne: \"*x\"\n", "signs"},
      {R"j({"a":"one\ntwo\n","b":"one\ntwo"})j", "a: |\n  one\n  two\nb: |-\n  one\n  two\n",
       "several lines"},
      {R"j({"a":{},"b":[],"c":""})j", "a: {}\nb: []\nc: \"\"\n", "nothing"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    CHECK(toYaml(*parseJson(row.json)) == row.yaml);
    CHECK(readBack(std::string(row.yaml)) == *parseJson(row.json));
  }
}

}  // namespace printing_test
