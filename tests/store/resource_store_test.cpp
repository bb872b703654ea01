#include <thread>

#include "tests/store/store_fixture.h"

namespace resource_store_test {

using namespace proffer;
using namespace proffer::store;

namespace {

Resource filter(const std::string& name, const std::string& expression = "x") {
  return resource("Filter", "shop", name, {{"expression", expression}});
}

}  // namespace

TEST_CASE("an object is stamped at creation and comes back the same, also after a restart") {
  StoredStore s;
  Resource wanted = filter("a");
  wanted.metadata.labels = {{"team", "web"}};
  wanted.metadata.annotations = {{"note", "caf\xc3\xa9 \"quoted\""}};
  wanted.metadata.managedBy = "set/x";
  wanted.metadata.uid = "chosen by the caller";
  const Resource made = must(s.resources().create(wanted));
  CHECK(made.metadata.uid.size() == 36);
  CHECK(made.metadata.generation == 1);
  CHECK(made.metadata.resourceVersion == 1);
  CHECK(made.metadata.creationTimestamp == testTime());
  CHECK_FALSE(made.metadata.arn.empty());
  CHECK(codeOf(s.resources().create(wanted)) == ErrorCode::kAlreadyExists);
  for (int again = 0; again < 2; ++again) {
    const Resource found = must(s.resources().get(wanted.key()));
    CHECK(found.metadata == made.metadata);
    CHECK(found.spec == wanted.spec);
    CHECK(s.resources().currentVersion() == 1);
    s.reopen();
  }
  CHECK(codeOf(s.resources().get({"Filter", "shop", "b"})) == ErrorCode::kNotFound);
}

TEST_CASE("writers of spec and of status cannot touch each other's half") {
  StoredStore s;
  Resource one = must(s.resources().create(filter("a")));
  Resource byReconciler = one;
  byReconciler.spec = {{"expression", "stolen"}};
  byReconciler.metadata.labels = {{"stolen", "yes"}};
  byReconciler.status = {{"figure", 7}};
  Resource after = must(s.resources().updateStatus(byReconciler));
  CHECK(after.spec == one.spec);
  CHECK(after.metadata.labels.empty());
  CHECK(after.status == byReconciler.status);
  CHECK(after.metadata.generation == 1);

  Resource byUser = after;
  byUser.spec = {{"expression", "y"}};
  byUser.status = {{"figure", 8}};
  after = must(s.resources().update(byUser));
  CHECK(after.spec == byUser.spec);
  CHECK(after.status == byReconciler.status);
  CHECK(after.metadata.generation == 2);

  Resource labelled = after;
  labelled.metadata.labels = {{"team", "web"}};
  CHECK(must(s.resources().update(labelled)).metadata.generation == 2);
}

TEST_CASE("writing what is there already takes no number") {
  StoredStore s;
  const Resource one = must(s.resources().create(filter("a")));
  CHECK(must(s.resources().update(one)).metadata.resourceVersion == 1);
  CHECK(must(s.resources().updateStatus(one)).metadata.resourceVersion == 1);
  CHECK(s.resources().currentVersion() == 1);
}

TEST_CASE("an old version is refused, none is taken as it is, another uid is another object") {
  StoredStore s;
  const Resource first = must(s.resources().create(filter("a")));
  Resource newer = first;
  newer.spec = {{"expression", "y"}};
  must(s.resources().update(newer));
  CHECK(codeOf(s.resources().update(newer)) == ErrorCode::kConflict);
  CHECK(codeOf(s.resources().updateStatus(newer)) == ErrorCode::kConflict);
  CHECK(codeOf(s.resources().remove(first.key(), 1)) == ErrorCode::kConflict);
  newer.metadata.resourceVersion = 0;
  newer.spec = {{"expression", "z"}};
  must(s.resources().update(newer));
  must(s.resources().remove(first.key()));
  must(s.resources().create(filter("a")));
  newer.spec = {{"expression", "zz"}};
  CHECK(codeOf(s.resources().update(newer)) == ErrorCode::kConflict);
  CHECK(codeOf(s.resources().update(filter("none"))) == ErrorCode::kNotFound);
  CHECK(codeOf(s.resources().remove({"Filter", "shop", "none"})) == ErrorCode::kNotFound);
}

TEST_CASE("finalizers keep a deleted object until the last is removed") {
  StoredStore s;
  Resource made = must(s.resources().create(resource("Solution", "shop", "taste")));
  CHECK(made.metadata.finalizers == std::vector<std::string>{"proffer/cleanup"});
  must(s.resources().remove(made.key()));
  const Resource going = must(s.resources().get(made.key()));
  CHECK(going.deleting());
  CHECK(going.metadata.generation == 1);
  must(s.resources().remove(made.key()));
  CHECK(must(s.resources().get(made.key())).metadata.resourceVersion == going.metadata.resourceVersion);
  s.reopen();
  Resource finished = must(s.resources().get(made.key()));
  CHECK(finished.deleting());
  finished.metadata.finalizers.clear();
  must(s.resources().update(finished));
  CHECK(codeOf(s.resources().get(made.key())) == ErrorCode::kNotFound);
  s.reopen();
  CHECK(codeOf(s.resources().get(made.key())) == ErrorCode::kNotFound);
}

TEST_CASE("lists come by kind, group and name, and can be filtered") {
  StoredStore s;
  auto& r = s.resources();
  Resource labelled = resource("Filter", "b", "1");
  labelled.metadata.labels = {{"team", "web"}, {"tier", "1"}};
  labelled.metadata.managedBy = "set/x";
  for (const auto& one :
       {resource("Filter", "b", "2"), resource("Schema", "", "s"), labelled, resource("Filter", "a", "9"),
        resource("DatasetGroup", "", "a"), resource("Campaign", "a", "c")})
    must(r.create(one));
  const auto names = [&](const ListOptions& options) {
    std::string found;
    for (const auto& item : must(r.list(options)).items) found += item.key().toString() + " ";
    return found;
  };
  CHECK(names({}) == "DatasetGroup/a Schema/s Filter/a/9 Filter/b/1 Filter/b/2 Campaign/a/c ");
  CHECK(names({"Filter", {}, {}, {}}) == "Filter/a/9 Filter/b/1 Filter/b/2 ");
  CHECK(names({"Filter", "b", {}, {}}) == "Filter/b/1 Filter/b/2 ");
  CHECK(names({"", "a", {}, {}}) == "Filter/a/9 Campaign/a/c ");
  CHECK(names({"", "", {}, {}}) == "DatasetGroup/a Schema/s ");
  CHECK(names({"", {}, {{"team", "web"}}, {}}) == "Filter/b/1 ");
  CHECK(names({"", {}, {{"team", "web"}, {"tier", "2"}}, {}}).empty());
  CHECK(names({"", {}, {}, "set/x"}) == "Filter/b/1 ");
  CHECK(names({"Nothing", {}, {}, {}}).empty());
  CHECK(must(r.list({})).resourceVersion == 6);
}

TEST_CASE("a transaction is all or nothing and sees its own writes") {
  StoredStore s;
  auto& r = s.resources();
  must(r.create(filter("old")));
  const auto refused = r.transact([](ResourceTransaction& t) -> Result<void> {
    PROFFER_CHECK(t.create(filter("new")));
    PROFFER_CHECK(t.remove({"Filter", "shop", "old"}));
    CHECK(t.list({"Filter", {}, {}, {}}).size() == 1);
    CHECK(t.find({"Filter", "shop", "new"}));
    CHECK_FALSE(t.find({"Filter", "shop", "old"}));
    return fail(ErrorCode::kConflict, "no");
  });
  CHECK(codeOf(refused) == ErrorCode::kConflict);
  CHECK(must(r.list({})).items.size() == 1);
  CHECK(r.currentVersion() == 1);
  const auto thrown = r.transact([](ResourceTransaction& t) -> Result<void> {
    PROFFER_CHECK(t.create(filter("new")));
    throw std::runtime_error("bug");
  });
  CHECK(codeOf(thrown) == ErrorCode::kInternal);
  const auto dry = r.transact([](ResourceTransaction& t) -> Result<void> {
    PROFFER_CHECK(t.create(filter("new")));
    t.discard();
    return {};
  });
  CHECK(must(dry) == 2);
  CHECK(must(r.list({})).items.size() == 1);
  CHECK(must(r.create(filter("new"))).metadata.resourceVersion == 2);
  s.reopen();
  CHECK(must(s.resources().list({})).items.size() == 2);
}

TEST_CASE("many writers: every write takes one number, in commit order") {
  StoredStore s;
  auto& r = s.resources();
  constexpr int kThreads = 8;
  constexpr int kEach = 40;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto made = r.create(filter(fmt::format("f{}-{}", t, i)));
        if (!made) {
          ++wrong;
          continue;
        }
        made->status = {{"seen", i}};
        if (!r.updateStatus(*made)) ++wrong;
        // A write that fails in the same group must not disturb the others.
        if (r.create(filter(fmt::format("f{}-{}", t, i)))) ++wrong;
      }
    });
  }
  int64_t seen = 0;
  size_t added = 0;
  while (added < kThreads * kEach) {
    const auto batch = must(r.watchInternal(seen, s.clock.now() + 1h));
    int64_t last = seen;
    for (const auto& change : batch.changes) {
      CHECK(change.resource.metadata.resourceVersion > last);
      last = change.resource.metadata.resourceVersion;
      added += change.type == ChangeType::kAdded ? 1 : 0;
    }
    CHECK(batch.resourceVersion >= last);
    seen = batch.resourceVersion;
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(r.currentVersion() == kThreads * kEach * 2);
  s.reopen();
  CHECK(s.resources().currentVersion() == kThreads * kEach * 2);
  CHECK(must(s.resources().list({})).items.size() == kThreads * kEach);
}

}  // namespace resource_store_test
