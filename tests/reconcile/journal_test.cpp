// What `proffer describe` tells of the past of filters and datasets.
#include "controller/store/journal.h"
#include "base/text.h"
#include "tests/reconcile/world.h"

namespace journal_test {

using namespace proffer;
using namespace proffer::reconcile;

namespace {

constexpr const char* kShop = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: shop}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: shop}
spec:
  type: ITEMS
  maxBadRows: 1
  schema: {fields: [{name: ITEM_ID, type: string}, {name: PRICE, type: float}]}
  sources: [{csv: items.csv}]
)";

std::string filter(const std::string& expression) {
  return "apiVersion: proffer/v1\nkind: Filter\nmetadata: {name: cheap, group: shop}\nspec:\n  expression: " +
         expression + "\n";
}

const ResourceKey kCheap{"Filter", "shop", "cheap"};
const ResourceKey kItems{"Dataset", "shop", "items"};

// "Compiled: ... | Refused x2: ...", oldest first; the random end of a run's name is cut.
std::string told(const World& world, const ResourceKey& about) {
  const auto entries = world.store->journal().read({about.kind, about.group, about.name});
  REQUIRE(entries);
  std::string out;
  for (const store::JournalEntry& entry : *entries) {
    std::string message = entry.message;
    if (message.starts_with("items-")) message.replace(0, message.find(':'), "items-*");
    out += fmt::format("{}{}{}: {}", out.empty() ? "" : " | ",
                       entry.level == store::JournalLevel::kWarning ? "!" : "", entry.reason, message);
    if (entry.count > 1) out += fmt::format(" (x{})", entry.count);
  }
  return out;
}

}  // namespace

TEST_CASE("a filter records that it was compiled or refused") {
  World world;
  world.write("items.csv", "ITEM_ID,PRICE\na,1\n");
  world.apply(kShop);
  world.apply(filter("INCLUDE ItemID WHERE items.price < 5"));
  world.settle();
  CHECK(told(world, kCheap) == "Compiled: INCLUDE ItemID WHERE Items.PRICE < 5");

  world.advance(std::chrono::hours(1));  // nothing happens, and nothing is recorded
  CHECK(told(world, kCheap) == "Compiled: INCLUDE ItemID WHERE Items.PRICE < 5");

  world.apply(filter("INCLUDE ItemID WHERE Items.PRCE < 5"));
  world.settle();
  CHECK_THAT(told(world, kCheap), Catch::Contains(" | !Refused: line 1, column 28: ") &&
                                      Catch::Contains("PRCE") && Catch::Contains("did you mean"));

  std::string longList = "\"x\"";
  for (int i = 0; i < 300; ++i) longList += fmt::format(", \"x{}\"", i);
  world.apply(filter("INCLUDE ItemID WHERE Items.ITEM_ID IN (" + longList + ")"));
  world.settle();
  const std::string last = told(world, kCheap);
  CHECK(last.ends_with("..."));
  CHECK(last.size() < 1200);
}

TEST_CASE("a dataset records its imports, and what kept it from its data") {
  World world;
  world.apply(kShop);
  world.settle();
  CHECK_THAT(told(world, kItems), Catch::StartsWith("!SourceUnavailable: ") && Catch::Contains("items.csv"));
  world.advance(std::chrono::minutes(5));
  CHECK(split(told(world, kItems), '|').size() == 1);

  world.write("items.csv", "ITEM_ID,PRICE\na,1\nb,2\nc,dear\n");
  world.advance(std::chrono::minutes(1));
  CHECK_THAT(told(world, kItems), Catch::EndsWith(" | Imported: items-*: 2 rows, 1 bad one left out"));

  world.write("items.csv", "ITEM_ID,PRICE\na,x\nb,y\nc,dear\n");
  world.advance(std::chrono::minutes(1));
  CHECK_THAT(told(world, kItems), Catch::Contains(" | !ImportFailed: items-*: "));
  const std::string then = told(world, kItems);
  world.advance(std::chrono::hours(1));
  CHECK(told(world, kItems) == then);
}

}  // namespace journal_test
