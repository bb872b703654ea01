// Dumps and restores of a small server on simulated files: equal after it, refused when damaged, whole after
// a power cut.
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>

#include "base/json.h"
#include "controller/backup/dump.h"
#include "controller/backup/restore.h"
#include "controller/io/simulated_file_system.h"
#include "controller/store/files.h"
#include "controller/store/jobs.h"
#include "controller/store/resource_store.h"
#include "tests/data/support.h"

namespace backup_test {

using namespace proffer;
using namespace proffer::backup;

namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(formatError(result.error()));
  return std::move(*result);
}
void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(formatError(result.error()));
}

// A data directory with a group, its interactions and one model file.
class Small {
 public:
  Small() {
    files.put(
        "/sources/watches.csv",
        "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\nu1,i1,10,Watch,,tv\nu2,i2,20,Watch,,\n");
    open("/data");
    Resource group;
    group.kind = "DatasetGroup";
    group.metadata.name = "movies";
    uid = must(store->resources().create(group)).metadata.uid;
    const auto roots = must(data::SourceRoots::of({{"default", "/sources"}}, files));
    const auto definition =
        data::dataset(DatasetType::kInteractions, data::interactionFields(), {data::source("watches.csv")});
    Progress progress;
    data::ImportReport report;
    must(data->importDataset(uid, definition, roots, 1, 1, progress, report));
    store::Job wanted;
    wanted.type = "train";
    wanted.ownerUid = "owner";
    wanted.groupUid = uid;
    wanted.input = Json::object();
    const int64_t job = must(store->jobs().enqueue(wanted)).id;
    const auto claimed = must(store->jobs().claim(clock.now()));
    const auto row = must(store->files().reserve("models", ".model", job, claimed->attempt, uid));
    files.put(std::filesystem::path("/data") / row.path, "a model");
    must(store->files().publish(row.id, 7, "x", job, claimed->attempt, Json::object()));
  }

  void open(const std::string& directory) {
    data.reset();
    store.reset();
    store = must(store::ControlStore::open(directory, clock, files));
    data = data::openGroupDataStore(directory, clock, files);
  }
  void close() {
    data.reset();
    store.reset();
  }

  std::string dump() {
    const auto made = must(Dump::take({*store, *data, files, "0.1.0"}));
    std::string bytes;
    must(made->write([&](std::string_view piece) {
      bytes += piece;
      return true;
    }));
    return bytes;
  }

  /// What must be equal: resources, files with their content, interactions.
  std::string state() {
    std::string text;
    for (const Resource& resource : must(store->resources().list({})).items)
      text += dumpJson(toJson(resource)) + "\n";
    for (const auto& row : must(store->files().list()))
      text += row.path + "=" + must(files.read(store->directory() / row.path, 1000)) + "\n";
    const auto snapshot = must(data->snapshot(uid));
    text += fmt::format("version {} rows {} {}\n", snapshot->dataVersion(),
                        snapshot->interactions().rowCount(), snapshot->interactionsFingerprint());
    return text;
  }

