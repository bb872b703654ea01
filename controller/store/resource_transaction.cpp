#include "controller/store/resource_transaction.h"

#include <algorithm>

#include "base/ids.h"
#include "controller/store/control_rows.h"
#include "manifests/kind_table.h"

namespace proffer::store {

SqliteResourceTransaction::SqliteResourceTransaction(SqliteResourceStore& store, Connection& connection)
    : store_(store), connection_(connection), startVersion_(store.stagedVersion_) {}

ResourcePointer SqliteResourceTransaction::find(const ResourceKey& key) const {
  return store_.rows_.find(key);
}

std::vector<ResourcePointer> SqliteResourceTransaction::list(const ListOptions& options) const {
  std::vector<ResourcePointer> found;
  store_.rows_.forEach(options, [&](const ResourcePointer& resource) { found.push_back(resource); });
  return found;
}

int64_t SqliteResourceTransaction::resourceVersion() const {
  return store_.stagedVersion_;
}

// ---- Writing rows
// -------------------------------------------------------------------------------------------------

Result<ResourcePointer> SqliteResourceTransaction::write(Resource resource) {
  Metadata& m = resource.metadata;
  m.resourceVersion = ++store_.stagedVersion_;
  const std::string body = dumpJson(toJson(resource));
  PROFFER_CHECK(
      connection_.run("INSERT INTO resource(kind, grp, name, uid, generation, resource_version, deleting, "
                      "managed_by, body, checksum) "
                      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET uid = excluded.uid, "
                      "generation = excluded.generation, resource_version = excluded.resource_version, "
                      "deleting = excluded.deleting, managed_by = excluded.managed_by, body = excluded.body, "
                      "checksum = excluded.checksum",
                      resource.kind, m.group, m.name, m.uid, m.generation, m.resourceVersion,
                      resource.deleting(), m.managedBy, body,
                      rowChecksum(resource.kind, m.group, m.name, m.uid, m.generation, m.resourceVersion,
                                  static_cast<int64_t>(resource.deleting()), m.managedBy, body)));
  const ResourceKey key = resource.key();
  auto written = std::make_shared<const Resource>(std::move(resource));
  writes_.push_back(store_.rows_.stage(key, written));
  return written;
}

Result<void> SqliteResourceTransaction::drop(const ResourceKey& key) {
  const ResourcePointer gone = find(key);
  PROFFER_CHECK(connection_.run("DELETE FROM resource WHERE kind = ? AND grp = ? AND name = ?", key.kind,
                                key.group, key.name));
  writes_.push_back(store_.rows_.stage(key, nullptr));
  writes_.back().version = ++store_.stagedVersion_;
  PROFFER_CHECK(releaseOwners(*gone));
  return createUnblocked(*gone);
}

Result<void> SqliteResourceTransaction::finish() {
  if (store_.stagedVersion_ == startVersion_) return {};
  return writeCounter(connection_, "resourceVersion", store_.stagedVersion_);
}

void SqliteResourceTransaction::undo() {
  for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) store_.rows_.undo(*write);
  for (auto write = queuedWrites_.rbegin(); write != queuedWrites_.rend(); ++write)
    store_.queued_.undo(*write);
  writes_.clear();
  queuedWrites_.clear();
  store_.stagedVersion_ = startVersion_;
}

// ---- The operations
// -----------------------------------------------------------------------------------------------

// That of manifests. A version stands below what it is a version of, which may have got its ARN otherwise.
std::string SqliteResourceTransaction::newArn(const Resource& resource) const {
  std::string arn = arnFor(resource);
  if (resource.kind != "SolutionVersion") return arn;
  for (const auto& owner : referencesOf(resource)) {
    if (owner.kind != "Solution" && owner.kind != "Recommender") continue;
    if (const ResourcePointer found = find(owner)) return found->metadata.arn + arn.substr(arn.rfind('/'));
  }
  return arn;
}

Result<ResourcePointer> SqliteResourceTransaction::create(Resource resource) {
  const ResourceKey key = resource.key();
  if (find(key)) return fail(ErrorCode::kAlreadyExists, "{} exists already", key.toString());
  Metadata& m = resource.metadata;
  m.uid = newUuid();
  m.generation = 1;
  m.creationTimestamp = store_.clock_.now();
  m.deletionTimestamp.reset();
  if (m.arn.empty()) m.arn = newArn(resource);
  const bool has =
      std::find(m.finalizers.begin(), m.finalizers.end(), kCleanupFinalizer) != m.finalizers.end();
  if (needsCleanup(resource.kind) && !has) m.finalizers.emplace_back(kCleanupFinalizer);
  return write(std::move(resource));
}

Result<ResourcePointer> SqliteResourceTransaction::current(const Resource& wanted) const {
  const ResourceKey key = wanted.key();
  ResourcePointer now = find(key);
  if (!now) return fail(ErrorCode::kNotFound, "{} does not exist", key.toString());
  const Metadata& m = wanted.metadata;
  if (!m.uid.empty() && m.uid != now->metadata.uid)
    return fail(ErrorCode::kConflict, "{} was deleted and created again meanwhile: read it again",
                key.toString());
  if (m.resourceVersion != 0 && m.resourceVersion != now->metadata.resourceVersion)
    return fail(ErrorCode::kConflict,
                "{} was changed meanwhile (version {}, not {}): read it again and retry", key.toString(),
                now->metadata.resourceVersion, m.resourceVersion);
  return now;
}

