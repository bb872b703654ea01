// A prepared filter for a newer version of its index.
#include <catch2/catch.hpp>

#include "dsl/evaluate.h"

namespace refreshed_test {

using namespace proffer;
using namespace proffer::dsl;

TEST_CASE("items that the index grew by are evaluated, whether they are named or not") {
  struct Row {
    std::vector<Index> changed;
    Index last;
    const char* reason;
  };
  const Row row = GENERATE(values<Row>({{{}, 3, "not named"},
                                        {{3}, 3, "named"},
                                        {{3, 9}, 3, "named beside one that is not there"},
                                        {{}, 5000, "more than are evaluated one by one"}}));
  INFO(row.reason);
  const Field tier{"TIER", ValueType::kText};
  Fields fields;
  fields.items = DatasetFields{{tier}};
  const ColumnSource column{tier, [](Index) -> std::optional<std::string_view> { return "gold"; }};
  const auto items = ItemIndex::build(2, std::vector<ColumnSource>{column});
  const auto newer = items->withRows(std::vector<ItemRow>{{row.last, {{"TIER", "silver"}}}});
  const Situation nobody;
  for (const bool fixed : {true, false}) {
    const std::string text = std::string("EXCLUDE ItemID WHERE Items.TIER IN (\"silver\")") +
                             (fixed ? "" : " OR CurrentUser.TIER = \"gold\"");
    fields.users = fields.items;
    const auto program = compileText(text, fields, {});
    REQUIRE(program);
    const auto before = PreparedFilter::prepare(*program, items);
    REQUIRE(before);
    const auto after = before->refreshed(newer, row.changed);
    REQUIRE(after);
    const auto passing = after->resolve(nobody);
    REQUIRE(passing);
    CHECK(passing->size() == row.last + 1);
    CHECK(passing->contains(2));  // without values
    CHECK_FALSE(passing->contains(row.last));
  }
}

}  // namespace refreshed_test
