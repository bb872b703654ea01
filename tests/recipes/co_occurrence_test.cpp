// The counter against a naive one, in every setting.
#include "recipes/co_occurrence.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "base/parallel.h"
#include "base/text.h"
#include "tests/recipes/memory_views.h"

namespace co_occurrence_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

struct Counted {
  ItemSpace items;
  CoOccurrence rows;
};

Counted counted(const Interactions& interactions, const HistoryCut& cut, CoOccurrenceSettings settings,
                std::vector<EventRule> events = {}) {
  TrainingConfiguration configuration;
  configuration.events = std::move(events);
  Progress progress;
  auto histories = CutHistories::read(interactions, configuration, cut, progress);
  REQUIRE(histories);
  Counted result;
  result.items = histories->items({&interactions}, configuration);
  const Places places = std::move(*histories).place(result.items);
  auto rows = countCoOccurrence(places, settings, progress);
  REQUIRE(rows);
  result.rows = std::move(*rows);
  return result;
}

// "b:1.5/2 c:1/1": item, score and people.
std::string rowText(const Counted& counted, std::string_view id) {
  std::vector<std::string> parts;
  for (const Neighbour& one : counted.rows.row(counted.items.fromId(id)))
    parts.push_back(fmt::format("{}:{:.4g}/{}", counted.items.id(one.item), one.score, one.people));
  return join(parts, " ");
}

// u1: a b c d in one place after the other; u2: b a; u3: a twice, then c.
std::vector<Row> sequence() {
  return {{"u1", "a", 1}, {"u1", "b", 2}, {"u1", "c", 3}, {"u1", "d", 4}, {"u2", "b", 1},
          {"u2", "a", 2}, {"u3", "a", 1}, {"u3", "a", 2}, {"u3", "c", 3}};
}

struct Pair {
  double weight = 0;
  std::set<std::string> people;
};
using Pairs = std::map<std::pair<std::string, std::string>, Pair>;

double weightOf(const std::vector<EventRule>& events, const std::string& type) {
  if (events.empty()) return 1;
  for (const EventRule& rule : events)
    if (rule.eventType.empty() || equalsIgnoreCase(rule.eventType, type)) return rule.weight;
  return 0;
}

struct Placed {
  std::string item;
  int64_t time;
  double weight;
};

// Each person's rows, oldest first, with what they weigh; those that are not trained on are left out.
std::map<std::string, std::vector<Placed>> byPerson(std::vector<Row> rows,
                                                    const std::vector<EventRule>& events) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.time < b.time; });
  std::map<std::string, std::vector<Placed>> people;
  for (const Row& row : rows)
    if (const double weight = weightOf(events, row.type); weight > 0)
      people[row.user].push_back({row.item, row.time, weight});
  return people;
}

// Every pair of different items of one list: once per person and place of the first occurrence.
void addSequence(const std::string& person, const std::vector<Placed>& rows,
                 const CoOccurrenceSettings& settings, Pairs& pairs) {
  std::vector<Placed> first;
  for (const Placed& row : rows) {
    const auto known =
        std::find_if(first.begin(), first.end(), [&](const Placed& other) { return other.item == row.item; });
    if (known == first.end()) {
      first.push_back(row);
    } else {
      known->weight = std::max(known->weight, row.weight);
    }
  }
  for (size_t i = 0; i < first.size(); ++i)
    for (size_t j = 0; j < first.size(); ++j) {
      const size_t gap = i < j ? j - i : i - j;
      if (gap == 0 || (settings.window > 0 && gap > settings.window)) continue;
      if (settings.direction == CoOccurrenceSettings::Direction::kForward && j < i) continue;
      Pair& pair = pairs[{first[i].item, first[j].item}];
      pair.weight += first[i].weight * first[j].weight / (settings.inverseGap ? double(gap) : 1.0);
      pair.people.insert(person);
    }
}