Result<ResourcePointer> SqliteResourceTransaction::update(const Resource& resource) {
  PROFFER_TRY(const ResourcePointer now, current(resource));
  Metadata m = now->metadata;
  m.labels = resource.metadata.labels;
  m.annotations = resource.metadata.annotations;
  m.managedBy = resource.metadata.managedBy;
  m.ownerReferences = resource.metadata.ownerReferences;
  m.finalizers = resource.metadata.finalizers;
  const bool specChanged = resource.spec != now->spec;
  if (!specChanged && m == now->metadata) return now;
  if (specChanged) ++m.generation;
  PROFFER_TRY(ResourcePointer written, write(Resource{now->kind, std::move(m), resource.spec, now->status}));
  if (written->deleting() && written->metadata.finalizers.empty()) PROFFER_CHECK(drop(written->key()));
  return written;
}

Result<ResourcePointer> SqliteResourceTransaction::updateStatus(const Resource& resource) {
  PROFFER_TRY(const ResourcePointer now, current(resource));
  if (resource.status == now->status) return now;
  return write(Resource{now->kind, now->metadata, now->spec, resource.status});
}

Result<void> SqliteResourceTransaction::remove(const ResourceKey& key, std::optional<int64_t> ifVersion) {
  Resource wanted{key.kind, {}};
  wanted.metadata.name = key.name;
  wanted.metadata.group = key.group;
  wanted.metadata.resourceVersion = ifVersion.value_or(0);
  PROFFER_TRY(const ResourcePointer now, current(wanted));
  if (now->metadata.finalizers.empty()) return drop(key);
  if (now->deleting()) return {};
  Resource going = *now;
  going.metadata.deletionTimestamp = store_.clock_.now();
  PROFFER_CHECK(write(std::move(going)));
  return {};
}

// ---- What waits for a row to go
// -----------------------------------------------------------------------------------

/// An owner that stays in the foreground goes on when the last object it owns is gone.
Result<void> SqliteResourceTransaction::releaseOwners(const Resource& gone) {
  std::vector<ResourceKey> owners;
  if (!gone.metadata.group.empty()) owners.push_back({"DatasetGroup", "", gone.metadata.group});
  for (const auto& reference : gone.metadata.ownerReferences) {
    owners.push_back({reference.kind, gone.metadata.group, reference.name});
    owners.push_back({reference.kind, "", reference.name});
  }
  for (const ResourceKey& key : owners) {
    const ResourcePointer owner = find(key);
    if (!owner || !owner->deleting() || !owns(*owner, gone)) continue;
    const auto& finalizers = owner->metadata.finalizers;
    if (std::find(finalizers.begin(), finalizers.end(), kForegroundFinalizer) == finalizers.end()) continue;
    bool ownsMore = false;
    store_.rows_.forEach({},
                         [&](const ResourcePointer& other) { ownsMore = ownsMore || owns(*owner, *other); });
    if (ownsMore) continue;
    Resource released = *owner;
    std::erase(released.metadata.finalizers, kForegroundFinalizer);
    PROFFER_CHECK(update(released));
  }
  return {};
}

ResourcePointer SqliteResourceTransaction::blocker(const ResourceKey& key) const {
  if (auto same = find(key)) return same;
  if (key.group.empty()) return nullptr;
  if (auto group = find({"DatasetGroup", "", key.group}); group && group->deleting()) return group;
  if (!isServable(key.kind)) return nullptr;
  for (const char* kind : {"Recommender", "Campaign", "Experiment"})
    if (auto other = find({kind, key.group, key.name})) return other;
  return nullptr;
}

Result<void> SqliteResourceTransaction::createUnblocked(const Resource& gone) {
  std::vector<ResourcePointer> candidates;
  const bool isGroup = gone.kind == "DatasetGroup";
  for (const ResourcePointer& waiting : allQueued()) {
    const Metadata& m = waiting->metadata;
    const bool sameName = m.group == gone.metadata.group && m.name == gone.metadata.name;
    if (sameName || (isGroup && m.group == gone.metadata.name)) candidates.push_back(waiting);
  }
  // In the order of kinds: a group comes before what is in it.
  for (const ResourcePointer& candidate : candidates) {
    if (blocker(candidate->key())) continue;
    PROFFER_CHECK(unqueue(candidate->key()));
    PROFFER_CHECK(create(*candidate));
  }
  return {};
}

Result<void> SqliteResourceTransaction::queue(Resource resource) {
  const ResourceKey key = resource.key();
  const std::string body = dumpJson(toJson(resource));
  PROFFER_CHECK(
      connection_.run("INSERT INTO queued_resource(kind, grp, name, body, checksum) VALUES(?, ?, ?, ?, ?) "
                      "ON CONFLICT DO UPDATE SET body = excluded.body, checksum = excluded.checksum",
                      key.kind, key.group, key.name, body, rowChecksum(key.kind, key.group, key.name, body)));
  queuedWrites_.push_back(store_.queued_.stage(key, std::make_shared<const Resource>(std::move(resource))));
  return {};
}

Result<void> SqliteResourceTransaction::unqueue(const ResourceKey& key) {
  if (!queued(key)) return {};
  PROFFER_CHECK(connection_.run("DELETE FROM queued_resource WHERE kind = ? AND grp = ? AND name = ?",
                                key.kind, key.group, key.name));
  queuedWrites_.push_back(store_.queued_.stage(key, nullptr));
  return {};
}

ResourcePointer SqliteResourceTransaction::queued(const ResourceKey& key) const {
  return store_.queued_.find(key);
}

std::vector<ResourcePointer> SqliteResourceTransaction::allQueued() const {
  std::vector<ResourcePointer> found;
  store_.queued_.forEach({}, [&](const ResourcePointer& resource) { found.push_back(resource); });
  return found;
}

}  // namespace proffer::store
