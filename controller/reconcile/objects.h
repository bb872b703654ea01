// The controller's own copy of all resources, kept current by the store's watch and by its own writes, and
// the one way in which reconcilers write. Reading is memory only, so that a reconciler may ask about a
// thousand others.
//
// Any thread. What always holds: a copy never goes back to an older resourceVersion, and never comes back
// once its object was seen to be gone. Every move forward is told to the listener exactly once, whoever
// brought it. A copy may lag behind the store: a write based on it then fails with kConflict and is simply
// done again.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "controller/store/resource_store.h"
#include "manifests/resource.h"

namespace proffer::reconcile {

using Handle = std::shared_ptr<const Resource>;

/// One object before and after; `before` null: new; `after` null: gone. `initial`: part of the first listing.
struct Event {
  Handle before;
  Handle after;
  bool initial = false;
  const Resource& any() const { return after ? *after : *before; }
  /// Whether it is new, gone, another one of that name, being deleted, or has another spec: what those that
  /// name it look at when they do not care how it stands.
  bool changesWhatItIs() const;
};

class Objects {
 public:
  explicit Objects(store::ResourceStore& store) : store_(store) {}
  /// Called for every move forward, by the thread that brought it, with no lock held. Set before load().
  void onEvent(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

  /// Lists everything; also after a gap in the watch. Objects that are no longer there are told as gone.
  Result<void> load();
  /// Takes in what changed since, waiting until `deadline` for a first change. Returns how many objects
  /// changed.
  Result<size_t> follow(Time deadline);

  Handle get(const ResourceKey& key) const;  ///< null: not there, as far as is known
  std::vector<Handle> inGroup(const std::string& group) const;
  std::vector<Handle> ofKind(std::string_view kind, const std::string& group) const;  ///< by name
  std::vector<Handle> ownedBy(const std::string& uid) const;                          ///< by key
  /// Who names `key` in its spec.
  std::vector<ResourceKey> referrers(const ResourceKey& key) const;
  size_t size() const;

  Result<Handle> create(Resource resource);
  Result<Handle> update(const Resource& resource);
  Result<Handle> updateStatus(const Resource& resource);
  /// Marks for deletion (or removes); the copy follows with the watch. Fine if it is gone already.
  Result<void> remove(const ResourceKey& key);
  /// Reads one object from the store, after a conflict said that the copy is behind.
  Result<void> refresh(const ResourceKey& key);
  store::ResourceStore& store() { return store_; }

 private:
  struct Entry {
    Handle resource;
    std::vector<ResourceKey> references;
  };

  void put(Handle resource, bool initial, std::vector<Event>& events);
  void drop(const ResourceKey& key, const std::string& uid, std::vector<Event>& events);
  void index(const ResourceKey& key, const Entry& entry, bool add);
  Handle observe(Resource resource);
  void tell(const std::vector<Event>& events);

  store::ResourceStore& store_;
  std::function<void(const Event&)> listener_;

  mutable std::shared_mutex mutex_;
  std::map<ResourceKey, Entry> entries_;
  std::map<std::string, std::set<ResourceKey>> byGroup_;
  std::map<std::string, std::set<ResourceKey>> byOwner_;
  std::map<ResourceKey, std::set<ResourceKey>> referrers_;
  std::unordered_set<std::string> gone_;  // uids, so that a late answer to an own write does not revive them
  std::deque<std::string> goneOrder_;
  int64_t since_ = 0;  // only the following thread
};

}  // namespace proffer::reconcile
