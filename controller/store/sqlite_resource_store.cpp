#include "controller/store/sqlite_resource_store.h"

#include "controller/store/control_rows.h"
#include "controller/store/resource_transaction.h"

namespace proffer::store {

SqliteResourceStore::SqliteResourceStore(Database& database, Clock& clock)
    : database_(database), clock_(clock) {}

// ---- Loading
// ------------------------------------------------------------------------------------------------------

namespace {

Result<ResourcePointer> parseBody(std::string_view body, const std::filesystem::path& path,
                                  std::string_view table, const ResourceKey& key) {
  auto json = parseJson(body);
  auto resource = json ? resourceFromJson(*json) : Result<Resource>(fail(json.error()));
  if (!resource)
    return fail(ErrorCode::kCorrupt, "cannot read row {} of table {} in {}: {}", key.toString(), table,
                path.string(), resource.error().message);
  return std::make_shared<const Resource>(std::move(*resource));
}

}  // namespace

Result<void> SqliteResourceStore::load() {
  PROFFER_TRY(Reader reader, database_.reader());
  PROFFER_TRY(version_, readCounter(reader.connection(), database_.path(), "resourceVersion"));
  stagedVersion_ = version_;
  log_ = ChangeLog(version_, kRememberedChanges);
  PROFFER_CHECK(loadRows(reader.connection()));
  return loadQueued(reader.connection());
}

Result<void> SqliteResourceStore::loadRows(Connection& connection) {
  PROFFER_TRY(Statement row,
              connection.query("SELECT kind, grp, name, uid, generation, resource_version, deleting, "
                               "managed_by, body, checksum FROM resource"));
  for (;;) {
    PROFFER_TRY(const bool found, row.step());
    if (!found) return {};
    const ResourceKey key{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))};
    PROFFER_CHECK(checkRow(database_.path(), "resource", key.toString(), row.integer(9), row.text(0),
                           row.text(1), row.text(2), row.text(3), row.integer(4), row.integer(5),
                           row.integer(6), row.text(7), row.text(8)));
    PROFFER_TRY(auto resource, parseBody(row.text(8), database_.path(), "resource", key));
    rows_.publish({orderOf(key), nullptr, std::move(resource), 0});
  }
}

Result<void> SqliteResourceStore::loadQueued(Connection& connection) {
  PROFFER_TRY(Statement row, connection.query("SELECT kind, grp, name, body, checksum FROM queued_resource"));
  for (;;) {
    PROFFER_TRY(const bool found, row.step());
    if (!found) return {};
    const ResourceKey key{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))};
    PROFFER_CHECK(checkRow(database_.path(), "queued_resource", key.toString(), row.integer(4), row.text(0),
                           row.text(1), row.text(2), row.text(3)));
    PROFFER_TRY(auto resource, parseBody(row.text(3), database_.path(), "queued_resource", key));
    queued_.publish({orderOf(key), nullptr, std::move(resource), 0});
  }
}

// ---- Reading
// ------------------------------------------------------------------------------------------------------

Result<Resource> SqliteResourceStore::get(const ResourceKey& key) {
  const auto order = orderOf(key);
  ResourcePointer found;
  {
    std::lock_guard guard(mutex_);
    const auto row = rows_.committed().find(order);
    if (row != rows_.committed().end()) found = row->second;
  }
  if (!found) return fail(ErrorCode::kNotFound, "{} does not exist", key.toString());
  return *found;
}

Result<ResourceList> SqliteResourceStore::list(const ListOptions& options) {
  std::vector<ResourcePointer> found;
  ResourceList list;
  {
    std::lock_guard guard(mutex_);
    forEachMatching(rows_.committed(), options, [&](const ResourceOrder&, const ResourcePointer& resource) {
      found.push_back(resource);
    });
    list.resourceVersion = version_;
  }
  list.items.reserve(found.size());
  for (const auto& resource : found) list.items.push_back(*resource);
  return list;
}

std::vector<ResourcePointer> SqliteResourceStore::ownedBy(const Resource& owner) {
  std::vector<ResourcePointer> found;
  std::lock_guard guard(mutex_);
  for (const auto& [order, resource] : rows_.committed())
    if (owns(owner, *resource)) found.push_back(resource);
  return found;
}

int64_t SqliteResourceStore::currentVersion() {
  std::lock_guard guard(mutex_);
  return version_;
}

// ---- Writing
// ------------------------------------------------------------------------------------------------------

