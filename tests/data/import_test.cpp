// Importing CSV files and what a snapshot shows of them.
#include <catch2/catch.hpp>

#include "tests/data/support.h"

namespace proffer::data::import_test {

using Lines = std::vector<std::string>;

constexpr std::string_view kHeader = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n";

static std::string rows(std::string_view text) {
  return std::string(kHeader) + std::string(text);
}

static DatasetDefinition interactions(std::vector<DataSource> sources) {
  return dataset(DatasetType::kInteractions, interactionFields(), std::move(sources));
}

TEST_CASE("an import gives every user's interactions, oldest first") {
  Place place;
  place.write("a.csv",
              rows("u1,i2,300,View,0.5,phone\nu2,i1,100,Watch,,\nu1,i1,200,View,1,tv\nu1,i1,50,,,\n"));
  const ImportReport report = place.import(interactions({source("a.csv")})).value();
  CHECK(report.rowsRead == 4);
  CHECK(report.rowsKept == 4);
  CHECK(report.newUsers == 2);
  CHECK(report.newItems == 2);
  CHECK(report.firstTime == 50);
  CHECK(report.lastTime == 300);
  CHECK(report.perEventType == std::map<std::string, int64_t>{{"View", 2}, {"Watch", 1}});
  CHECK(report.dataVersion == 1);

  const auto snapshot = place.snapshot();
  CHECK(interactionsOf(*snapshot, "u1") ==
        Lines{"u1 i1 50 - - -", "u1 i1 200 View 1 tv", "u1 i2 300 View 0.5 phone"});
  CHECK(interactionsOf(*snapshot, "u2") == Lines{"u2 i1 100 Watch - -"});
  CHECK(interactionsOf(*snapshot, "u3").empty());
  CHECK(snapshot->findItem("i2") == 0);  // in the order of appearance
  CHECK(snapshot->findUser("u2") == 1);
  CHECK(snapshot->interactions().latestTime() == 300);
  CHECK(snapshot->items() == nullptr);
  CHECK(snapshot->verify().has_value());
  CHECK(place.snapshot() == snapshot);

  const DatasetFigures figures = place.store().figures("group", "interactions-uid").value();
  CHECK(figures.rows == 4);
  CHECK(figures.users == 2);
  CHECK(figures.items == 2);
  CHECK(figures.segments == 1);
  CHECK(figures.fingerprint == report.fingerprint);

  place.reopen();
  CHECK(place.store().sweep().has_value());
  CHECK(allInteractions(*place.snapshot()) == allInteractions(*snapshot));
  CHECK(place.snapshot()->interactionsFingerprint() == snapshot->interactionsFingerprint());
}

TEST_CASE("exact duplicates are kept once, in one segment and over several (B26)") {
  Place place;
  place.write("a.csv",
              rows("u1,i1,100,View,1,tv\nu1,i1,100,View,1,tv\nu1,i1,100,View,1,phone\nu1,i1,100,View,,tv\n"));
  place.write("b/1.csv", rows("u1,i1,100,View,1,tv\nu1,i1,100,Click,1,tv\n"));
  const auto both = interactions({source("a.csv"), source("b/", ImportMode::kIncremental)});
  const ImportReport report = place.import(both).value();
  CHECK(report.duplicates == 1);
  CHECK(report.rowsKept == 5);
  CHECK(allInteractions(*place.snapshot()) == Lines{"u1 i1 100 Click 1 tv", "u1 i1 100 View - tv",
                                                    "u1 i1 100 View 1 phone", "u1 i1 100 View 1 tv"});
}

TEST_CASE("an unchanged source is not imported again") {
  Place place;
  place.write("a.csv", rows("u1,i1,100,View,1,tv\n"));
  place.age("a.csv");
  const auto definition = interactions({source("a.csv")});
  const SourceCheck before = place.check(definition).value();
  CHECK(before.changed);
  CHECK(before.files == Lines{"a.csv"});
  CHECK(place.import(definition).value().fingerprint == before.fingerprint);
  CHECK_FALSE(place.check(definition).value().changed);
  CHECK(place.check(definition).value().fingerprint == before.fingerprint);

  SECTION("a touched file with the same content changes nothing") {
    place.age("a.csv", 30);
    CHECK_FALSE(place.check(definition).value().changed);
    CHECK(place.import(definition).value().dataVersion == 1);
  }
  SECTION("other content of the same size and time, written at once") {
    place.write("a.csv", rows("u1,i1,100,View,2,tv\n"));
    CHECK(place.check(definition).value().changed);
    CHECK(place.import(definition).value().dataVersion == 2);
    CHECK(allInteractions(*place.snapshot()) == Lines{"u1 i1 100 View 2 tv"});
  }
  SECTION("another mapping of the same file") {
    auto other = definition;
    other.sources[0].constants = {{"device", "watch"}};
    CHECK(place.check(other).value().changed);
    CHECK(place.import(other).has_value());
    CHECK(allInteractions(*place.snapshot()) == Lines{"u1 i1 100 View 1 watch"});
  }
}

TEST_CASE("FULL replaces, INCREMENTAL adds, a changed INCREMENTAL file replaces its own rows") {
  Place place;
  place.write("a.csv", rows("u1,i1,100,View,,\n"));
  place.write("b/1.csv", rows("u1,i2,200,View,,\n"));
  const auto both = interactions({source("a.csv"), source("b/", ImportMode::kIncremental)});
  CHECK(place.import(both).value().rowsKept == 2);
  CHECK(allInteractions(*place.snapshot()).size() == 2);

  place.write("b/2.csv", rows("u2,i3,300,View,,\n"));
  CHECK(place.import(both).value().rowsRead == 1);
  CHECK(allInteractions(*place.snapshot()) ==
        Lines{"u1 i1 100 View - -", "u1 i2 200 View - -", "u2 i3 300 View - -"});

  place.write("b/1.csv", rows("u1,i2,201,View,,\nu1,i2,202,View,,\n"));
  CHECK(place.import(both).value().rowsRead == 2);
  CHECK(interactionsOf(*place.snapshot(), "u1") ==
        Lines{"u1 i1 100 View - -", "u1 i2 201 View - -", "u1 i2 202 View - -"});

  // A file that was taken away keeps its rows until FULL data comes.
  std::filesystem::remove(place.path("b/2.csv"));
  CHECK_FALSE(place.check(both).value().changed);
  CHECK(interactionsOf(*place.snapshot(), "u2").size() == 1);
  place.write("a.csv", rows("u3,i1,100,View,,\n"));
  CHECK(place.import(both).value().rowsRead == 1);
  CHECK(allInteractions(*place.snapshot()) ==
        Lines{"u1 i2 201 View - -", "u1 i2 202 View - -", "u3 i1 100 View - -"});
  CHECK(place.store().figures("group", "interactions-uid").value().rows == 3);
}

// As the import jobs of the service's protocol: each brings its own files.
TEST_CASE("runs with sources of their own: INCREMENTAL adds to what is there, FULL replaces all") {
  Place place;
  place.write("a.csv", rows("u1,i1,100,View,,\n"));
  place.write("b.csv", rows("u2,i2,200,View,,\n"));
  place.write("c.csv", rows("u3,i3,300,View,,\n"));
  const auto run = [&](const std::string& file, ImportMode mode) {
    auto definition = interactions({source(file, mode)});
    definition.ownRun = true;
    CHECK(place.import(definition).has_value());
    return allInteractions(*place.snapshot());
  };
  CHECK(run("a.csv", ImportMode::kFull) == Lines{"u1 i1 100 View - -"});
  CHECK(run("b.csv", ImportMode::kIncremental) == Lines{"u1 i1 100 View - -", "u2 i2 200 View - -"});
  CHECK(run("c.csv", ImportMode::kIncremental) ==
        Lines{"u1 i1 100 View - -", "u2 i2 200 View - -", "u3 i3 300 View - -"});
  CHECK(run("b.csv", ImportMode::kIncremental).size() == 3);
  // The same file again, FULL: what was added since is gone.
  CHECK(run("a.csv", ImportMode::kFull) == Lines{"u1 i1 100 View - -"});
}

TEST_CASE("a failed import leaves what was there, and a snapshot outlives its segments") {
  Place place;
  place.write("a.csv", rows("u1,i1,100,View,,\n"));
  const auto definition = interactions({source("a.csv")});
  CHECK(place.import(definition).has_value());
  const auto before = place.snapshot();
  const auto lines = allInteractions(*before);
  place.write("a.csv", rows("u1,i1,100,View,,\nu9,i9,abc,View,,\n"));
  const auto failed = place.import(definition);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == ErrorCode::kInvalidInput);
  CHECK(failed.error().position == SourcePosition{"a.csv", 3, 0});
  CHECK(place.report.rowsBad == 1);
  CHECK(place.report.badRows.at(0).column == "TIMESTAMP");
  CHECK(place.report.dataVersion == 0);
  CHECK(place.snapshot() == before);
  CHECK(place.snapshot()->findUser("u9") == recipes::kNoIndex);
  CHECK(place.check(definition).value().changed);

