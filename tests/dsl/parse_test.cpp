// Text to tree and back: the documented examples, positions of errors, recovery.
#include <catch2/catch.hpp>

#include "dsl/parse.h"
#include "dsl/print.h"

namespace parse_test {

using namespace proffer;
using namespace proffer::dsl;

namespace {

struct Row {
  const char* text;
  const char* canonical;
  const char* reason;
};

}  // namespace

TEST_CASE("an error in a long expression shows what stands around it") {
  std::string text = "INCLUDE ItemID WHERE Items.A IN (\"x\"";
  for (int i = 0; text.size() < 19'000; ++i) text += fmt::format(", \"x{}\"", i);
  text += ") AND Items.B == 1 AND Items.C IN (\"y\"";
  for (int i = 0; text.size() < kLongest - 20; ++i) text += fmt::format(", \"y{}\"", i);
  text += ")";
  const auto parsed = parse(text, Dialect::kExtended);
  REQUIRE(!parsed.errors.empty());
  for (const Error& error : parsed.errors) {
    CHECK(error.position.column > 19'000);
    CHECK(error.sourceLine.size() < 200);
    CHECK(formatError(error, true).size() < 600);
    CHECK(error.sourceLine.find("Items.B == 1") != std::string::npos);
  }
}

TEST_CASE("valid expressions print canonically, and parse back to the same tree") {
  const Row row = GENERATE(values<Row>({
      {"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"buy\", \"play\")",
       "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"buy\", \"play\")", "1.8"},
      {"exclude itemId where INTERACTIONS.event_type in('a')|include ITEMID where items.x=1",
       "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"a\") | INCLUDE ItemID WHERE Items.X = 1",
       "F6, F9, F10"},
      {"INCLUDE ItemID WHERE Items.A IN (\"$CATEGORY\")", "INCLUDE ItemID WHERE Items.A IN ($CATEGORY)",
       "F5"},
      {"EXCLUDE ActionID WHERE Action.VALUE < ($MIN) IF CurrentUser.TIER = $TIER",
       "EXCLUDE ActionID WHERE Actions.VALUE < $MIN IF CurrentUser.TIER = $TIER", "F5, F18"},
      {"INCLUDE ItemID WHERE Items.A = \"a\\\"b\\\\c\\d\" AND Items.N >= -1.50e2",
       "INCLUDE ItemID WHERE Items.A = \"a\\\"b\\\\c\\\\d\" AND Items.N >= -150", "F7, F8"},
      {"INCLUDE ItemID WHERE ((Items.A = 1 OR Items.B = 2) AND NOT (Items.C IS NOT NULL)) AND "
       "Interactions.TIMESTAMP > NOW-720h",
       "INCLUDE ItemID WHERE (Items.A = 1 OR Items.B = 2) AND NOT Items.C IS NOT NULL AND "
       "Interactions.TIMESTAMP > NOW - 30d",
       "the extended dialect"},
      {"INCLUDE ItemID WHERE Items.P NOT BETWEEN 1 AND $M AND Items.S = true OR Items.G IN CurrentItem.G",
       "INCLUDE ItemID WHERE Items.P NOT BETWEEN 1 AND $M AND Items.S = true OR Items.G IN CurrentItem.G",
       "precedence"},
  }));
  INFO(row.reason << ": " << row.text);
  const Parsed parsed = parse(row.text, Dialect::kExtended);
  for (const Error& error : parsed.errors) UNSCOPED_INFO(formatError(error, true));
  REQUIRE(parsed.errors.empty());
  REQUIRE(parsed.filter);
  CHECK(print(*parsed.filter) == row.canonical);
  const Parsed again = parse(print(*parsed.filter), Dialect::kExtended);
  REQUIRE(again.filter);
  CHECK(*again.filter == *parsed.filter);
}

TEST_CASE("errors say what stood there, what could, and go on") {
  const Parsed parsed = parse(
      "INCLUDE ItemID WHERE Itmes.A = 1 AND Items.B == 2\n OR Items.C INN (\"x\") | EXCLUDE Item.ID WHERE "
      "Items.D = ",
      Dialect::kExtended);
  std::string all;
  for (const Error& error : parsed.errors) all += formatError(error, true) + "\n";
  INFO(all);
  REQUIRE(parsed.errors.size() == 5);
  CHECK(parsed.errors[0].hint == "did you mean \"Items\"?");
  CHECK(parsed.errors[1].position.column == 47);
  CHECK(parsed.errors[2].position.line == 2);
  CHECK(parsed.errors[2].hint == "did you mean \"IN\"?");
  CHECK(parsed.errors[3].hint == "did you mean \"ItemID\"?");
}

TEST_CASE("a thousand parentheses are an error, not a crash") {
  const std::string text =
      "INCLUDE ItemID WHERE " + std::string(1000, '(') + "Items.A = 1" + std::string(1000, ')');
  const Parsed parsed = parse(text, Dialect::kExtended);
  REQUIRE(parsed.errors.size() == 1);
  CHECK(parsed.errors[0].message == "nested deeper than 100 levels");
}

}  // namespace parse_test