Result<int64_t> SqliteResourceStore::transact(const std::function<Result<void>(ResourceTransaction&)>& work) {
  std::vector<ResourceWrite> writes;
  std::vector<ResourceWrite> queued;
  int64_t version = 0;
  bool discarded = false;
  const auto piece = [&](Connection& connection) -> Result<void> {
    SqliteResourceTransaction transaction(*this, connection);
    Result<void> done;
    try {
      done = work(transaction);
    } catch (...) {
      transaction.undo();
      throw;
    }
    version = transaction.resourceVersion();
    discarded = done && transaction.discarded();
    if (done) done = transaction.finish();
    // A failed piece is rolled back, so what is to be discarded fails.
    if (discarded) done = fail(ErrorCode::kCancelled, "a dry run leaves nothing");
    if (!done) {
      transaction.undo();
      return done;
    }
    writes = transaction.takeWrites();
    queued = transaction.takeQueued();
    ++stagedPieces_;
    return {};
  };
  const auto result = database_.write(piece, [&](bool committed) {
    if (committed) publish(writes, queued);
    if (--stagedPieces_ > 0) return;
    rows_.forgetStaged();
    queued_.forgetStaged();
    stagedVersion_ = version_;
  });
  if (!result && !discarded) return fail(result.error());
  return version;
}

void SqliteResourceStore::publish(const std::vector<ResourceWrite>& writes,
                                  const std::vector<ResourceWrite>& queued) {
  for (const auto& write : queued) queued_.publish(write);
  if (writes.empty()) return;
  {
    std::lock_guard guard(mutex_);
    for (const auto& write : writes) {
      rows_.publish(write);
      log_.add(write);
    }
    version_ = writes.back().version;
  }
  changed_.notify_all();
}

Result<Resource> SqliteResourceStore::single(
    const std::function<Result<ResourcePointer>(ResourceTransaction&)>& work) {
  ResourcePointer written;
  const auto version = transact([&](ResourceTransaction& transaction) -> Result<void> {
    PROFFER_TRY(written, work(transaction));
    return {};
  });
  if (!version) return fail(version.error());
  return *written;
}

Result<Resource> SqliteResourceStore::create(Resource resource) {
  return single([&](ResourceTransaction& transaction) { return transaction.create(resource); });
}
Result<Resource> SqliteResourceStore::update(const Resource& resource) {
  return single([&](ResourceTransaction& transaction) { return transaction.update(resource); });
}
Result<Resource> SqliteResourceStore::updateStatus(const Resource& resource) {
  return single([&](ResourceTransaction& transaction) { return transaction.updateStatus(resource); });
}
Result<void> SqliteResourceStore::remove(const ResourceKey& key, std::optional<int64_t> ifVersion) {
  auto result =
      transact([&](ResourceTransaction& transaction) { return transaction.remove(key, ifVersion); });
  if (!result) return fail(std::move(result).error());
  return {};
}

// ---- Watching
// -----------------------------------------------------------------------------------------------------

Result<ChangeBatch> SqliteResourceStore::watch(int64_t since, const ListOptions& options, Time deadline) {
  return waitForChanges(since, options, deadline, true);
}
Result<ChangeBatch> SqliteResourceStore::watchInternal(int64_t since, Time deadline) {
  return waitForChanges(since, {}, deadline, false);
}

void SqliteResourceStore::interruptWatches() {
  {
    std::lock_guard guard(mutex_);
    interrupted_ = true;
  }
  changed_.notify_all();
}

namespace {

/// Counts a watch among the waiting ones while it lives.
class Waiting {
 public:
  explicit Waiting(size_t& count) : count_(count) { ++count_; }
  ~Waiting() { --count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  size_t& count_;
};

Result<ChangeBatch> copied(std::unique_lock<std::mutex> lock, const std::vector<FoundChange>& found,
                           int64_t version) {
  lock.unlock();
  ChangeBatch batch;
  batch.resourceVersion = version;
  batch.changes.reserve(found.size());
  for (const auto& change : found) batch.changes.push_back(toChange(change));
  return batch;
}

}  // namespace

Result<ChangeBatch> SqliteResourceStore::waitForChanges(int64_t since, const ListOptions& options,
                                                        Time deadline, bool counted) {
  std::unique_lock lock(mutex_);
  size_t uncounted = 0;
  int64_t seen = since;
  for (;;) {
    if (interrupted_) return fail(ErrorCode::kUnavailable, "the server is shutting down: watch again later");
    if (!log_.knows(seen) || seen > version_)
      return fail(makeError(ErrorCode::kGone, "the changes since version {} are no longer known", since)
                      .hinting("list again and watch from the list's resourceVersion"));
    const auto found = log_.since(seen, options);
    if (!found.empty()) return copied(std::move(lock), found, version_);
    seen = version_;
    if (counted && waiting_ >= kWaitingWatches)
      return fail(
          makeError(ErrorCode::kLimitExceeded, "{} watches are waiting already, which is the limit", waiting_)
              .hinting("end some of them, or try again later"));
    const Waiting here(counted ? waiting_ : uncounted);
    const bool moved =
        clock_.waitUntil(lock, changed_, deadline, [&] { return interrupted_ || version_ > seen; });
    if (!moved) return ChangeBatch{{}, seen};
  }
}

}  // namespace proffer::store
