#include "tests/store/store_fixture.h"

namespace files_test {

using namespace proffer;
using namespace proffer::store;

namespace {

struct FileWorld : StoredStore {
  Job startJob(const std::string& owner) {
    Job wanted;
    wanted.type = "train";
    wanted.ownerUid = owner;
    must(store->jobs().enqueue(wanted));
    return *must(store->jobs().claim(clock.now()));
  }
  FileRow reserve(const Job& job, const std::string& group = "g") {
    return must(store->files().reserve("artifacts", ".model", job.id, job.attempt, group));
  }
  void write(const std::string& path) {
    auto& files = io::posixFileSystem();
    must(files.createDirectories((root() / path).parent_path()));
    must(must(files.create(root() / path))->append("x"));
  }
  std::filesystem::path root() { return store->directory(); }
  bool exists(const std::string& path) { return std::filesystem::exists(root() / path); }
};

}  // namespace

TEST_CASE("a file is named together with the end of its job, once") {
  FileWorld s;
  const Job job = s.startJob("v1");
  const FileRow row = s.reserve(job);
  CHECK(row.path == "artifacts/1.model");
  CHECK(row.state == FileState::kPending);
  s.write(row.path);
  CHECK(codeOf(s.store->files().publish(row.id, 1, "abc", job.id, 2, {})) == ErrorCode::kConflict);
  CHECK(codeOf(s.store->files().publish(99, 1, "abc", job.id, 1, {})) == ErrorCode::kNotFound);
  must(s.store->files().publish(row.id, 1, "abc", job.id, 1, {{"ok", true}}));
  must(s.store->files().publish(row.id, 1, "abc", job.id, 1, {{"ok", true}}));
  s.reopen();
  CHECK(must(s.store->jobs().latest("v1", "train"))->state == JobState::kSucceeded);
  const auto rows = must(s.store->files().list());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].state == FileState::kLive);
  CHECK(rows[0].checksum == "abc");
  CHECK(rows[0].size == 1);
  CHECK(must(s.store->files().collect({"artifacts"})) == 0);
  CHECK(s.exists(row.path));
}

TEST_CASE("a file of an attempt that another took over is not named, and the job does not end by it") {
  FileWorld s;
  const Job first = s.startJob("v1");
  const FileRow lost = s.reserve(first);
  s.write(lost.path);
  s.reopen();
  const auto second = must(s.store->jobs().claim(s.clock.now()));
  REQUIRE(second);
  CHECK(codeOf(s.store->files().publish(lost.id, 1, "abc", first.id, first.attempt, {})) ==
        ErrorCode::kConflict);
  CHECK(must(s.store->jobs().latest("v1", "train"))->state == JobState::kRunning);
  const FileRow mine = s.reserve(*second);
  CHECK(mine.path != lost.path);
  s.write(mine.path);
  CHECK(must(s.store->files().collect({"artifacts"})) == 1);
  CHECK_FALSE(s.exists(lost.path));
  CHECK(s.exists(mine.path));
  must(s.store->files().publish(mine.id, 1, "abc", second->id, second->attempt, {}));
}

TEST_CASE("what a job keeps outlives its attempts, is replaced as a whole, and goes with the job's end") {
  FileWorld s;
  const Job first = s.startJob("v1");
  const FileRow one = s.reserve(first), two = s.reserve(first), late = s.reserve(first);
  for (const FileRow& row : {one, two, late}) s.write(row.path);
  CHECK_FALSE(must(s.store->files().kept(first.id)));
  must(s.store->files().keep(one.id, 1, "abc", first.id, first.attempt));
  must(s.store->files().keep(two.id, 2, "def", first.id, first.attempt));
  CHECK(must(s.store->files().kept(first.id))->path == two.path);
  CHECK(must(s.store->files().collect({"artifacts"})) == 1);
  CHECK_FALSE(s.exists(one.path));

  s.reopen();
  CHECK(must(s.store->files().kept(first.id))->checksum == "def");
  CHECK(must(s.store->files().collect({"artifacts"})) == 1);  // what the first attempt was writing
  CHECK(s.exists(two.path));
  const auto second = must(s.store->jobs().claim(s.clock.now()));
  REQUIRE(second);
  CHECK(codeOf(s.store->files().keep(late.id, 1, "abc", first.id, first.attempt)) == ErrorCode::kNotFound);
  const FileRow other = s.reserve(*second);
  s.write(other.path);
  CHECK(codeOf(s.store->files().keep(other.id, 1, "abc", first.id, first.attempt)) == ErrorCode::kConflict);
  must(s.store->jobs().failed(second->id, second->attempt, makeError(ErrorCode::kIo, "disk"), Duration(0)));
  CHECK(codeOf(s.store->files().keep(other.id, 1, "abc", second->id, second->attempt)) ==
        ErrorCode::kConflict);
  CHECK(must(s.store->files().collect({"artifacts"})) == 1);
  CHECK(s.exists(two.path));
  const auto third = must(s.store->jobs().claim(s.clock.now()));
  REQUIRE(third);
  must(s.store->jobs().succeed(third->id, third->attempt, {}));
  CHECK(must(s.store->files().collect({"artifacts"})) == 1);
  CHECK_FALSE(s.exists(two.path));
  CHECK_FALSE(must(s.store->files().kept(first.id)));
}

TEST_CASE("collection takes doomed files, those of ended attempts and those without a row, and no others") {
  FileWorld s;
  const Job ended = s.startJob("v1");
  const FileRow failed = s.reserve(ended);
  s.write(failed.path);
  must(s.store->jobs().failed(ended.id, 1, makeError(ErrorCode::kIo, "disk"), std::nullopt));
  const Job other = s.startJob("v2");
  const FileRow doomed = s.reserve(other, "old group");
  s.write(doomed.path);
  must(s.store->files().publish(doomed.id, 1, "abc", other.id, 1, {}));
  must(s.store->files().doomGroup("old group"));
  const Job running = s.startJob("v3");
  const FileRow pending = s.reserve(running);
  s.write(pending.path);
  s.write(pending.path + ".tmp");
  s.write("artifacts/stray.model");
  s.write("artifacts/deep/er/stray");
  s.write("elsewhere/stray");
  CHECK(must(s.store->files().collect({"artifacts", "not there"})) == 4);
  CHECK(must(s.store->files().list()).size() == 1);
  CHECK(s.exists(pending.path));
  CHECK(s.exists(pending.path + ".tmp"));
  CHECK(s.exists("elsewhere/stray"));
  for (const auto& gone : {failed.path, doomed.path, std::string("artifacts/stray.model"),
                           std::string("artifacts/deep/er/stray")})
    CHECK_FALSE(s.exists(gone));
  CHECK(codeOf(s.store->files().publish(failed.id, 1, "abc", ended.id, 1, {})) == ErrorCode::kNotFound);
  must(s.store->files().doom(pending.id));
  CHECK(must(s.store->files().collect({"artifacts"})) == 1);
  CHECK_FALSE(s.exists(pending.path + ".tmp"));
}

}  // namespace files_test
