// Segments rewritten: without what is too old, many in one; what can be read stays the same.
#include <catch2/catch.hpp>
#include <random>

#include "support.h"

namespace compaction_test {

using namespace proffer;
using namespace proffer::data;
using namespace std::chrono_literals;

namespace {

constexpr int64_t kNow = 1'700'000'000;

struct Ground {
  Ground() : store(openGroupDataStore(directory.path() / "data", clock, io::posixFileSystem(), {})) {
    std::filesystem::create_directories(directory.path() / "sources" / "days");
    auto made = SourceRoots::of({{"default", directory.path() / "sources"}}, io::posixFileSystem());
    REQUIRE(made);
    roots = std::move(*made);
  }
  void write(const std::string& name, const std::string& rows) {
    std::ofstream(directory.path() / "sources" / name, std::ios::trunc)
        << "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n"
        << rows;
  }
  ImportReport import(const DatasetDefinition& definition) {
    Progress progress;
    ImportReport report;
    const auto done = store->importDataset("g", definition, *roots, ++job, 1, progress, report);
    if (!done) FAIL(formatError(done.error()));
    return report;
  }
  CompactionReport compact(const DatasetDefinition& definition) {
    Progress progress;
    const auto done = store->compactDataset("g", definition.uid, definition.retain, ++job, 1, progress);
    if (!done) FAIL(formatError(done.error()));
    return *done;
  }
  DatasetFigures figures(const DatasetDefinition& definition) { return *store->figures("g", definition.uid); }
  // Everything that readers see, by names.
  std::vector<std::string> rows() {
    const auto snapshot = *store->snapshot("g");
    const auto& seen = snapshot->interactions();
    recipes::Interactions::Scratch scratch, more;
    std::vector<std::string> out;
    for (recipes::Index user = 0; user < seen.userCount(); ++user) {
      const auto history = seen.history(user, scratch);
      const auto devices = seen.columns().empty() ? std::span<const uint32_t>() : seen.codes(user, 0, more);
      for (size_t i = 0; i < history.size(); ++i)
        out.push_back(fmt::format(
            "{} {} {} {} {} {}", seen.userId(user), seen.itemId(history.items[i]), history.times[i],
            history.types.empty() || history.types[i] == recipes::kNoType
                ? "-"
                : seen.eventTypes()[history.types[i]],
            history.values.empty() ? 0.0F : history.values[i],
            devices.empty() || devices[i] == 0xFFFFFFFF ? "-" : seen.columnValues(0)[devices[i]]));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string fingerprint() { return (*store->snapshot("g"))->interactionsFingerprint(); }

  TemporaryDirectory directory;
  SimulatedClock clock{fromMicros(kNow * 1'000'000)};
  std::unique_ptr<GroupDataStore> store;
  std::optional<SourceRoots> roots;
  int64_t job = 0;
};

std::string someRows(std::mt19937_64& random, int count) {
  std::string text;
  const char* const types[] = {"View", "Buy", ""};
  const char* const devices[] = {"phone", "web", ""};
  for (int i = 0; i < count; ++i)
    text += fmt::format("u{},i{},{},{},{},{}\n", random() % 7, random() % 9,
                        kNow - static_cast<int64_t>(random() % (200 * 86400)), types[random() % 3],
                        random() % 5, devices[random() % 3]);
  return text;
}

DatasetDefinition incremental() {
  return dataset(DatasetType::kInteractions, interactionFields(),
                 {source("days/", ImportMode::kIncremental)});
}

}  // namespace

TEST_CASE("what is older than retained is not imported, and goes when it becomes so") {
  Ground place;
  auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("all.csv")});
  definition.retain = 24h * 90;
  std::string text;
  for (int day = 0; day < 200; ++day)
    text += fmt::format("u1,i{},{},View,1,web\n", day, kNow - day * 86400LL);
  place.write("all.csv", text);
  const auto report = place.import(definition);
  CHECK(report.rowsKept == 91);
  CHECK(report.rowsExpired == 109);
  const std::string before = place.fingerprint();

  CHECK(place.compact(definition).rewritten == 0);
  place.clock.advance(24h * 30);
  const auto compacted = place.compact(definition);
  CHECK(compacted.rewritten == 1);
  CHECK(compacted.rowsExpired == 30);
  CHECK(place.rows().size() == 61);
  CHECK(place.figures(definition).rows == 61);
  CHECK(place.figures(definition).firstTime == kNow - 60 * 86400LL);
  CHECK(place.fingerprint() == before);  // nothing new came, so nothing is to be trained
  CHECK_FALSE(place.store->checkSources("g", definition, *place.roots)->changed);

  place.clock.advance(24h * 365);
  place.compact(definition);
  CHECK(place.rows().empty());
  CHECK(place.figures(definition).rows == 0);
  CHECK(place.compact(definition).rewritten == 0);
}

TEST_CASE("many small segments become one, and every source can still replace its own rows") {
  Ground place;
  std::mt19937_64 random(20260101);
  const auto definition = incremental();
  std::map<std::string, std::string> files;
  for (int day = 0; day < 25; ++day) {
    const std::string name = fmt::format("days/{:02}.csv", day);
    files[name] = someRows(random, 20);
    if (day % 3 == 0) files[name] += files.begin()->second;  // rows that two files have
    place.write(name, files[name]);
  }
  place.import(definition);
  CHECK(place.figures(definition).segments == 25);
  const auto before = place.rows();
  const std::string fingerprint = place.fingerprint();

  const auto report = place.compact(definition);
  CHECK(report.rewritten == 21);
  CHECK(report.written == 1);
  CHECK(report.rowsExpired == 0);
  CHECK(place.figures(definition).segments == 5);
  CHECK(place.rows() == before);
  CHECK(place.fingerprint() == fingerprint);
  CHECK_FALSE(place.store->checkSources("g", definition, *place.roots)->changed);

  // The same as a group that never compacted, whatever changes next.
  for (int round = 0; round < 12; ++round) {
    const std::string name = fmt::format("days/{:02}.csv", random() % 30);
    files[name] = someRows(random, 15);
    place.write(name, files[name]);
    place.clock.advance(1h);
    if (!place.store->checkSources("g", definition, *place.roots)->changed) continue;
    place.import(definition);
    if (round % 4 == 3) place.compact(definition);
    Ground other;
    for (const auto& [file, text] : files) other.write(file, text);
    other.import(definition);
    INFO("round " << round << " " << name);
    CHECK(place.rows() == other.rows());
  }
}

TEST_CASE("retention reaches into merged segments") {
  Ground place;
  std::mt19937_64 random(7);
  auto definition = incremental();
  definition.retain = 24h * 150;
  for (int day = 0; day < 20; ++day) place.write(fmt::format("days/{:02}.csv", day), someRows(random, 30));
  place.import(definition);
  place.compact(definition);
  CHECK(place.figures(definition).segments == 5);
  place.clock.advance(24h * 60);
  place.compact(definition);
  const auto rows = place.rows();
  CHECK_FALSE(rows.empty());
  const int64_t oldest = kNow + 60 * 86400 - 150 * 86400;
  CHECK(place.figures(definition).firstTime >= oldest);
  CHECK(place.compact(definition).rewritten == 0);
}

}  // namespace compaction_test
