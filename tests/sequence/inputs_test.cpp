#include "recipes/sequence/inputs.h"

#include <catch2/catch.hpp>

#include "recipes/sequence/lane_packer.h"
#include "recipes/sequence/training_part.h"
#include "tests/recipes/memory_views.h"

namespace inputs_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

std::vector<Index> allItems(const Interactions& interactions) {
  std::vector<Index> items;
  for (Index item = 0; item < interactions.itemCount(); ++item) items.push_back(item);
  return items;
}

std::set<uint32_t> rowsOf(std::span<const Feature> features) {
  std::set<uint32_t> rows;
  for (const Feature& feature : features) rows.insert(feature.row);
  return rows;
}

// Everything that packers need, of interactions alone.
struct Prepared {
  explicit Prepared(std::vector<Row> rows, std::vector<EventRule> rules = {}, LengthCut cut = {})
      : interactions(std::move(rows)) {
    configuration.recipe = "aws-user-personalization";
    configuration.events = std::move(rules);
    Progress progress;
    items = ItemSpace::of(interactions, allItems(interactions));
    inputs = *SequenceInputs::learn({&interactions}, configuration, allItems(interactions), {}, progress);
    parts = *TrainingParts::of(interactions, configuration, cut, progress);
    data = {&interactions, &parts, &items, &inputs, &users};
  }
  MemoryInteractions interactions;
  TrainingConfiguration configuration;
  ItemSpace items;
  SequenceInputs inputs;
  StoredBags users;
  TrainingParts parts;
  SequenceData data;
};

// (input, target) of every row that asks for something, as ids; "-" for START.
std::multiset<std::string> pairsOf(const Prepared& prepared, LanePacker& packer, uint64_t epoch) {
  std::multiset<std::string> pairs;
  Batch batch;
  for (size_t index = 0; index < packer.batchesPerEpoch(); ++index) {
    REQUIRE(packer.fill(epoch, index, batch));
    REQUIRE(batch.items.size() == batch.rows());
    REQUIRE(batch.targets.size() == batch.rows());
    REQUIRE(batch.weights.size() == batch.rows());
    REQUIRE(batch.resets.size() == batch.rows());
    REQUIRE(batch.features.size() == batch.rows());
    for (size_t row = 0; row < batch.rows(); ++row) {
      for (const Feature& feature : batch.features[row]) REQUIRE(feature.row < prepared.inputs.rows());
      if (batch.targets[row] == kNoIndex) {
        CHECK(batch.weights[row] == 0);
        continue;
      }
      const std::string from =
          batch.items[row] == kNoIndex ? "-" : std::string(prepared.items.id(batch.items[row]));
      pairs.insert(from + ">" + std::string(prepared.items.id(batch.targets[row])));
    }
  }
  return pairs;
}

}  // namespace