void addBaskets(const std::string& person, const std::vector<Placed>& rows,
                const CoOccurrenceSettings& settings, Pairs& pairs) {
  std::map<int64_t, std::map<std::string, double>> baskets;
  std::map<std::string, double> all;
  for (const Placed& row : rows) {
    double& inBasket = baskets[row.time][row.item];
    inBasket = std::max(inBasket, row.weight);
    all.emplace(row.item, 1.0);
  }
  for (const auto& [a, weightA] : all)
    for (const auto& [b, weightB] : all) {
      if (a == b) continue;
      pairs[{a, b}].weight += settings.lifetimeWeight;
      pairs[{a, b}].people.insert(person);
    }
  for (const auto& [time, basket] : baskets)
    for (const auto& [a, weightA] : basket)
      for (const auto& [b, weightB] : basket)
        if (a != b) pairs[{a, b}].weight += weightA * weightB / std::log2(1.0 + double(basket.size()));
}

Pairs naivePairs(const std::vector<Row>& rows, bool baskets, const CoOccurrenceSettings& settings,
                 const std::vector<EventRule>& events) {
  Pairs pairs;
  for (const auto& [person, placed] : byPerson(rows, events)) {
    if (baskets) {
      addBaskets(person, placed, settings, pairs);
    } else {
      addSequence(person, placed, settings, pairs);
    }
  }
  return pairs;
}

void checkAgainstNaive(const Counted& found, const Pairs& pairs, const CoOccurrenceSettings& settings) {
  size_t expected = 0;
  for (const auto& [key, pair] : pairs)
    expected += pair.weight > 0 && pair.people.size() >= std::max<size_t>(1, settings.leastPeople);
  CHECK(found.rows.entries().size() == expected);
  bool same = true;
  for (Index item = 0; item < found.items.size(); ++item) {
    float previous = std::numeric_limits<float>::infinity();
    for (const Neighbour& one : found.rows.row(item)) {
      const auto pair =
          pairs.find({std::string(found.items.id(item)), std::string(found.items.id(one.item))});
      same = same && pair != pairs.end() && pair->second.people.size() == one.people &&
             std::abs(pair->second.weight - double(one.score)) <= 1e-5 * pair->second.weight &&
             one.score <= previous;
      previous = one.score;
    }
  }
  CHECK(same);
}

bool equalRows(const CoOccurrence& a, const CoOccurrence& b) {
  return std::equal(a.offsets().begin(), a.offsets().end(), b.offsets().begin(), b.offsets().end()) &&
         a.entries().size() == b.entries().size() &&
         std::memcmp(a.entries().data(), b.entries().data(), a.entries().size_bytes()) == 0;
}

std::vector<CoOccurrenceSettings> manySettings() {
  std::vector<CoOccurrenceSettings> all(1);
  all[0].keep = 1000;
  const auto add = [&](auto change) {
    all.push_back(all[0]);
    change(all.back());
  };
  add([](auto& s) { s.window = 3; });
  add([](auto& s) { s.window = 5, s.inverseGap = true; });
  add([](auto& s) { s.inverseGap = true, s.direction = CoOccurrenceSettings::Direction::kForward; });
  add([](auto& s) { s.direction = CoOccurrenceSettings::Direction::kForward, s.window = 2; });
  add([](auto& s) { s.leastPeople = 3; });
  add([](auto& s) { s.leastPeople = 2, s.window = 4; });
  return all;
}

}  // namespace

