// What a crash, a second server, another program's bytes and a newer format do to the control store.
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "controller/store/control_format.h"
#include "controller/store/database.h"
#include "tests/store/store_fixture.h"

namespace durability_test {

using namespace proffer;
using namespace proffer::store;

namespace {

/// The naive store that the real one is held against.
struct Model {
  std::map<ResourceKey, Resource> rows;
  int64_t version = 0;
};

class ModelRun {
 public:
  explicit ModelRun(uint32_t seed) : random_(seed) {}

  void step() {
    const ResourceKey key{pick({"Filter", "Solution"}), pick({"a", "b"}), pick({"x", "y", "z"})};
    switch (random_() % 7) {
      case 0:
        create(key);
        break;
      case 1:
        update(key);
        break;
      case 2:
        updateStatus(key);
        break;
      case 3:
        remove(key);
        break;
      case 4:
        finalize(key);
        break;
      case 5:
        if (random_() % 10 == 0) store_.reopen();
        break;
      default:
        compare();
        break;
    }
  }
  void compare() {
    const auto list = must(store_.resources().list({}));
    REQUIRE(list.resourceVersion == model_.version);
    REQUIRE(list.items.size() == model_.rows.size());
    for (const auto& item : list.items) {
      const auto found = model_.rows.find(item.key());
      REQUIRE(found != model_.rows.end());
      REQUIRE(item.metadata == found->second.metadata);
      REQUIRE(item.spec == found->second.spec);
      REQUIRE(item.status == found->second.status);
    }
  }

 private:
  std::string pick(std::vector<std::string> words) { return words[random_() % words.size()]; }
  Resource* find(const ResourceKey& key) {
    const auto found = model_.rows.find(key);
    return found == model_.rows.end() ? nullptr : &found->second;
  }

  void create(const ResourceKey& key) {
    const auto made =
        store_.resources().create(resource(key.kind, key.group, key.name, {{"n", random_() % 4}}));
    REQUIRE(made.has_value() == (find(key) == nullptr));
    if (!made) return;
    REQUIRE(made->metadata.resourceVersion == ++model_.version);
    model_.rows[key] = *made;
  }
  void update(const ResourceKey& key) {
    Resource* now = find(key);
    Resource wanted = now ? *now : resource(key.kind, key.group, key.name);
    wanted.spec = {{"n", random_() % 4}};
    wanted.status = {{"ignored", true}};
    if (random_() % 3 == 0) wanted.metadata.labels["l"] = pick({"1", "2"});
    const bool stale = random_() % 5 == 0;
    if (stale) wanted.metadata.resourceVersion += 1'000'000;
    const auto done = store_.resources().update(wanted);
    REQUIRE(done.has_value() == (now && !stale));
    if (!done) return;
    const bool spec = now->spec != wanted.spec;
    if (!spec && now->metadata.labels == wanted.metadata.labels) return;
    now->spec = wanted.spec;
    now->metadata.labels = wanted.metadata.labels;
    now->metadata.generation += spec ? 1 : 0;
    now->metadata.resourceVersion = ++model_.version;
  }
  void updateStatus(const ResourceKey& key) {
    Resource* now = find(key);
    Resource wanted = now ? *now : resource(key.kind, key.group, key.name);
    wanted.metadata.resourceVersion = 0;
    wanted.status = {{"s", random_() % 3}};
    REQUIRE(store_.resources().updateStatus(wanted).has_value() == (now != nullptr));
    if (!now || now->status == wanted.status) return;
    now->status = wanted.status;
    now->metadata.resourceVersion = ++model_.version;
  }
  void remove(const ResourceKey& key) {
    Resource* now = find(key);
    REQUIRE(store_.resources().remove(key).has_value() == (now != nullptr));
    if (!now || now->deleting()) return;
    ++model_.version;
    if (now->metadata.finalizers.empty()) {
      model_.rows.erase(key);
      return;
    }
    now->metadata.deletionTimestamp = store_.clock.now();
    now->metadata.resourceVersion = model_.version;
  }
  void finalize(const ResourceKey& key) {
    Resource* now = find(key);
    if (!now || !now->deleting()) return;
    Resource done = *now;
    done.metadata.finalizers.clear();
    must(store_.resources().update(done));
    model_.version += 2;
    model_.rows.erase(key);
  }

  std::mt19937 random_;
  StoredStore store_;
  Model model_;
};

void flipByte(const std::filesystem::path& path, const std::string& text) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const size_t at = bytes.find(text);
  REQUIRE(at != std::string::npos);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(text[0] ^ 1));
}

}  // namespace

TEST_CASE("the store does what a map does, through restarts") {
  const uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  for (uint32_t run = 0; run < 4; ++run) {
    ModelRun model(seed + run);
    for (int i = 0; i < 400; ++i) model.step();
    model.compare();
  }
}