  SimulatedClock clock{fromMicros(1'700'000'000'000'000)};
  io::SimulatedFileSystem files{clock};
  std::unique_ptr<store::ControlStore> store;
  std::unique_ptr<data::GroupDataStore> data;
  std::string uid;
};

std::string errorOf(const Result<Restored>& result) {
  return result ? "none"
                : std::string(errorCodeName(result.error().code)) + ": " + formatError(result.error());
}

struct HandMade {
  std::string name;
  std::string content;
};

std::string archiveOf(const std::vector<HandMade>& members) {
  std::string bytes;
  ArchiveWriter writer([&](std::string_view piece) {
    bytes += piece;
    return true;
  });
  for (const HandMade& one : members) {
    must(writer.begin(one.name, static_cast<int64_t>(one.content.size()), Time{}));
    must(writer.append(one.content));
  }
  must(writer.finish());
  return bytes;
}

}  // namespace

TEST_CASE("a dump restores to an equal server, and leaves nothing behind") {
  Small server;
  const std::string before = server.state();
  server.files.put("/backup.tar", server.dump());
  CHECK(server.files.filesBelow("/data/dumps").empty());
  const auto done = restore(server.files, "/backup.tar", "/again");
  INFO(errorOf(done));
  REQUIRE(done);
  CHECK(done->groups == 1);
  CHECK(done->program == "0.1.0");
  CHECK(server.files.filesBelow("/again/restoring").empty());
  server.open("/again");
  CHECK(server.state() == before);
}

TEST_CASE("a dump holds its moment, though the server goes on") {
  Small server;
  const std::string before = server.state();
  auto dump = must(Dump::take({*server.store, *server.data, server.files, "0.1.0"}));
  must(server.data->dropGroup(server.uid));
  must(server.store->files().doomGroup(server.uid));
  must(server.store->files().collect({"models"}));
  std::string bytes;
  must(dump->write([&](std::string_view piece) {
    bytes += piece;
    return true;
  }));
  dump.reset();
  server.files.put("/backup.tar", bytes);
  must(restore(server.files, "/backup.tar", "/again"));
  server.open("/again");
  CHECK(server.state() == before);
}

TEST_CASE("what a dump left when the server was killed is swept, and nothing else") {
  Small server;
  const std::string before = server.state();
  server.files.put("/data/dumps/0123/control.db", "half of a copy");
  must(sweepDumps("/data", server.files));
  CHECK(server.files.filesBelow("/data/dumps").empty());
  CHECK(server.state() == before);
}

TEST_CASE("a dump that nobody takes ends, and says so") {
  Small server;
  const auto dump = must(Dump::take({*server.store, *server.data, server.files, "0.1.0"}));
  const auto sent = dump->write([](std::string_view) { return false; });
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == ErrorCode::kCancelled);
}

TEST_CASE("a damaged or cut dump is refused, wherever it is hit, and a good one restores after it") {
  Small server;
  const std::string before = server.state();
  const std::string good = server.dump();
  server.close();
  const uint32_t seed = std::random_device{}();
  std::mt19937 random(seed);
  INFO("seed " << seed);
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    std::string bad = good;
    const size_t at = std::uniform_int_distribution<size_t>(0, good.size() - 1)(random);
    if (i % 3 == 0)
      bad.resize(at);
    else
      bad[at] = static_cast<char>(bad[at] ^ (1 << (i % 8)));
    server.files.put("/bad.tar", bad);
    const auto done = restore(server.files, "/bad.tar", "/again");
    INFO("hit " << i << " at " << at << ": " << errorOf(done));
    if (done) {  // padding, a time: nothing of the content
      server.open("/again");
      CHECK(server.state() == before);
      server.close();
      must(server.files.removeTree("/again"));
      continue;
    }
    ++refused;
    CHECK(done.error().code == ErrorCode::kCorrupt);
    CHECK(server.files.filesBelow("/again").empty());
  }
  CHECK(refused > 50);
  server.files.put("/backup.tar", good);
  must(restore(server.files, "/backup.tar", "/again"));
  server.open("/again");
  CHECK(server.state() == before);
}