TEST_CASE("pairs are counted once per person, within window and direction", "[co-occurrence]") {
  const MemoryInteractions interactions(sequence());
  using Direction = CoOccurrenceSettings::Direction;
  struct {
    CoOccurrenceSettings settings;
    const char* item;
    const char* expected;
    const char* reason;
  } const rows[] = {
      {{}, "a", "b:2/2 c:2/2 d:1/1", "whole histories"},
      {{.window = 1}, "a", "b:2/2 c:1/1", "next to each other; a stands once in u3"},
      {{.window = 2, .inverseGap = true}, "a", "b:2/2 c:1.5/2", "half as much two places on"},
      {{.window = 1, .direction = Direction::kForward}, "a", "b:1/1 c:1/1", "only what comes after"},
      {{.direction = Direction::kForward}, "d", "", "nothing comes after the last one"},
      {{.leastPeople = 2}, "a", "b:2/2 c:2/2", "pairs of one person are left out"},
      {{.keep = 1}, "a", "b:2/2", "ties by id"},
      {{.keep = 2, .columnFactor = {1, 0.1, 1, 1}}, "a", "c:2/2 d:1/1", "b counts a tenth"},
      {{.columnFactor = {1, 0, 1, 1}}, "a", "c:2/2 d:1/1", "b counts nothing"},
      {{.keep = 2, .rowFactor = {0.5, 1, 1, 1}}, "a", "b:1/2 c:1/2", "a's row is halved"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    CHECK(rowText(counted(interactions, {}, row.settings), row.item) == row.expected);
  }
}

TEST_CASE("baskets count for each order, lifetimes once for each person", "[co-occurrence]") {
  const MemoryInteractions interactions({{"u", "a", 1},
                                         {"u", "b", 1},
                                         {"u", "c", 1},
                                         {"u", "a", 2},
                                         {"u", "b", 2},
                                         {"u", "b", 2},
                                         {"v", "a", 1},
                                         {"v", "d", 5}});
  HistoryCut cut;
  cut.baskets = true;
  CoOccurrenceSettings settings;
  CHECK(rowText(counted(interactions, cut, settings), "a") ==
        fmt::format("b:{:.4g}/1 c:0.5/1", 0.5 + 1 / std::log2(3.0)));
  settings.lifetimeWeight = 0.1;
  CHECK(rowText(counted(interactions, cut, settings), "a") ==
        fmt::format("b:{:.4g}/1 c:0.6/1 d:0.1/1", 0.6 + 1 / std::log2(3.0)));
}

TEST_CASE("the counter agrees with a naive one", "[co-occurrence]") {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    INFO("seed " << seed);
    const std::vector<Row> rows = randomRows(seed, 20 + seed * 7, 8 + seed * 3, 6);
    const MemoryInteractions interactions(rows);
    std::vector<EventRule> events;
    if (seed % 3 == 1) events = {{"Watch"}};
    if (seed % 3 == 2) events = {{"Watch", std::nullopt, 0.5}, {"Click", std::nullopt, 0.25}};
    for (const CoOccurrenceSettings& settings : manySettings())
      checkAgainstNaive(counted(interactions, {}, settings, events),
                        naivePairs(rows, false, settings, events), settings);
    if (seed % 3 == 2) continue;  // what an event weighs beyond its basket is not the naive one's business
    std::vector<Row> coarse = rows;
    for (Row& row : coarse) row.time /= 200;
    const MemoryInteractions orders(coarse);
    HistoryCut cut;
    cut.baskets = true;
    for (const double lifetime : {0.0, 0.2}) {
      CoOccurrenceSettings settings;
      settings.keep = 1000;
      settings.lifetimeWeight = lifetime;
      checkAgainstNaive(counted(orders, cut, settings, events), naivePairs(coarse, true, settings, events),
                        settings);
    }
  }
}

TEST_CASE("what is kept of a row is the beginning of the whole row", "[co-occurrence]") {
  const MemoryInteractions interactions(randomRows(5, 400, 300, 20));
  CoOccurrenceSettings settings;
  settings.keep = 1'000'000;
  const Counted whole = counted(interactions, {}, settings);
  for (const uint32_t keep : {0U, 1U, 7U, 60U}) {
    settings.keep = keep;
    const Counted part = counted(interactions, {}, settings);
    bool same = true;
    for (Index item = 0; item < whole.items.size(); ++item) {
      const auto expected = whole.rows.row(item).first(std::min<size_t>(keep, whole.rows.row(item).size()));
      const auto found = part.rows.row(item);
      same = same && expected.size() == found.size();
      for (size_t i = 0; same && i < found.size(); ++i) same = found[i].item == expected[i].item;
    }
    CHECK(same);
  }
}

TEST_CASE("any number of threads gives the same bits", "[co-occurrence]") {
  std::vector<Row> rows = randomRows(11, 3000, 400, 12);
  for (Row& row : rows) row.time /= 100;
  const MemoryInteractions interactions(rows);
  for (const bool baskets : {false, true}) {
    HistoryCut cut{0.01, 0.99, 0.05, 0.98, baskets};
    CoOccurrenceSettings settings;
    settings.keep = 30;
    settings.inverseGap = !baskets;
    settings.lifetimeWeight = 0.3;
    const std::vector<EventRule> events = {{"Watch", std::nullopt, 0.7}, {"", std::nullopt, 0.4}};
    const Counted together = counted(interactions, cut, settings, events);
    Counted alone;
    // Loops within a loop run on the thread that asks for them.
    parallelFor(2, [&](size_t i) {
      if (i == 0) alone = counted(interactions, cut, settings, events);
    });
    CHECK(equalRows(together.rows, alone.rows));
  }
}

