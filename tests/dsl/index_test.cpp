// Sets and indexes: random operations against plain vectors; versions share and do not change each other;
// prepared filters refreshed item by item equal those prepared anew.
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "dsl/evaluate.h"
#include "small_catalogue.h"

namespace index_test {

using namespace proffer;
using namespace proffer::dsl;

namespace {

ItemSet setOf(Index size, const std::set<Index>& members) {
  const std::vector<Index> list(members.begin(), members.end());
  return ItemSet::of(size, list);
}

std::set<Index> randomMembers(std::mt19937_64& random, Index size) {
  std::set<Index> members;
  const double share = std::pow(10.0, -static_cast<double>(random() % 5));
  const auto count = static_cast<Index>(size * share);
  for (Index i = 0; i < count; ++i) members.insert(static_cast<Index>(random() % size));
  if (random() % 4 == 0)
    for (Index i = 0; i < std::min<Index>(size, kChunkItems); ++i) members.insert(i);
  return members;
}

std::vector<std::vector<std::pair<std::string, std::string>>> randomRows(std::mt19937_64& random,
                                                                         size_t count) {
  std::vector<std::vector<std::pair<std::string, std::string>>> rows(count);
  for (auto& row : rows) {
    if (random() % 5 != 0) row.emplace_back("TITLE", "title " + std::to_string(random() % 1000));
    if (random() % 5 != 0)
      row.emplace_back("GENRES", "g" + std::to_string(random() % 4) + "|g" + std::to_string(random() % 40));
    if (random() % 5 != 0) row.emplace_back("PRICE", std::to_string(random() % 50));
    if (random() % 5 != 0) row.emplace_back("IN_STOCK", random() % 2 ? "true" : "0");
  }
  return rows;
}

std::vector<ColumnSource> sourcesOf(
    const std::vector<std::vector<std::pair<std::string, std::string>>>& rows) {
  std::vector<ColumnSource> sources;
  for (const Field& field : small::fields().items->fields)
    sources.push_back({field, [&rows, name = field.name](Index row) -> std::optional<std::string_view> {
                         if (row >= rows.size()) return std::nullopt;
                         for (const auto& [column, value] : rows[row])
                           if (column == name) return value;
                         return std::nullopt;
                       }});
  return sources;
}

const std::vector<const char*>& fixedFilters() {
  static const std::vector<const char*> filters{
      R"(INCLUDE ItemID WHERE Items.GENRES IN ("g1", "g17"))",
      R"(EXCLUDE ItemID WHERE Items.GENRES IN ("g1") | INCLUDE ItemID WHERE Items.PRICE BETWEEN 3 AND 30)",
      R"(INCLUDE ItemID WHERE Items.TITLE = "title 7" OR NOT Items.PRICE < 45)",
      R"(EXCLUDE ItemID WHERE Items.GENRES IS NULL OR Items.IN_STOCK = false)",
      R"(EXCLUDE ItemID WHERE Items.PRICE != 9)",
      R"(INCLUDE ItemID WHERE Items.PRICE IN (1, 2, 3) AND Items.GENRES NOT IN ("g2"))",
  };
  return filters;
}

PreparedFilter prepared(const char* text, const std::shared_ptr<const ItemIndex>& items) {
  const auto program = compileText(text, small::fields(), {});
  if (!program) FAIL(formatError(program.error()));
  auto filter = PreparedFilter::prepare(*program, items);
  REQUIRE(filter);
  return *filter;
}

}  // namespace

TEST_CASE("set operations agree with plain sets") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const Index size : {Index{0}, Index{1}, Index{63}, Index{65536}, Index{200'001}}) {
    for (int round = 0; round < 6; ++round) {
      const std::set<Index> a = size ? randomMembers(random, size) : std::set<Index>{};
      const std::set<Index> b = size ? randomMembers(random, size) : std::set<Index>{};
      std::set<Index> both, either = a, without;
      either.insert(b.begin(), b.end());
      std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
      std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(without, without.end()));
      const ItemSet left = setOf(size, a), right = setOf(size, b);
      CHECK(left.count() == a.size());
      CHECK(left.members() == std::vector<Index>(a.begin(), a.end()));
      CHECK((left & right) == setOf(size, both));
      CHECK((left | right) == setOf(size, either));
      CHECK((left - right) == setOf(size, without));
      CHECK(left.complement().count() == size - a.size());
      CHECK((left.complement() & left).empty());
      CHECK((left.complement() | left) == ItemSet::all(size));
      CHECK(left.complement().complement() == left);
      std::vector<uint64_t> words;
      left.toWords(words);
      REQUIRE(words.size() == (size + 63) / 64);
      size_t wrong = 0;
      for (Index i = 0; i < size; ++i) wrong += (words[i / 64] >> (i % 64) & 1) != a.count(i);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("sets grow, and one item goes in or out") {
  const ItemSet none = ItemSet::none(10);
  CHECK(none.with(3, true).members() == std::vector<Index>{3});
  CHECK(none.empty());
  CHECK(none.with(70'000, true).size() == 70'001);
  CHECK(ItemSet::all(10).with(3, false).count() == 9);
  CHECK(ItemSet::all(10).grown(200'000, true) == ItemSet::all(200'000));
  CHECK(ItemSet::all(65536).grown(65537, false).count() == 65536);
  CHECK(ItemSet::all(0).grown(5, true) == ItemSet::all(5));
  CHECK_FALSE(ItemSet::all(10).contains(10));
}

TEST_CASE("rows put one by one give the index that is built of them, and refresh what was prepared") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  constexpr Index kItems = 70'000;
  auto rows = randomRows(random, kItems);
  auto index = ItemIndex::build(kItems, sourcesOf(rows));
  std::vector<PreparedFilter> filters;
  for (const char* text : fixedFilters()) filters.push_back(prepared(text, index));
  const auto before = filters[0].resolve({});
  for (int round = 0; round < 60; ++round) {
    const auto item = static_cast<Index>(random() % (kItems + 200));
    if (item >= rows.size()) rows.resize(item + 1);
    rows[item] = randomRows(random, 1)[0];
    index = index->withRows(std::vector<ItemRow>{{item, rows[item]}});
    for (PreparedFilter& filter : filters) filter = *filter.refreshed(index, std::vector<Index>{item});
  }
  const auto rebuilt = ItemIndex::build(static_cast<Index>(rows.size()), sourcesOf(rows));
  REQUIRE(index->size() == rebuilt->size());
  for (size_t i = 0; i < filters.size(); ++i) {
    INFO(fixedFilters()[i]);
    const auto answer = prepared(fixedFilters()[i], rebuilt).resolve({});
    CHECK(*filters[i].resolve({}) == *answer);
    CHECK(*prepared(fixedFilters()[i], index).resolve({}) == *answer);
  }
  // Values of every frequency, also into words directly.
  const PreparedFilter anew = prepared("INCLUDE ItemID WHERE Items.GENRES IN ($G)", rebuilt);
  const PreparedFilter after = prepared("INCLUDE ItemID WHERE Items.GENRES IN ($G)", index);
  for (int genre = 0; genre < 42; ++genre) {
    const Parameters parameters{{"G", {"g" + std::to_string(genre), "g20"}}};
    Situation situation;
    situation.parameters = &parameters;
    const ItemSet set = *anew.resolve(situation);
    CHECK(*after.resolve(situation) == set);
    std::vector<uint64_t> words, expected;
    set.toWords(expected);
    REQUIRE(after.resolveWords(situation, words));
    CHECK(words == expected);
  }
  for (Index item = 0; item < rows.size(); item += 97)
    for (const Field& field : rebuilt->fields())
      CHECK(index->values(item, field.name) == rebuilt->values(item, field.name));
  CHECK(before->size() == kItems);
}

TEST_CASE("an index grows without values, and what was prepared with it") {
  const auto index = small::items()->grown(100'000);
  const PreparedFilter filter = *prepared(fixedFilters()[4], small::items()).refreshed(index, {});
  CHECK(filter.resolve({})->count() == 0);
  const PreparedFilter cheap =
      *prepared("EXCLUDE ItemID WHERE Items.PRICE > 1", small::items()).refreshed(index, {});
  CHECK(cheap.resolve({})->count() == 100'000 - 6);
  CHECK(cheap.resolve({})->contains(99'999));
}

TEST_CASE("values are shown as they are held") {
  CHECK(small::items()->values(0, "GENRES") == std::vector<std::string>{"Action", "Crime"});
  CHECK(small::items()->values(1, "PRICE") == std::vector<std::string>{"5.5"});
  CHECK(small::items()->values(5, "IN_STOCK") == std::vector<std::string>{"false"});
  CHECK(small::items()->values(3, "PRICE").empty());
  CHECK(small::items()->values(3, "DESCRIPTION").empty());
  CHECK(small::items()->values(12345678, "PRICE").empty());
  CHECK(small::items()->bytes() > 0);
}

TEST_CASE("a column that has become another type is a conflict, one that is gone is null") {
  const auto program = *compileText("INCLUDE ItemID WHERE Items.PRICE = 1", small::fields(), {});
  const std::vector<ColumnSource> texts{
      {{"PRICE", ValueType::kText}, [](Index) { return std::optional<std::string_view>("1"); }}};
  const auto prepared = PreparedFilter::prepare(program, ItemIndex::build(3, texts));
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().code == ErrorCode::kConflict);
  CHECK(prepared.error().message == "PRICE has become a text field; the filter was made for a number field");
  CHECK(PreparedFilter::prepare(program, ItemIndex::build(3, {}))->resolve({})->empty());
}

}  // namespace index_test