TEST_CASE("what no dump is, is told from one") {
  const std::string head =
      R"({"format": 1, "program": "0.1.0", "members": [{"name": "control.db", "size": 1}]})";
  struct Row {
    std::string bytes;
    std::string says;
    std::string reason;
  };
  const std::vector<Row> rows{
      {"", "cut off", "an empty file"},
      {"kind: DatasetGroup\n", "tar", "a manifest"},
      {archiveOf({{"readme.txt", "x"}}), "\"readme.txt\" stands where dump.json was to be",
       "another tar file"},
      {archiveOf({{"dump.json", "{"}}), "dump.json is not that of a dump", "broken JSON"},
      {archiveOf({{"dump.json", R"({"format": 2, "program": "9.0", "members": []})"}}),
       "format 2, which Proffer 9.0 wrote", "a later format"},
      {archiveOf({{"dump.json", R"({"format": 1, "members": []})"}}), "holds no control.db", "an empty list"},
      {archiveOf({{"dump.json", R"({"format": 1, "members": [{"name": "../../etc/passwd", "size": 1}]})"}}),
       "\"../../etc/passwd\", which no dump holds", "a path that leads out"},
      {archiveOf({{"dump.json", R"({"format": 1, "members": [{"name": "/etc/passwd", "size": 1}]})"}}),
       "which no dump holds", "an absolute path"},
      {archiveOf({{"dump.json", R"({"format": 1, "members": [{"name": "control.db", "size": -1}]})"}}),
       "which no dump holds", "a negative size"},
      {archiveOf({{"dump.json", R"({"format": 1, "members": [{"name": "control.db", "size": 1},
                                   {"name": "control.db", "size": 1}]})"}}),
       "which no dump holds", "a name twice"},
      {archiveOf({{"dump.json", head}}), "cut off: control.db is missing", "fewer members than listed"},
      {archiveOf({{"dump.json", head}, {"control.db", "xy"}}), "stands where control.db", "another size"},
      {archiveOf({{"dump.json", head}, {"control.db", "x"}}), "checksums.json is missing", "no checksums"},
      {archiveOf({{"dump.json", head}, {"control.db", "x"}, {"checksums.json", R"({"members": []})"}}),
       "checksums are not those of its members", "checksums of nothing"},
      {archiveOf({{"dump.json", head},
                  {"control.db", "x"},
                  {"checksums.json", R"({"members": [{"name": "dump.json", "xxh3": "0"},
                                                     {"name": "control.db", "xxh3": "0"}]})"}}),
       "is not what was dumped", "other checksums"},
  };
  SimulatedClock clock(fromMicros(0));
  io::SimulatedFileSystem files(clock);
  for (const Row& row : rows) {
    INFO(row.reason);
    files.put("/some.tar", row.bytes);
    const auto done = restore(files, "/some.tar", "/data");
    CHECK(errorOf(done).find(row.says) != std::string::npos);
    CHECK(errorOf(done).find("Corrupt") == 0);
    CHECK(files.filesBelow("/data").empty());
  }
  CHECK(errorOf(restore(files, "/missing.tar", "/data")).find("NotFound") == 0);
}

TEST_CASE("a directory that holds something is left alone") {
  Small server;
  server.files.put("/backup.tar", server.dump());
  const std::string before = server.state();
  const auto done = restore(server.files, "/backup.tar", "/data");
  CHECK_THAT(errorOf(done), Catch::StartsWith("Conflict: cannot restore /backup.tar: /data is not empty"));
  CHECK(server.state() == before);
}

TEST_CASE("a restore that a power cut ends is either whole, or refused and done again") {
  Small server;
  const std::string before = server.state();
  const std::string good = server.dump();
  server.close();
  int halves = 0;
  bool ended = false;
  for (int cut = 0; !ended; ++cut) {
    const std::string target = fmt::format("/cut{}", cut);
    server.files.put("/backup.tar", good);
    server.files.cutPowerAfter(cut);
    ended = restore(server.files, "/backup.tar", target).has_value();
    server.files.crash(cut % 2 == 0 ? io::Survival::kNothing : io::Survival::kSome,
                       static_cast<uint64_t>(cut));
    INFO("after " << cut << " changes");
    const bool usable = refuseHalfRestored(server.files, target).has_value();
    const bool whole = server.files.stat(target + "/control.db").has_value();
    if (!usable) {
      ++halves;
      CHECK_FALSE(whole);
    }
    if (!whole) must(restore(server.files, "/backup.tar", target));
    server.open(target);
    CHECK(server.state() == before);
    server.close();
  }
  CHECK(halves > 3);
}

}  // namespace backup_test
