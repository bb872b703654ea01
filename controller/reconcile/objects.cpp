#include "controller/reconcile/objects.h"

#include "manifests/kind_table.h"

namespace proffer::reconcile {

namespace {
constexpr size_t kRememberedGone = 50'000;
}

bool Event::changesWhatItIs() const {
  if (!before || !after) return true;
  const Metadata &a = before->metadata, &b = after->metadata;
  return a.uid != b.uid || a.generation != b.generation || a.deletionTimestamp != b.deletionTimestamp;
}

Result<void> Objects::load() {
  PROFFER_TRY(store::ResourceList list, store_.list({}));
  std::vector<Event> events;
  {
    std::unique_lock lock(mutex_);
    std::set<std::string> present;
    for (const Resource& resource : list.items) present.insert(resource.metadata.uid);
    std::vector<std::pair<ResourceKey, std::string>> absent;
    for (const auto& [key, entry] : entries_) {
      const auto& metadata = entry.resource->metadata;
      if (!present.contains(metadata.uid) && metadata.resourceVersion <= list.resourceVersion)
        absent.emplace_back(key, metadata.uid);
    }
    for (const auto& [key, uid] : absent) drop(key, uid, events);
    for (Resource& resource : list.items)
      put(std::make_shared<const Resource>(std::move(resource)), true, events);
  }
  since_ = list.resourceVersion;
  tell(events);
  return {};
}

Result<size_t> Objects::follow(Time deadline) {
  PROFFER_TRY(store::ChangeBatch batch, store_.watchInternal(since_, deadline));
  std::vector<Event> events;
  {
    std::unique_lock lock(mutex_);
    for (store::Change& change : batch.changes) {
      if (change.type == store::ChangeType::kDeleted) {
        drop(change.resource.key(), change.resource.metadata.uid, events);
      } else {
        put(std::make_shared<const Resource>(std::move(change.resource)), false, events);
      }
    }
  }
  since_ = batch.resourceVersion;
  tell(events);
  return batch.changes.size();
}

void Objects::put(Handle resource, bool initial, std::vector<Event>& events) {
  const ResourceKey key = resource->key();
  if (gone_.contains(resource->metadata.uid)) return;
  Entry& entry = entries_[key];
  if (entry.resource && entry.resource->metadata.resourceVersion >= resource->metadata.resourceVersion)
    return;
  Event event{.before = entry.resource, .after = std::move(resource), .initial = initial};
  if (event.before) index(key, entry, false);
  // References only change with the spec, and finding them walks the kind's table.
  const bool sameSpec = event.before && event.before->metadata.uid == event.after->metadata.uid &&
                        event.before->metadata.generation == event.after->metadata.generation;
  if (!sameSpec) entry.references = referencesOf(*event.after);
  entry.resource = event.after;
  index(key, entry, true);
  events.push_back(std::move(event));
}

void Objects::drop(const ResourceKey& key, const std::string& uid, std::vector<Event>& events) {
  if (gone_.insert(uid).second) {
    goneOrder_.push_back(uid);
    if (goneOrder_.size() > kRememberedGone) {
      gone_.erase(goneOrder_.front());
      goneOrder_.pop_front();
    }
  }
  const auto entry = entries_.find(key);
  if (entry == entries_.end() || entry->second.resource->metadata.uid != uid) return;
  index(key, entry->second, false);
  events.push_back({.before = entry->second.resource, .after = nullptr});
  entries_.erase(entry);
}

void Objects::index(const ResourceKey& key, const Entry& entry, bool add) {
  const auto change = [&](auto& map, const auto& from) {
    if (add) {
      map[from].insert(key);
    } else if (const auto found = map.find(from); found != map.end()) {
      found->second.erase(key);
      if (found->second.empty()) map.erase(found);
    }
  };
  if (!key.group.empty()) change(byGroup_, key.group);
  for (const auto& owner : entry.resource->metadata.ownerReferences) change(byOwner_, owner.uid);
  for (const auto& reference : entry.references) change(referrers_, reference);
}

void Objects::tell(const std::vector<Event>& events) {
  if (!listener_) return;
  for (const Event& event : events) listener_(event);
}

Handle Objects::observe(Resource resource) {
  auto written = std::make_shared<const Resource>(std::move(resource));
  std::vector<Event> events;
  {
    std::unique_lock lock(mutex_);
    put(written, false, events);
  }
  tell(events);
  return written;
}

Handle Objects::get(const ResourceKey& key) const {
  std::shared_lock lock(mutex_);
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? nullptr : entry->second.resource;
}

std::vector<Handle> Objects::inGroup(const std::string& group) const {
  std::shared_lock lock(mutex_);
  std::vector<Handle> found;
  const auto keys = byGroup_.find(group);
  if (keys == byGroup_.end()) return found;
  for (const auto& key : keys->second) found.push_back(entries_.at(key).resource);
  return found;
}

std::vector<Handle> Objects::ofKind(std::string_view kind, const std::string& group) const {
  std::shared_lock lock(mutex_);
  std::vector<Handle> found;
  // Keys are ordered by kind, group, name: the wanted ones lie together.
  for (auto entry = entries_.lower_bound({std::string(kind), group, ""}); entry != entries_.end(); ++entry) {
    if (entry->first.kind != kind || entry->first.group != group) break;
    found.push_back(entry->second.resource);
  }
  return found;
}

std::vector<Handle> Objects::ownedBy(const std::string& uid) const {
  std::shared_lock lock(mutex_);
  std::vector<Handle> found;
  const auto keys = byOwner_.find(uid);
  if (keys == byOwner_.end()) return found;
  for (const auto& key : keys->second) found.push_back(entries_.at(key).resource);
  return found;
}

std::vector<ResourceKey> Objects::referrers(const ResourceKey& key) const {
  std::shared_lock lock(mutex_);
  const auto found = referrers_.find(key);
  if (found == referrers_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

size_t Objects::size() const {
  std::shared_lock lock(mutex_);
  return entries_.size();
}

Result<Handle> Objects::create(Resource resource) {
  PROFFER_TRY(Resource created, store_.create(std::move(resource)));
  return observe(std::move(created));
}

Result<Handle> Objects::update(const Resource& resource) {
  PROFFER_TRY(Resource updated, store_.update(resource));
  // Taking away the last finalizer of a dying object removes it: the watch tells that.
  if (updated.deleting() && updated.metadata.finalizers.empty())
    return std::make_shared<const Resource>(std::move(updated));
  return observe(std::move(updated));
}

Result<Handle> Objects::updateStatus(const Resource& resource) {
  PROFFER_TRY(Resource updated, store_.updateStatus(resource));
  return observe(std::move(updated));
}

Result<void> Objects::refresh(const ResourceKey& key) {
  auto current = store_.get(key);
  if (current) {
    observe(std::move(*current));
    return {};
  }
  // What is gone the watch tells, with the uid that went.
  if (current.error().code == ErrorCode::kNotFound) return {};
  return fail(std::move(current).error());
}

Result<void> Objects::remove(const ResourceKey& key) {
  auto removed = store_.remove(key);
  if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
  return removed;
}

}  // namespace proffer::reconcile
