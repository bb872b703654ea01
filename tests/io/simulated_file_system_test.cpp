#include <catch2/catch.hpp>

#include "controller/io/simulated_file_system.h"

namespace simulated_file_system_test {

using namespace proffer;
using namespace proffer::io;

namespace {

SimulatedClock& clockOfTests() {
  static SimulatedClock clock(fromMicros(1'700'000'000'000'000));
  return clock;
}

struct Disk : SimulatedFileSystem {
  Disk() : SimulatedFileSystem(clockOfTests()) { REQUIRE(createDirectories("/d").has_value()); }

  std::unique_ptr<WritableFile> write(const fs::path& path, std::string_view bytes) {
    auto file = create(path);
    REQUIRE(file);
    REQUIRE((*file)->append(bytes));
    return std::move(*file);
  }
  std::string content(const fs::path& path) {
    const auto bytes = read(path, 1 << 20);
    return bytes ? *bytes : std::string(errorCodeName(bytes.error().code));
  }
};

}  // namespace

TEST_CASE("a crash takes what was not synced: bytes until the file is, names until the directory is") {
  Disk disk;
  (void)disk.write("/d/nothing", "n");
  const auto bytesOnly = disk.write("/d/bytes", "b");
  REQUIRE(bytesOnly->sync());
  REQUIRE(disk.write("/d/whole", "w")->sync());
  REQUIRE(disk.syncDirectory("/d"));
  const auto later = disk.write("/d/later", "l");
  REQUIRE(later->sync());
  auto update = disk.update("/d/whole", false);
  REQUIRE((*update)->writeAt(1, "ider"));
  CHECK(disk.content("/d/whole") == "wider");
  disk.crash(Survival::kNothing, 1);
  CHECK(disk.content("/d/nothing").empty());
  CHECK(disk.content("/d/bytes") == "b");
  CHECK(disk.content("/d/whole") == "w");
  CHECK(disk.content("/d/later") == "NotFound");
  CHECK_FALSE((*update)->writeAt(0, "x").has_value());
}

TEST_CASE("a rename survives wholly or not at all, a removal only with the directory") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Disk disk;
    for (const char* path : {"/d/a", "/d/b"}) REQUIRE(disk.write(path, path)->sync());
    REQUIRE(disk.syncDirectory("/d"));
    REQUIRE(disk.rename("/d/a", "/d/b"));
    disk.crash(Survival::kSome, seed);
    const bool renamed = disk.content("/d/b") == "/d/a";
    CHECK(disk.content("/d/a") == (renamed ? "NotFound" : "/d/a"));
    REQUIRE(disk.remove("/d/b"));
    disk.crash(Survival::kNothing, seed);
    CHECK(disk.content("/d/b") != "NotFound");
    REQUIRE(disk.remove("/d/b"));
    REQUIRE(disk.syncDirectory("/d"));
    disk.crash(Survival::kNothing, seed);
    CHECK(disk.content("/d/b") == "NotFound");
  }
}

TEST_CASE("some of what was not synced survives, and not the same for every seed") {
  std::set<std::string> contents;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Disk disk;
    const auto file = disk.write("/d/a", std::string(2000, 'o'));
    REQUIRE(file->sync());
    REQUIRE(disk.syncDirectory("/d"));
    REQUIRE(file->writeAt(300, std::string(2000, 'n')));
    disk.crash(Survival::kSome, seed);
    const std::string left = disk.content("/d/a");
    CHECK(left.substr(0, 300) == std::string(300, 'o'));
    contents.insert(left);
  }
  CHECK(contents.size() > 10);
}

TEST_CASE("after the power is cut nothing works until the crash is over") {
  Disk disk;
  disk.cutPowerAfter(2);
  auto file = disk.create("/d/a");
  REQUIRE(file);
  REQUIRE((*file)->append("whole"));
  CHECK_FALSE((*file)->append("half").has_value());
  CHECK(disk.powerIsOff());
  CHECK(disk.read("/d/a", 100).error().message.find("the power is off") != std::string::npos);
  disk.crash(Survival::kAll, 1);
  CHECK(disk.content("/d/a") == "wholeha");
}

TEST_CASE("faults meet the paths and operations that were asked for") {
  Disk disk;
  disk.put("/d/old", "0123456789");
  disk.inject({Fault::kDiskFull, "/d", 1, 1});
  auto file = disk.create("/d/a");
  REQUIRE(file);
  const auto full = (*file)->append("1234");
  REQUIRE_FALSE(full);
  CHECK(full.error().message == "cannot write /d/a: No space left on device");
  CHECK(full.error().hint == "free space on the disk of this file");
  CHECK(disk.content("/d/a") == "12");
  CHECK((*file)->append("1234").has_value());
  CHECK(disk.faultsMet() == 1);
  disk.inject({Fault::kReadOnly, "old"});
  CHECK(disk.remove("/d/old").error().message == "cannot remove /d/old: Read-only file system");
  CHECK(disk.remove("/d/a").has_value());
  disk.inject({Fault::kReadError, "old"});
  CHECK(disk.read("/d/old", 100).error().code == ErrorCode::kIo);
  disk.inject({Fault::kShortRead, "old"});
  CHECK(disk.map("/d/old").value()->bytes() == "01234");
  disk.inject({Fault::kFlippedBit, "old"});
  CHECK(disk.content("/d/old") != "0123456789");
  disk.heal();
  CHECK(disk.content("/d/old") == "0123456789");
  REQUIRE(disk.damage("/d/old", 8));
  CHECK(disk.content("/d/old") == "0023456789");
}

TEST_CASE("a sync that failed loses what it should have written, as Linux does") {
  Disk disk;
  const auto file = disk.write("/d/a", "old");
  REQUIRE(file->sync());
  REQUIRE(disk.syncDirectory("/d"));
  REQUIRE(file->append("new"));
  disk.inject({Fault::kWriteError, "/d/a"});
  CHECK_FALSE(file->sync().has_value());
  disk.heal();
  CHECK(file->sync().has_value());
  CHECK(disk.content("/d/a") == "oldnew");
  disk.crash(Survival::kNothing, 1);
  CHECK(disk.content("/d/a") == "old");
}

TEST_CASE("simulated directories behave as real ones") {
  Disk disk;
  CHECK(disk.create("/none/a").error().code == ErrorCode::kNotFound);
  REQUIRE(disk.createDirectories("/d/x/y"));
  disk.put("/d/x/y/f", "f");
  disk.put("d/x/g", "g");
  CHECK(disk.list("/d/x").value() == std::vector<fs::path>{"g", "y"});
  CHECK(disk.resolve("/d/x/../x/g").value() == "/d/x/g");
  CHECK(disk.stat("/d/x").value().directory);
  REQUIRE(disk.rename("/d/x", "/d/z"));
  CHECK(disk.content("/d/z/y/f") == "f");
  REQUIRE(disk.removeTree("/d/z"));
  CHECK(disk.stat("/d/z").error().code == ErrorCode::kNotFound);
  CHECK(disk.filesBelow("/").empty());
  const auto held = disk.lock("/d/lock", "me");
  CHECK(disk.lock("/d/lock", "you").error().code == ErrorCode::kUnavailable);
  CHECK(disk.content("/d/lock") == "me");
}

}  // namespace simulated_file_system_test
