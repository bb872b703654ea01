// An import that ends anywhere leaves what was there; a restart needs nothing but the sweep.
#include <catch2/catch.hpp>

#include <fstream>

#include "tests/data/failing_file_system.h"
#include "tests/data/support.h"

namespace proffer::data::crash_test {
namespace {

std::string manyRows(int count, std::string_view type) {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n";
  for (int i = 0; i < count; ++i) text += fmt::format("u{},i{},{},{},,tv\n", i % 50, i % 7, i, type);
  return text;
}

size_t segmentsOf(const Place& place) {
  const std::filesystem::directory_iterator found(place.dataPath() / "groups/group/segments");
  return static_cast<size_t>(std::distance(begin(found), end(found)));
}

}  // namespace

TEST_CASE("an import that fails at any change of the files leaves the old data") {
  FailingFileSystem files;
  ImportTuning tuning;
  tuning.pieceBytes = 1000;
  tuning.rowBudget = 2000;  // so that rows go through a file
  Place place(files, tuning);
  const auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")});
  place.write("a.csv", manyRows(100, "View"));
  REQUIRE(place.import(definition).has_value());
  const auto before = allInteractions(*place.snapshot());
  place.write("a.csv", manyRows(300, "Watch"));
  bool done = false;
  for (int64_t changes = 0; !done; ++changes) {
    INFO("after " << changes << " changes");
    REQUIRE(changes < 1000);
    files.changesLeft = changes;
    done = place.import(definition).has_value();
    files.changesLeft = 1'000'000'000;
    place.reopen();
    REQUIRE(place.store().sweep().has_value());
    REQUIRE(segmentsOf(place) == 1);
    const auto snapshot = place.snapshot();
    REQUIRE(snapshot->verify().has_value());
    if (done) {
      CHECK(allInteractions(*snapshot).size() == 300);
      CHECK(changes > 10);
    } else {
      // The last changes remove what was replaced: the new data may be in already.
      const bool old = snapshot->dataVersion() == 1;
      REQUIRE((old ? allInteractions(*snapshot) == before : allInteractions(*snapshot).size() == 300));
    }
  }
}

TEST_CASE("the sweep removes what no row names") {
  Place place;
  place.write("a.csv", manyRows(10, "View"));
  const auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")});
  REQUIRE(place.import(definition).has_value());
  const auto segments = place.dataPath() / "groups/group/segments";
  std::ofstream(segments / "00000099.segment") << "left by a crash";
  std::ofstream(segments / "00000098.segment.rows") << "left by a crash";
  std::filesystem::create_directories(place.dataPath() / "groups/other.dropped/segments");
  place.reopen();
  REQUIRE(place.store().sweep().has_value());
  CHECK(segmentsOf(place) == 1);
  CHECK_FALSE(std::filesystem::exists(place.dataPath() / "groups/other.dropped"));
  CHECK(allInteractions(*place.snapshot()).size() == 10);
}

TEST_CASE("an import that is repeated after its commit does nothing and says the same") {
  Place place;
  place.write("a.csv", manyRows(10, "View"));
  const auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")});
  Progress progress;
  ImportReport first, second;
  REQUIRE(place.store().importDataset("group", definition, place.roots(), 7, 1, progress, first).has_value());
  place.reopen();  // the job's end was never written down
  REQUIRE(
      place.store().importDataset("group", definition, place.roots(), 7, 2, progress, second).has_value());
  CHECK(toJson(first) == toJson(second));
  CHECK(place.snapshot()->dataVersion() == 1);
}

TEST_CASE("a cancelled import changes nothing") {
  Place place;
  place.write("a.csv", manyRows(10, "View"));
  const auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")});
  Progress progress;
  progress.cancel();
  ImportReport report;
  const auto done = place.store().importDataset("group", definition, place.roots(), 1, 1, progress, report);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == ErrorCode::kCancelled);
  CHECK(place.snapshot()->dataVersion() == 0);
  CHECK(segmentsOf(place) == 0);
}

TEST_CASE("damaged segments are noticed") {
  Place place;
  place.write("a.csv", manyRows(20'000, "View"));
  const auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")});
  REQUIRE(place.import(definition).has_value());
  const auto path = std::filesystem::directory_iterator(place.dataPath() / "groups/group/segments")->path();
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path));
  struct Row {
    int64_t offset;
    bool opens;
    const char* reason;
  };
  const Row rows[] = {{0, false, "the first bytes"},
                      {1000, true, "an item: only its block is lost"},
                      {size - 4, false, "the last bytes"},
                      {size - 20, false, "the footer's length"},
                      {size - 100, false, "the footer"}};
  for (const auto& row : rows) {
    INFO(row.reason);
    std::string bytes(1, '\0');
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(row.offset).read(bytes.data(), 1);
    const char damaged = static_cast<char>(bytes[0] ^ 0x10);
    file.seekp(row.offset).write(&damaged, 1).flush();
    place.reopen();
    const auto snapshot = place.store().snapshot("group");
    CHECK(snapshot.has_value() == row.opens);
    if (snapshot) {
      const auto verified = (*snapshot)->verify();
      REQUIRE_FALSE(verified.has_value());
      CHECK(verified.error().code == ErrorCode::kCorrupt);
      CHECK(verified.error().message.find("section items") != std::string::npos);
      CHECK(allInteractions(**snapshot).size() < 20'000);
    } else {
      CHECK(snapshot.error().code == ErrorCode::kCorrupt);
    }
    file.seekp(row.offset).write(bytes.data(), 1).flush();
  }
  std::filesystem::resize_file(path, static_cast<uintmax_t>(size / 2));
  place.reopen();
  CHECK(place.store().snapshot("group").error().code == ErrorCode::kCorrupt);
}

}  // namespace proffer::data::crash_test