  auto lenient = definition;
  lenient.maxBadRows = 1;
  place.write("a.csv", rows("u1,i1,111,View,,\nu9,i9,abc,View,,\n"));
  CHECK(place.import(lenient).value().rowsBad == 1);
  CHECK(allInteractions(*place.snapshot()) == Lines{"u1 i1 111 View - -"});
  CHECK(allInteractions(*before) == lines);
}

TEST_CASE("columns are renamed, made up, and rows chosen") {
  Place place;
  auto wanted = source("orders.csv");
  wanted.columns = {
      {"USER_ID", "customer"}, {"ITEM_ID", "sku"}, {"TIMESTAMP", "at"}, {"EVENT_VALUE", "price"}};
  wanted.constants = {{"EVENT_TYPE", "Purchase"}, {"DEVICE", ""}};
  wanted.where = {{"status", "!=", {"cancelled"}}, {"price", ">=", {"10"}}};
  wanted.timestampUnit = "milliseconds";
  place.write("orders.csv",
              "\xef\xbb\xbfSKU, Customer ,at,status,price,note\r\n"
              "s1,c1,1600000000999,paid,9.5,x\r\n\"s,2\",c1,1600000000999,paid,100,\"two\nlines\"\r\n"
              "s3,c1,1600000001000,cancelled,100,\r\ns4,c2,1600000002000,open,10,\"q\"\"q\\\"\"");
  const ImportReport report = place.import(interactions({wanted})).value();
  CHECK(report.rowsRead == 4);
  CHECK(report.rowsFiltered == 2);
  CHECK(report.ignoredColumns == Lines{"note"});
  CHECK(allInteractions(*place.snapshot()) ==
        Lines{"c1 s,2 1600000000 Purchase 100 -", "c2 s4 1600000002 Purchase 10 -"});
}