TEST_CASE("the cut leaves out people first, then items", "[co-occurrence]") {
  std::vector<Row> rows;
  // p1 .. p10 choose as many items as their number says, of i1 .. i10.
  for (int person = 1; person <= 10; ++person)
    for (int item = 1; item <= person; ++item)
      rows.push_back({"p" + std::to_string(person), fmt::format("i{:02}", item), item});
  const MemoryInteractions interactions(rows);
  struct {
    HistoryCut cut;
    const char* people;
    const char* reason;
  } const cases[] = {
      {{}, "10 9 8 7 6 5 4 3 2 1", "nothing is cut"},
      {{0.05, 0.95, 0, 1}, "10 9 8 7 6 5 4 3 2 1", "a percentile between two values keeps both"},
      {{0.34, 1, 0, 1}, "7 7 7 7 6 5 4 3 2 1", "people with 1 to 3 items are out"},
      {{0, 0.5, 0, 1}, "6 5 4 3 2 1 0 0 0 0", "people with more than 6 items are out"},
      {{0, 1, 0.34, 1}, "10 9 8 7 6 5 4 0 0 0", "items of 1 to 3 people are out"},
      {{0, 1, 0, 0.5}, "0 0 0 0 0 5 4 3 2 1", "items that more than half of the people have are out"},
      {{0, 0.5, 0, 0.5}, "0 0 0 3 2 1 0 0 0 0", "items are counted among the people that are left"},
  };
  for (const auto& row : cases) {
    INFO(row.reason);
    Progress progress;
    TrainingConfiguration configuration;
    auto histories = CutHistories::read(interactions, configuration, row.cut, progress);
    REQUIRE(histories);
    CHECK(histories->people()[0] == 10);
    const ItemSpace items = histories->items({&interactions}, configuration);
    const Places places = std::move(*histories).place(items);
    std::vector<std::string> people;
    for (const uint32_t count : places.people) people.push_back(std::to_string(count));
    CHECK(join(people, " ") == row.people);
    std::map<Index, uint32_t> placed;
    for (const Index item : places.items)
      if (item < Places::kEndOfBasket) ++placed[item];
    for (Index item = 0; item < items.size(); ++item) CHECK(placed[item] == places.people[item]);
  }
}

TEST_CASE("a history that is too long keeps its newest items", "[co-occurrence]") {
  std::vector<Row> rows;
  for (size_t i = 0; i < kLongestHistory + 5; ++i)
    rows.push_back({"robot", fmt::format("i{:05}", i), static_cast<int64_t>(i)});
  const MemoryInteractions interactions(rows);
  for (const bool baskets : {false, true}) {
    HistoryCut cut;
    cut.baskets = baskets;
    CoOccurrenceSettings settings;
    settings.window = 1;
    const Counted found = counted(interactions, cut, settings);
    CHECK(found.rows.row(found.items.fromId("i00004")).empty());
    CHECK(found.rows.row(found.items.fromId("i10003")).size() == (baskets ? 0 : 2));
  }
}

TEST_CASE("counting stops when it is cancelled", "[co-occurrence]") {
  const MemoryInteractions interactions(sequence());
  Progress progress;
  auto histories = CutHistories::read(interactions, {}, {}, progress);
  REQUIRE(histories);
  const ItemSpace items = histories->items({&interactions}, {});
  const Places places = std::move(*histories).place(items);
  progress.cancel();
  CHECK(countCoOccurrence(places, {}, progress).error().code == ErrorCode::kCancelled);
  CHECK(CutHistories::read(interactions, {}, {}, progress).error().code == ErrorCode::kCancelled);
  const MemoryInteractions none({});
  Progress fresh;
  auto empty = CutHistories::read(none, {}, {}, fresh);
  REQUIRE(empty);
  const ItemSpace nothing = empty->items({&none}, {});
  CHECK(countCoOccurrence(std::move(*empty).place(nothing), {}, fresh)->entries().empty());
}

}  // namespace co_occurrence_test
