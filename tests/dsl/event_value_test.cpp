// EVENT_VALUE, which histories hold as floats, against numbers that are doubles.
#include <catch2/catch.hpp>

#include "dsl/evaluate.h"

namespace event_value_test {

using namespace proffer;
using namespace proffer::dsl;

TEST_CASE("an event's value equals the number it was written as") {
  struct Row {
    const char* test;
    bool passes;
    const char* reason;
  };
  const Row row = GENERATE(values<Row>({{"= 4.1", true, "4.1 as a float is less than 4.1"},
                                        {">= 4.1", true, "the end of a range"},
                                        {"< 4.1", false, "the end of a range"},
                                        {"IN (1, 4.1)", true, "in a list"},
                                        {"BETWEEN 4.1 AND 5", true, "the end of a range"},
                                        {"= 4.10001", false, "another float"}}));
  const bool ofActions = GENERATE(false, true);
  INFO(row.test << ": " << row.reason << ", of actions: " << ofActions);
  Fields fields;
  fields.items = fields.actions = DatasetFields{};
  fields.interactions = fields.actionInteractions = DatasetFields{{{"EVENT_VALUE", ValueType::kNumber}}};
  const std::string head =
      ofActions ? "INCLUDE ActionID WHERE Action_Interactions" : "INCLUDE ItemID WHERE Interactions";
  const auto program = compileText(head + ".EVENT_VALUE " + row.test, fields, {});
  REQUIRE(program);
  const auto prepared = PreparedFilter::prepare(*program, ItemIndex::build(1, {}));
  REQUIRE(prepared);
  const std::vector<Index> items = {0};
  const std::vector<int64_t> times = {100};
  const std::vector<float> values = {4.1F};
  UserHistory history;
  history.items = items;
  history.times = times;
  history.values = values;
  Situation situation;
  (ofActions ? situation.actionHistory : situation.history) = &history;
  const auto passing = prepared->resolve(situation);
  REQUIRE(passing);
  CHECK(passing->contains(0) == row.passes);
}

}  // namespace event_value_test