TEST_CASE("items replace by id, and a FULL import forgets those that it no longer has") {
  Place place;
  place.write("items.csv",
              "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION\ni1,Action|Crime,9.50,100,\"A, "
              "b\"\ni2,,,,\ni1,Drama,7,,\n");
  place.write("more.csv",
              "item_id,genres,price,creation_timestamp,description\ni2,Comedy,1,2,x\ni3,Comedy,,2,x\n");
  auto definition = dataset(DatasetType::kItems, itemFields(), {source("items.csv")});
  const ImportReport report = place.import(definition).value();
  CHECK(report.rowsKept == 2);
  CHECK(report.duplicates == 1);
  auto snapshot = place.snapshot();
  REQUIRE(snapshot->items() != nullptr);
  const auto* items = snapshot->items();
  REQUIRE(items->columns().size() == 4);
  CHECK(items->columns()[0].kind == recipes::ColumnKind::kCategorical);
  CHECK(items->columns()[3].kind == recipes::ColumnKind::kText);
  const auto i1 = snapshot->findItem("i1"), i2 = snapshot->findItem("i2");
  CHECK(items->text(i1, 0) == "Drama");
  CHECK(items->number(i1, 1) == 7);
  CHECK(items->isNull(i1, 2));
  CHECK(items->isNull(i2, 0));
  CHECK(std::isnan(items->number(i2, 1)));
  CHECK(snapshot->users() == nullptr);

  definition.sources.push_back(source("more.csv", ImportMode::kIncremental));
  CHECK(place.import(definition).has_value());
  snapshot = place.snapshot();
  CHECK(snapshot->items()->rowCount() == 3);
  CHECK(snapshot->items()->text(snapshot->findItem("i2"), 0) == "Comedy");
  CHECK(snapshot->items()->text(i1, 0) == "Drama");

  place.write("items.csv", "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION\ni4,Action,1,100,A\n");
  CHECK(place.import(definition).has_value());
  snapshot = place.snapshot();
  CHECK_FALSE(snapshot->items()->has(snapshot->findItem("i1")));
  CHECK(snapshot->items()->has(snapshot->findItem("i3")));
  CHECK(snapshot->items()->has(snapshot->findItem("i4")));
  CHECK(snapshot->items()->text(snapshot->findItem("i1"), 0).empty());
}

