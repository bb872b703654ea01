#include <atomic>
#include <thread>

#include "tests/store/store_fixture.h"

namespace watch_test {

using namespace proffer;
using namespace proffer::store;

namespace {

Resource labelled(const std::string& name, const std::string& team) {
  Resource made = resource("Filter", "shop", name);
  if (!team.empty()) made.metadata.labels = {{"team", team}};
  return made;
}

std::string shown(const ChangeBatch& batch) {
  std::string text;
  for (const auto& change : batch.changes) {
    const char mark = change.type == ChangeType::kAdded      ? '+'
                      : change.type == ChangeType::kModified ? '~'
                                                             : '-';
    text += mark + change.resource.metadata.name + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("a watch gives the difference between the list then and now") {
  StoredStore s;
  auto& r = s.resources();
  const auto keyOf = [](const std::string& name) { return ResourceKey{"Filter", "shop", name}; };
  const auto relabel = [&](const std::string& name, const std::string& team) {
    Resource now = must(r.get(keyOf(name)));
    now.metadata.labels = {{"team", team}};
    must(r.update(now));
  };
  must(r.create(labelled("kept", "web")));
  must(r.create(labelled("changed", "web")));
  must(r.create(labelled("removed", "web")));
  must(r.create(labelled("replaced", "web")));
  must(r.create(labelled("left", "web")));
  must(r.create(labelled("came", "app")));
  must(r.create(labelled("elsewhere", "app")));
  const int64_t since = r.currentVersion();
  relabel("elsewhere", "other");
  for (int i = 0; i < 3; ++i) {
    Resource now = must(r.get(keyOf("changed")));
    now.status = {{"i", i}};
    must(r.updateStatus(now));
  }
  must(r.remove(keyOf("removed")));
  must(r.remove(keyOf("replaced")));
  must(r.create(labelled("replaced", "web")));
  must(r.create(labelled("brief", "web")));
  must(r.remove(keyOf("brief")));
  relabel("left", "app");
  relabel("came", "web");
  must(r.create(labelled("new", "web")));

  const ListOptions web{"Filter", "shop", {{"team", "web"}}, {}};
  const auto batch = must(r.watch(since, web, s.clock.now()));
  CHECK(shown(batch) == "~changed -removed -replaced +replaced -left +came +new ");
  CHECK(batch.resourceVersion == r.currentVersion());
  CHECK(batch.changes[0].resource.status == Json{{"i", 2}});
  CHECK(shown(must(r.watch(batch.resourceVersion, web, s.clock.now()))).empty());
  CHECK(shown(must(r.watch(since, {"Schema", {}, {}, {}}, s.clock.now()))).empty());
  CHECK(must(r.watch(since, {"Schema", {}, {}, {}}, s.clock.now())).resourceVersion == r.currentVersion());
}

TEST_CASE("a watch waits for its first change and ends at its deadline") {
  StoredStore s;
  auto& r = s.resources();
  std::thread writer([&] {
    std::this_thread::sleep_for(20ms);
    must(r.create(resource("Schema", "", "other")));
    must(r.create(labelled("a", "")));
  });
  const auto batch = must(r.watch(0, {"Filter", {}, {}, {}}, s.clock.now() + 1h));
  CHECK(shown(batch) == "+a ");
  writer.join();
  std::thread time([&] {
    std::this_thread::sleep_for(20ms);
    s.clock.advance(2h);
  });
  CHECK(must(r.watch(batch.resourceVersion, {}, s.clock.now() + 1h)).changes.empty());
  time.join();
}

TEST_CASE("a watch from too far back, from before the last start or from the future must list again") {
  StoredStore s;
  auto& r = s.resources();
  Resource one = must(r.create(labelled("a", "")));
  must(r.transact([&](ResourceTransaction& t) -> Result<void> {
    for (size_t i = 0; i < ResourceStore::kRememberedChanges; ++i) {
      one.status = {{"i", i}};
      one.metadata.resourceVersion = 0;
      PROFFER_CHECK(t.updateStatus(one));
    }
    return {};
  }));
  CHECK(must(r.watch(1, {}, s.clock.now())).changes.size() == 1);
  const auto old = r.watch(0, {}, s.clock.now());
  CHECK(codeOf(old) == ErrorCode::kGone);
  CHECK(old.error().hint.find("list again") != std::string::npos);
  CHECK(codeOf(r.watch(r.currentVersion() + 1, {}, s.clock.now())) == ErrorCode::kGone);
  s.reopen();
  const int64_t now = s.resources().currentVersion();
  CHECK(codeOf(s.resources().watch(now - 1, {}, s.clock.now())) == ErrorCode::kGone);
  CHECK(must(s.resources().watch(now, {}, s.clock.now())).changes.empty());
}

TEST_CASE("sixty-four watches wait, the next is refused, the controller's own are not counted") {
  StoredStore s;
  auto& r = s.resources();
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < ResourceStore::kWaitingWatches; ++i)
    threads.emplace_back([&] {
      if (codeOf(r.watch(0, {}, s.clock.now() + 1h)) == ErrorCode::kUnavailable) ++ended;
    });
  Result<ChangeBatch> refused = ChangeBatch{};
  while (refused) refused = r.watch(0, {}, s.clock.now());  // until all the others wait
  CHECK(codeOf(refused) == ErrorCode::kLimitExceeded);
  CHECK(must(r.watchInternal(0, s.clock.now())).changes.empty());
  r.interruptWatches();
  for (auto& thread : threads) thread.join();
  CHECK(ended == static_cast<int>(ResourceStore::kWaitingWatches));
  CHECK(codeOf(r.watch(0, {}, s.clock.now() + 1h)) == ErrorCode::kUnavailable);
}

}  // namespace watch_test