TEST_CASE("events become features: type, value, gap, session", "[sequence]") {
  Prepared prepared({{"u", "a", 0, "View", 1},
                     {"u", "b", 0, "view", 5},
                     {"u", "c", 7, "Buy", 2},
                     {"u", "d", 7 + 100'000, "Buy", kNoValue}});
  const HistoryReader reader(prepared.inputs, prepared.interactions.eventTypes());
  Interactions::Scratch scratch;
  std::vector<SequenceEvent> events;
  reader.read(prepared.interactions.history(0, scratch), prepared.items, events);
  REQUIRE(events.size() == 4);
  CHECK(events[0].type == events[1].type);  // DO-3
  CHECK(events[2].type != events[1].type);
  std::vector<std::set<uint32_t>> rows;
  for (size_t i = 0; i < events.size(); ++i) {
    std::vector<Feature> features;
    prepared.inputs.appendEvent(events[i], i > 0 ? &events[i - 1] : nullptr, features);
    rows.push_back(rowsOf(features));
  }
  CHECK(rows[0].size() == 3);  // type, value, session
  CHECK(rows[1].size() == 3);  // type, value, gap 0
  CHECK(rows[3].size() == 3);  // type, gap, session; no value
  CHECK(rows[1] != rows[2]);
}

TEST_CASE("rules choose events and weigh them as targets", "[sequence]") {
  Prepared prepared({{"u", "a", 1, "View"}, {"u", "b", 2, "Buy"}, {"u", "c", 3, "Other"}},
                    {{"view", {}, 0.1}, {"buy", {}, 0.3}});
  const HistoryReader reader(prepared.inputs, prepared.interactions.eventTypes());
  Interactions::Scratch scratch;
  std::vector<SequenceEvent> events;
  reader.read(prepared.interactions.history(0, scratch), prepared.items, events);
  REQUIRE(events.size() == 2);
  CHECK(events[0].weight == Approx(0.5));  // TO-31
  CHECK(events[1].weight == Approx(1.5));
}

TEST_CASE("metadata becomes bags; rare values and excluded columns do not", "[sequence]") {
  const MemoryInteractions interactions({{"u", "a", 1}, {"u", "b", 2}, {"u", "c", 3}, {"u", "d", 4}});
  MemoryTable table({{"GENRES", ColumnKind::kCategorical},
                     {"TITLE", ColumnKind::kText},
                     {"YEAR", ColumnKind::kNumeric},
                     {"NOTE", ColumnKind::kPlain}},
                    4);
  table.set(0, {"Drama|War", "the long war", "1990", "x"});
  table.set(1, {"drama", "the short war", "2000", "x"});
  table.set(2, {"Rare", std::nullopt, std::nullopt, "x"});
  TrainingConfiguration configuration;
  Progress progress;
  const auto learnt = [&](const TrainingConfiguration& with) {
    return *SequenceInputs::learn({&interactions, &table}, with, allItems(interactions), {}, progress);
  };
  const SequenceInputs inputs = learnt(configuration);
  const FeatureBags bags = inputs.itemBags(&table, allItems(interactions));
  REQUIRE(bags.size() == 4);
  CHECK(bags[0].size() == 1 + 2 + 1);  // drama; the, war; a number at a knot
  CHECK(bags[2].empty());
  CHECK(bags[3].empty());
  std::map<size_t, double> squares;
  for (const Feature& feature : bags[0])
    squares[inputs.items().columnOf(feature.row)] += double{feature.weight} * feature.weight;
  for (const auto& [column, sum] : squares) CHECK(sum == Approx(1));

  configuration.excludedColumns["ITEMS"] = {"GENRES"};
  CHECK(learnt(configuration).itemBags(&table, allItems(interactions))[0].size() == 3);

  MemorySections sections;
  inputs.save(sections);
  const auto opened = SequenceInputs::open(sections);
  REQUIRE(opened);
  CHECK(opened->rows() == inputs.rows());
  const FeatureBags again = opened->itemBags(&table, allItems(interactions));
  REQUIRE(again.features.size() == bags.features.size());
  for (size_t i = 0; i < bags.features.size(); ++i) {
    CHECK(again.features[i].row == bags.features[i].row);
    CHECK(again.features[i].weight == bags.features[i].weight);
  }
  sections.put("sequence/inputs", "{}");
  CHECK(SequenceInputs::open(sections).error().code == ErrorCode::kCorrupt);
}

TEST_CASE("an epoch asks for every event once, in any order of people and any number of lanes",
          "[sequence]") {
  Prepared prepared(randomRows(3, 40, 30, 12));
  LanePacker heldOut(prepared.data, {4, 8, true, 1, 1, 1, 1, true});
  std::multiset<std::string> expected;
  Interactions::Scratch scratch;
  for (Index user = 0; user < prepared.interactions.userCount(); ++user) {
    const History history = prepared.interactions.history(user, scratch);
    const size_t end = history.size() - prepared.parts.heldOut(user);
    for (size_t i = 0; i < end; ++i)
      expected.insert((i == 0 ? "-" : std::string(prepared.interactions.itemId(history.items[i - 1]))) + ">" +
                      std::string(prepared.interactions.itemId(history.items[i])));
  }
  for (const auto& [lanes, steps, carry] :
       {std::tuple<size_t, size_t, bool>{1, 7, true}, {3, 5, true}, {8, 32, true}, {4, 20, false}}) {
    LaneSettings settings;
    settings.lanes = lanes;
    settings.steps = steps;
    settings.carry = carry;
    LanePacker packer(prepared.data, settings);
    CHECK(packer.targetsPerEpoch() == static_cast<int64_t>(expected.size()));
    CHECK(pairsOf(prepared, packer, 0) == expected);
    CHECK(pairsOf(prepared, packer, 1) == expected);
    int64_t targets = 0;
    for (const uint32_t count : packer.targetCounts()) targets += count;
    CHECK(targets == packer.targetsPerEpoch());
  }
  CHECK(heldOut.targetsPerEpoch() == prepared.parts.heldOutEvents());
  CHECK(pairsOf(prepared, heldOut, 0).size() == static_cast<size_t>(prepared.parts.heldOutEvents()));
}

TEST_CASE("batches are the same whoever asks for them, and epochs differ", "[sequence]") {
  Prepared prepared(randomRows(4, 60, 30, 10));
  LaneSettings settings;
  settings.lanes = 4;
  settings.steps = 16;
  LanePacker one(prepared.data, settings), other(prepared.data, settings);
  Batch a, b, first;
  REQUIRE(one.batchesPerEpoch() > 2);
  for (size_t index = 0; index < one.batchesPerEpoch(); ++index) {
    REQUIRE(one.fill(5, index, a));
    if (index == 0) first = a;
  }
  REQUIRE(other.fill(5, one.batchesPerEpoch() - 1, b));  // begins anywhere
  CHECK(a.items == b.items);
  CHECK(a.targets == b.targets);
  CHECK(a.weights == b.weights);
  REQUIRE(other.fill(5, 0, b));
  CHECK(first.items == b.items);
  REQUIRE(other.fill(6, 0, b));
  CHECK(first.items != b.items);
}

TEST_CASE("the recency mask weighs what is later more, and keeps the mean", "[sequence]") {
  std::vector<Row> rows;
  for (int i = 0; i < 2000; ++i)
    rows.push_back({"u" + std::to_string(i % 50), "i" + std::to_string(i % 7), i, "View"});
  Prepared prepared(std::move(rows));
  const auto weights = [&](double recency) {
    LaneSettings settings;
    settings.lanes = 2;
    settings.steps = 50;
    settings.recency = recency;
    LanePacker packer(prepared.data, settings);
    Batch batch;
    std::vector<float> all;
    for (size_t index = 0; index < packer.batchesPerEpoch(); ++index) {
      REQUIRE(packer.fill(0, index, batch));
      for (size_t row = 0; row < batch.rows(); ++row)
        if (batch.targets[row] != kNoIndex) all.push_back(batch.weights[row]);
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  const auto off = weights(1), on = weights(4);
  CHECK(off.front() == 1);
  CHECK(off.back() == 1);
  CHECK(on.back() / on.front() == Approx(4).epsilon(0.02));
  double sum = 0;
  for (const float weight : on) sum += weight;
  CHECK(sum / static_cast<double>(on.size()) == Approx(1).epsilon(0.03));
}

TEST_CASE("people with too short or too long histories are not learnt from", "[sequence]") {
  std::vector<Row> rows;
  for (int user = 0; user < 10; ++user)
    for (int i = 0; i <= user; ++i)
      rows.push_back({"u" + std::to_string(user), "i" + std::to_string(i), i, "View"});
  const auto events = [&](double least, double most) {
    return Prepared(rows, {}, {least, most}).parts.events();
  };
  CHECK(events(0, 1) == 55);
  CHECK(events(0, 0.8) == 55 - 10);
  CHECK(events(0.5, 1) == 55 - 10);  // 1 to 4 go; what lies at the percentile stays
}

}  // namespace inputs_test