TEST_CASE("dropping a dataset and a group") {
  Place place;
  place.write("a.csv", rows("u1,i1,100,View,,\n"));
  CHECK(place.import(interactions({source("a.csv")})).has_value());
  const auto before = place.snapshot();
  CHECK(place.store().dropDataset("group", "interactions-uid").has_value());
  CHECK(place.snapshot()->interactions().rowCount() == 0);
  CHECK(std::filesystem::is_empty(place.dataPath() / "groups/group/segments"));
  CHECK(place.store().dropGroup("group").has_value());
  CHECK(place.store().dropGroup("group").has_value());
  CHECK(std::filesystem::is_empty(place.dataPath() / "groups"));
  CHECK(place.snapshot()->dataVersion() == 0);
  CHECK(std::filesystem::is_empty(place.dataPath() / "groups"));
  CHECK(allInteractions(*before) == Lines{"u1 i1 100 View - -"});
}

TEST_CASE("a file of a header alone is an import of nothing; too few rows are said with their counts") {
  Place place;
  place.write("a.csv", kHeader);
  place.write("items.csv", "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION");
  CHECK(place.import(interactions({source("a.csv")})).value().rowsKept == 0);
  CHECK(place.import(dataset(DatasetType::kItems, itemFields(), {source("items.csv")})).value().rowsKept == 0);
  const auto snapshot = place.snapshot();
  CHECK(snapshot->verify().has_value());
  CHECK(snapshot->interactions().rowCount() == 0);
  REQUIRE(snapshot->items() != nullptr);
  CHECK(snapshot->items()->rowCount() == 0);

  auto definition = interactions({source("a.csv")});
  definition.minimumRows = 1000;
  place.write("a.csv", rows("u1,i1,100,View,,\n"));
  const auto failed = place.import(definition);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == ErrorCode::kInvalidInput);
  CHECK(failed.error().message.find("at least 1,000 rows, there are 1") != std::string::npos);
  CHECK(place.snapshot() == snapshot);
}

TEST_CASE("long texts are cut, other long values are not") {
  Place place;
  std::string words;
  for (int i = 0; i < 7000; ++i) words += "äbc";
  place.write("items.csv", "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION\ni1,,,," + words + "\n");
  REQUIRE(place.import(dataset(DatasetType::kItems, itemFields(), {source("items.csv")})).has_value());
  const auto snapshot = place.snapshot();
  const auto text = snapshot->items()->text(0, 3);
  CHECK(text.size() == 20'000 + 6'667);  // characters, not bytes
  CHECK(std::string_view(words).starts_with(text));
}

}  // namespace proffer::data::import_test