TEST_CASE("what was acknowledged before a kill is there after it") {
  TemporaryDirectory directory;
  int channel[2];
  REQUIRE(pipe(channel) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(channel[0]);
    SystemClock clock;
    auto opened = ControlStore::open(directory / "data", clock);
    for (int i = 0; opened; ++i) {
      auto made = (*opened)->resources().create(resource("Filter", "g", fmt::format("f{}", i)));
      if (!made || ::write(channel[1], &i, sizeof(i)) != sizeof(i)) break;
    }
    _exit(1);
  }
  ::close(channel[1]);
  int last = -1;
  while (last < 200 && ::read(channel[0], &last, sizeof(last)) == sizeof(last)) continue;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  int later = 0;
  while (::read(channel[0], &later, sizeof(later)) == sizeof(later)) last = later;
  ::close(channel[0]);
  SystemClock clock;
  const auto store = must(ControlStore::open(directory / "data", clock));
  for (int i = 0; i <= last; ++i) must(store->resources().get({"Filter", "g", fmt::format("f{}", i)}));
  const int64_t version = store->resources().currentVersion();
  CHECK(version >= last + 1);
  CHECK(version == static_cast<int64_t>(must(store->resources().list({})).items.size()));
}

TEST_CASE("a second server is refused, naming the first; its lock ends with it") {
  StoredStore s;
  const auto second = ControlStore::open(s.directory / "data", s.clock);
  CHECK(codeOf(second) == ErrorCode::kUnavailable);
  CHECK(second.error().message.find(fmt::format("(process {})", getpid())) != std::string::npos);
  s.reopen();
}

TEST_CASE("a byte that somebody flipped is found at the next start") {
  StoredStore s;
  must(s.resources().create(resource("Filter", "shop", "spoilt", {{"expression", "PRECIOUS-BYTES"}})));
  Job job;
  job.type = "import";
  job.input = {{"file", "PRECIOUS-JOB"}};
  must(s.store->jobs().enqueue(job));
  Route route;
  route.group = "shop";
  route.name = "home";
  route.message = "PRECIOUS-ROUTE";
  must(s.store->routes().put(route));
  must(s.store->files().reserve("PRECIOUS-FILE", ".x", 1, 1, "g"));
  s.store.reset();
  struct Row {
    const char* text;
    const char* message;
  };
  for (const Row& row : {Row{"PRECIOUS-BYTES", "row Filter/shop/spoilt of table resource in "},
                         Row{"PRECIOUS-JOB", "row 1 of table job in "},
                         Row{"PRECIOUS-ROUTE", "row shop/home of table route in "},
                         Row{"PRECIOUS-FILE", "row 1 of table file in "}}) {
    const auto path = s.directory / "data/control.db";
    std::filesystem::copy_file(path, s.directory / "good");
    flipByte(path, row.text);
    const auto opened = ControlStore::open(s.directory / "data", s.clock);
    CHECK(codeOf(opened) == ErrorCode::kCorrupt);
    CHECK(opened.error().message.find(row.message) == 0);
    CHECK(opened.error().message.find("control.db") != std::string::npos);
    std::filesystem::rename(s.directory / "good", path);
  }
  s.reopen();
}

TEST_CASE("a newer format of the control store is refused and left as it is") {
  StoredStore s;
  s.store.reset();
  {
    auto database = must(Database::open(s.directory / "data/control.db", kControlMigrations));
    must(must(database->begin())->execute("PRAGMA user_version=99"));
    auto transaction = must(database->begin());
    must(transaction->execute("PRAGMA user_version=99"));
    must(transaction.commit());
  }
  const auto opened = ControlStore::open(s.directory / "data", s.clock);
  CHECK(codeOf(opened) == ErrorCode::kCorrupt);
  CHECK(opened.error().message.find("has format 99, which a newer Proffer wrote") != std::string::npos);
}

TEST_CASE("a store in memory works alike and leaves no directory") {
  SimulatedClock clock(testTime());
  std::filesystem::path directory;
  {
    const auto store = must(ControlStore::openInMemory(clock));
    directory = store->directory();
    must(store->resources().create(resource("Filter", "g", "f")));
    must(store->journal().record({"Filter", "g", "f"}, JournalLevel::kNormal, "R", "m"));
    CHECK(must(store->journal().read({})).size() == 1);
    CHECK(std::filesystem::exists(directory));
  }
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("the tables are those that docs/formats.md shows") {
  std::ifstream file(std::string(PROFFER_SOURCE_DIR) + "/docs/formats.md");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK(text.find("```sql" + std::string(kControlMigrations.back()) + "```") != std::string::npos);
  CHECK(text.find(fmt::format("`PRAGMA user_version`, now {}", kControlMigrations.size())) != std::string::npos);
}

}  // namespace durability_test
