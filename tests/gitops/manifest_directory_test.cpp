// A manifest directory as a set, looked at step by step on a simulated clock.
#include "controller/gitops/manifest_directory.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "base/ids.h"
#include "base/log.h"
#include "controller/store/resource_store.h"

namespace manifest_directory_test {

using namespace proffer;
using namespace proffer::gitops;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  Fixture() : path(fs::temp_directory_path() / ("proffer-gitops-" + newHex(12)) / "shop") {
    configureLog(LogLevel::kError, LogFormat::kText);
    fs::create_directories(path);
    auto opened = store::ControlStore::openInMemory(clock);
    REQUIRE(opened);
    store = std::move(*opened);
  }
  ~Fixture() {
    std::error_code ignored;
    fs::remove_all(path.parent_path(), ignored);
  }
  std::unique_ptr<ManifestDirectory> open() {
    auto opened = ManifestDirectory::open(*store, clock, io::posixFileSystem(), path, {});
    if (!opened) FAIL(formatError(opened.error()));
    return std::move(*opened);
  }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::trunc) << text;
  }
  static std::string group(const std::string& name) {
    return fmt::format("apiVersion: proffer/v1\nkind: DatasetGroup\nmetadata: {{name: {}}}\n", name);
  }
  std::vector<std::string> groups() {
    std::vector<std::string> names;
    const auto list =
        store->resources().list({.kind = "DatasetGroup", .group = {}, .labels = {}, .managedBy = {}});
    for (const auto& resource : list->items)
      if (!resource.deleting()) names.push_back(resource.metadata.name);
    return names;
  }

  SimulatedClock clock{fromMicros(1'700'000'000'000'000)};
  fs::path path;
  std::unique_ptr<store::ControlStore> store;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("what lies in the directory is applied, and what no longer does is deleted") {
  Fixture fixture;
  fixture.write("a.yaml", Fixture::group("a"));
  fixture.write("deep/er/b.yml", Fixture::group("b"));
  fixture.write("notes.txt", "not a manifest");
  const auto directory = fixture.open();
  CHECK(directory->manager() == "manifests/shop");
  CHECK(directory->step());
  CHECK(directory->applied());
  CHECK(fixture.groups() == Names{"a", "b"});
  CHECK(fixture.store->resources().get({"DatasetGroup", "", "a"})->metadata.managedBy == "manifests/shop");
  CHECK_FALSE(directory->step());  // nothing changed

  fixture.write("c.yaml", Fixture::group("c"));
  fs::remove(fixture.path / "a.yaml");
  CHECK(directory->step());
  CHECK(fixture.groups() == Names{"b", "c"});
}

TEST_CASE("an error changes nothing, is remembered, and goes when it is mended") {
  Fixture fixture;
  fixture.write("a.yaml", Fixture::group("a"));
  fixture.write("kept.yaml", Fixture::group("kept"));
  const auto directory = fixture.open();
  REQUIRE(directory->step());
  fixture.write("a.yaml", Fixture::group("renamed"));
  fixture.write("b.yaml", "apiVersion: proffer/v1\nkind: DatasetGruop\nmetadata: {name: b}\n");
  CHECK_FALSE(directory->step());
  CHECK(fixture.groups() == Names{"a", "kept"});
  REQUIRE(directory->lastErrors().size() == 1);
  CHECK(directory->lastErrors().front().position.line == 2);
  fixture.write("b.yaml", Fixture::group("b"));
  CHECK(directory->step());
  CHECK(directory->lastErrors().empty());
  CHECK(fixture.groups() == Names{"b", "kept", "renamed"});
}

TEST_CASE("a directory that lost all its manifests deletes nothing") {
  Fixture fixture;
  fixture.write("a.yaml", Fixture::group("a"));
  const auto directory = fixture.open();
  REQUIRE(directory->step());
  SECTION("the files are gone") {
    fs::remove(fixture.path / "a.yaml");
  }
  SECTION("the file is empty") {
    fixture.write("a.yaml", "# nothing\n");
  }
  SECTION("the directory is gone") {
    fs::remove_all(fixture.path);
  }
  CHECK_FALSE(directory->step());
  CHECK(fixture.groups() == Names{"a"});
  CHECK_FALSE(directory->lastErrors().empty());
}

TEST_CASE("what somebody else deleted comes back with the next resync") {
  Fixture fixture;
  fixture.write("a.yaml", Fixture::group("a"));
  const auto directory = fixture.open();
  REQUIRE(directory->step());
  auto group = *fixture.store->resources().get({"DatasetGroup", "", "a"});
  REQUIRE(fixture.store->resources().remove(group.key()));
  group = *fixture.store->resources().get(group.key());
  group.metadata.finalizers.clear();
  REQUIRE(fixture.store->resources().update(group));
  CHECK(fixture.groups().empty());
  CHECK_FALSE(directory->step());
  fixture.clock.advance(1min);
  CHECK(directory->step());
  CHECK(fixture.groups() == Names{"a"});
}

TEST_CASE("a file is no directory") {
  Fixture fixture;
  fixture.write("a.yaml", Fixture::group("a"));
  CHECK_FALSE(ManifestDirectory::open(*fixture.store, fixture.clock, io::posixFileSystem(),
                                      fixture.path / "a.yaml", {}));
  CHECK_FALSE(ManifestDirectory::open(*fixture.store, fixture.clock, io::posixFileSystem(),
                                      fixture.path / "nowhere", {}));
}

}  // namespace manifest_directory_test
