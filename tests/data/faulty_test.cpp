// Faulty CSV files as text, each with the report it must give beside it. After each, what was imported before
// is there. PROFFER_ACCEPT=1 writes the reports anew.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "manifests/reader.h"
#include "tests/data/support.h"

namespace proffer::data::faulty_test {
namespace {

namespace fs = std::filesystem;

std::string readFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The dataset that a manifest declares; FILE stands for the case's own file.
DatasetDefinition definitionOf(const fs::path& manifest, const std::string& csv) {
  std::string text = readFile(manifest);
  if (const size_t at = text.find("FILE"); at != std::string::npos) text.replace(at, 4, csv);
  const ManifestSet set = readManifests({{manifest.filename().string(), text}});
  for (const auto& error : set.errors) FAIL_CHECK(formatError(error));
  REQUIRE(set.manifests.size() == 1);
  const auto spec = specOf<DatasetSpec>(set.manifests[0].resource);
  REQUIRE(spec.has_value());
  DatasetDefinition definition = dataset(spec->type, spec->schemaFields.value(), spec->sources);
  definition.maxBadRows = spec->maxBadRows;
  return definition;
}

std::string shownReport(const Error& error, const ImportReport& report) {
  std::string text = formatError(error) + "\n";
  if (report.rowsRead > 0) text += fmt::format("\nread {}, bad {}\n", report.rowsRead, report.rowsBad);
  for (const auto& [kind, count] : report.badPerKind) text += fmt::format("{}: {}\n", kind, count);
  for (const auto& row : report.badRows) {
    text += fmt::format("{}:{}: {}{}: \"{}\": {}\n", row.file, row.line, row.column,
                        row.column.empty() ? row.kind : "", row.value, row.reason);
  }
  return text;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(PROFFER_SOURCE_DIR) / "tests/data/faulty")) {
    if (entry.path().extension() == ".csv") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("faulty CSV files are reported as expected and nothing is lost") {
  const fs::path directory = fs::path(PROFFER_SOURCE_DIR) / "tests/data/faulty";
  Place place;
  place.write(
      "good.csv",
      "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\nu1,i1,100,View,,\nu1,i2,200,View,1,tv\n");
  place.write("goods.csv",
              "ITEM_ID,GENRES,PRICE,CREATION_TIMESTAMP,DESCRIPTION,IN_STOCK,STOCK\ni1,Drama,1,2,x,1,2\n");
  REQUIRE(place.import(definitionOf(directory / "interactions.yaml", "good.csv")).has_value());
  REQUIRE(place.import(definitionOf(directory / "items.yaml", "goods.csv")).has_value());
  const auto before = allInteractions(*place.snapshot());
  const auto names = cases();
  REQUIRE(names.size() >= 40);
  for (const auto& name : names) {
    INFO(name);
    const fs::path own = directory / (name + ".yaml");
    const auto definition =
        definitionOf(fs::exists(own) ? own : directory / "interactions.yaml", name + ".csv");
    place.write(name + ".csv", readFile(directory / (name + ".csv")));
    const auto imported = place.import(definition);
    REQUIRE_FALSE(imported.has_value());
    const std::string report = shownReport(imported.error(), place.report);
    const fs::path expected = directory / (name + ".expected");
    if (std::getenv("PROFFER_ACCEPT")) std::ofstream(expected, std::ios::binary) << report;
    CHECK(report == readFile(expected));

    CHECK(imported.error().code == ErrorCode::kInvalidInput);
    const auto snapshot = place.snapshot();
    CHECK(snapshot->dataVersion() == 2);
    CHECK(allInteractions(*snapshot) == before);
    CHECK(snapshot->items()->rowCount() == 1);
    CHECK(snapshot->interactions().userCount() == 1);
    CHECK(std::distance(fs::directory_iterator(place.dataPath() / "groups/group/segments"),
                        fs::directory_iterator()) == 2);
  }
}

}  // namespace proffer::data::faulty_test
