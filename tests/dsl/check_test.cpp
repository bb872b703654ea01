// What is told besides errors: what a filter uses, limits, the service's wording, and why an item passes.
#include <catch2/catch.hpp>

#include "dsl/parse.h"
#include "dsl/print.h"
#include "small_catalogue.h"

namespace check_test {

using namespace proffer;
using namespace proffer::dsl;

namespace {

Filter parsed(std::string_view text) {
  Parsed result = parse(text, Dialect::kExtended);
  for (const Error& error : result.errors) UNSCOPED_INFO(formatError(error, true));
  REQUIRE(result.errors.empty());
  return *result.filter;
}

}  // namespace

TEST_CASE("what a filter uses") {
  const Uses uses = usesOf(parsed(
      "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE AND Items.GENRES IN ($G) | EXCLUDE ItemID WHERE "
      "Interactions.EVENT_TYPE IN ($T) AND Interactions.TIMESTAMP > NOW - 1d IF CurrentUser.AGE = $A"));
  CHECK(uses.fields == std::set<std::string>{"CurrentItem.PRICE", "CurrentUser.AGE",
                                             "Interactions.EVENT_TYPE", "Interactions.TIMESTAMP",
                                             "Items.GENRES", "Items.PRICE"});
  CHECK(uses.placeholders == std::set<std::string>{"A", "G", "T"});
  CHECK(uses.required == std::set<std::string>{"G"});
  CHECK(uses.interactions);
  CHECK_FALSE(uses.actionInteractions);
  CHECK(uses.currentItem);
  CHECK(uses.currentUser);
  CHECK(uses.now);
  CHECK_FALSE(uses.fixed());
  CHECK(usesOf(parsed("EXCLUDE ItemID WHERE Items.PRICE > 1")).fixed());
}

TEST_CASE("F43: distinct fields are limited where asked") {
  const std::string text =
      "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE AND Items.YEAR = 1 AND Items.YEAR < 2";
  CHECK(analyze(text, small::fields(), {Dialect::kPersonalize, 2}).errors.empty());
  const Analysis analysis = analyze(text, small::fields(), {Dialect::kPersonalize, 1});
  REQUIRE(analysis.errors.size() == 1);
  CHECK(analysis.errors[0].code == ErrorCode::kLimitExceeded);
}

TEST_CASE("F42: a dataset that the group does not have cannot be named") {
  Fields fields = small::fields();
  fields.users.reset();
  const Analysis analysis = analyze("INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.AGE = 2", fields,
                                    {Dialect::kPersonalize, 0});
  REQUIRE(analysis.errors.size() == 1);
  CHECK(analysis.errors[0].message == "CurrentUser cannot be used: the group has no Users dataset");
}

TEST_CASE("1.7: errors in the service's words") {
  const auto message = [](std::string_view text) {
    const Analysis analysis = analyze(text, small::fields(), {Dialect::kPersonalize, 0});
    REQUIRE_FALSE(analysis.errors.empty());
    return serviceMessage(analysis.errors[0], text);
  };
  CHECK(message("INCLUDE ItemID WHERE Items.GENRES NOT IN ($GENRE)") ==
        "Invalid input symbol: $GENRE. Placeholders are not allowed with NOT_IN operator.");
  CHECK(message("INCLUDE ItemID\nWHERE Items.IN_STOCK = 1") ==
        "Invalid Expression: IN_STOCK is a boolean field, which cannot be filtered on in the personalize "
        "dialect at "
        "position 22");
}

TEST_CASE("F11: length") {
  std::string text = "INCLUDE ItemID WHERE Items.TITLE = \"";
  text.append(2500 - text.size() - 1, 'x').append(1, '"');
  REQUIRE(text.size() == 2500);
  CHECK(parse(text, Dialect::kPersonalize).errors.empty());
  CHECK(parse(text + " ", Dialect::kPersonalize).errors.size() == 1);
  CHECK(parse(text + " ", Dialect::kExtended).errors.empty());
  CHECK(parse(std::string(kLongest + 1, ' '), Dialect::kExtended).errors.size() == 1);
  CHECK(parse("", Dialect::kExtended).errors.size() == 1);
}

TEST_CASE("an item's way through a filter is told clause by clause") {
  const auto program = *compileText(
      "INCLUDE ItemID WHERE Items.GENRES IN (\"Drama\") AND (Items.PRICE > 11 OR Items.YEAR = 1) | EXCLUDE "
      "ItemID WHERE Interactions.EVENT_TYPE = \"watch\" AND Interactions.EVENT_VALUE < 3 | EXCLUDE "
      "ItemID WHERE Items.YEAR = $Y | EXCLUDE ItemID WHERE Items.YEAR > 0 IF CurrentUser.AGE > 30",
      small::fields(), {});
  const PreparedFilter filter = *PreparedFilter::prepare(program, small::items());
  Situation situation;
  situation.history = small::history("ann");
  situation.user = small::attributes("ann");
  const Explanation two = *filter.explain(2, situation);
  CHECK(two.passes);
  CHECK(two.reason == "let in by " + print(program->filter().expressions[0]));
  REQUIRE(two.clauses.size() == 4);
  REQUIRE(two.clauses[0].where.parts.size() == 2);
  CHECK(two.clauses[0].where.parts[0].text == "Items.GENRES IN (\"Drama\")");
  CHECK(two.clauses[0].where.parts[0].found == "\"Comedy\", \"Drama\"");
  CHECK(two.clauses[0].where.parts[1].parts[0].found == "12");
  CHECK(two.clauses[1].where.found == "no such event");
  CHECK(two.clauses[2].whyNot == "$Y has no value");
  CHECK(two.clauses[3].whyNot == "IF is false");
  CHECK(two.clauses[3].condition->found == "25");
  const Explanation three = *filter.explain(3, situation);
  CHECK_FALSE(three.passes);
  CHECK(three.clauses[1].where.found == "1 event");
  CHECK(three.reason == "kept out by " + print(program->filter().expressions[1]));
  CHECK(filter.explain(0, situation)->reason == "no INCLUDE lets it in");
}

TEST_CASE("many errors are cut, and none is told twice") {
  std::string text = "INCLUDE ItemID WHERE Items.A = 1";
  for (int i = 0; i < 100; ++i) text += " AND Items.A" + std::to_string(i) + " == 1";
  CHECK(analyze(text, small::fields(), {}).errors.size() == 20);
}

}  // namespace check_test
