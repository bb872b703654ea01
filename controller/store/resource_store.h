// The resources as rows: optimistic concurrency by resourceVersion, and a watch.
//
// Any thread. A Resource given to create or update must be normalised (manifests/kind_table.h); this layer
// knows nothing of fields. Writers of spec go through update(), reconcilers through updateStatus(); neither
// can touch the other's half. All resources are held in memory as well, so reading costs no SQL; what is read
// was committed.
//
// Finalizers keep the row of a deleted object until whoever put them has finished:
//   proffer/cleanup     put by create() on the kinds that needsCleanup() names; removed by the kind's
//   reconciler, in
//                       an update() of the deleting object, once files, jobs and routes of the object are
//                       gone.
//   proffer/foreground  put by admission on a deleted object that takes others along; removed by this store,
//   in the
//                       transaction that removes the last object owned by it. Reconcilers leave it alone.
// The row goes with the last finalizer, in the same transaction.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "manifests/resource.h"

namespace proffer::store {

inline constexpr std::string_view kCleanupFinalizer = "proffer/cleanup";
inline constexpr std::string_view kForegroundFinalizer = "proffer/foreground";

/// DatasetGroup, Dataset, its runs, DataDeletion, Solution, SolutionVersion, Recommender, Campaign: what leaves
/// something behind.
bool needsCleanup(std::string_view kind);
/// Recommender, Campaign and Experiment answer under GROUP/NAME: one name space.
bool isServable(std::string_view kind);
/// Whether `owned` goes when `owner` goes: it names the owner's uid, or the owner is the DatasetGroup it
/// belongs to.
bool owns(const Resource& owner, const Resource& owned);

struct ListOptions {
  std::string kind;                           ///< empty: all kinds
  std::optional<std::string> group;           ///< absent: all groups
  std::map<std::string, std::string> labels;  ///< all must match
  std::optional<std::string> managedBy;
};

struct ResourceList {
  std::vector<Resource> items;  ///< by kind (table order), group, name
  int64_t resourceVersion = 0;  ///< of the store when the list was read: watch from here
};

enum class ChangeType { kAdded, kModified, kDeleted };
struct Change {
  ChangeType type = ChangeType::kModified;
  Resource resource;  ///< as it is now; for kDeleted: as it last was
};
/// The difference between the list (with the same options) at `since` and the list now. An object is told by
/// its uid: one that was deleted and created again under its name gives kDeleted for the old one and kAdded
/// for the new; one that came and went in between gives nothing; one that left the options' filter gives
/// kDeleted, as it is now.
struct ChangeBatch {
  std::vector<Change> changes;  ///< in the order of resourceVersion, one per object (the latest)
  int64_t resourceVersion = 0;  ///< continue from here
};

using ResourcePointer = std::shared_ptr<const Resource>;

/// Several reads and writes that become visible and durable together, or not at all. It sees its own writes.
/// The meaning of each call is that of ResourceStore's. One thread; lives only while its function runs.
class ResourceTransaction {
 public:
  virtual ~ResourceTransaction() = default;
  virtual ResourcePointer find(const ResourceKey& key) const = 0;  ///< nullptr if there is none
  virtual std::vector<ResourcePointer> list(const ListOptions& options) const = 0;
  virtual Result<ResourcePointer> create(Resource resource) = 0;
  virtual Result<ResourcePointer> update(const Resource& resource) = 0;
  virtual Result<ResourcePointer> updateStatus(const Resource& resource) = 0;
  virtual Result<void> remove(const ResourceKey& key, std::optional<int64_t> ifVersion = std::nullopt) = 0;

  /// An object that cannot be created before another has finished being deleted waits in a queue of its own,
  /// which get, list and watch do not show. It is created as soon as blocker() has nothing to say, in the
  /// transaction that removes the last blocking row. Queueing a key again replaces what waits.
  virtual Result<void> queue(Resource resource) = 0;
  virtual Result<void> unqueue(const ResourceKey& key) = 0;
  virtual ResourcePointer queued(const ResourceKey& key) const = 0;
  virtual std::vector<ResourcePointer> allQueued() const = 0;
  /// What must be gone before an object of this key can be created: the old one of that key, its DatasetGroup
  /// if that is being deleted, another kind that has its name in the shared name space. Nothing: it can be
  /// created.
  virtual ResourcePointer blocker(const ResourceKey& key) const = 0;

  virtual int64_t resourceVersion() const = 0;  ///< after what this transaction wrote
  /// Nothing of this transaction will remain, though it returns success: for a dry run.
  virtual void discard() = 0;
};

class ResourceStore {
 public:
  static constexpr size_t kWaitingWatches = 64;
  static constexpr size_t kRememberedChanges = 10'000;
  virtual ~ResourceStore() = default;

  virtual Result<Resource> get(const ResourceKey& key) = 0;  ///< kNotFound
  virtual Result<ResourceList> list(const ListOptions& options) = 0;

  /// Stamps uid, generation 1, creation time, ARN, and the cleanup finalizer if the kind needs it.
  /// kAlreadyExists.
  virtual Result<Resource> create(Resource resource) = 0;
  /// Replaces spec, labels, annotations, managedBy, owner references and finalizers; generation grows if spec
  /// differs. metadata.resourceVersion must be current, or 0 for "whatever it is"; else kConflict. A uid that
  /// is given must be the object's (kConflict: it was deleted and created again meanwhile). Writing what is
  /// there already changes nothing and takes no number. Removing the last finalizer of an object that is
  /// being deleted removes the object.
  virtual Result<Resource> update(const Resource& resource) = 0;
  /// Replaces status only, under the same rules for resourceVersion.
  virtual Result<Resource> updateStatus(const Resource& resource) = 0;
  /// Sets deletionTimestamp, or removes the row at once if there are no finalizers. Idempotent. kNotFound,
  /// kConflict. Admission (who refers to it) is checked by store/admission.h, not here.
  virtual Result<void> remove(const ResourceKey& key, std::optional<int64_t> ifVersion = std::nullopt) = 0;

  /// Runs `work` in one transaction, and returns the store's version after it. All or nothing: an error of
  /// `work` is returned and leaves nothing. `work` may run on another thread while the caller waits, holds up
  /// every other writer and must not call the store except through its transaction.
  virtual Result<int64_t> transact(const std::function<Result<void>(ResourceTransaction&)>& work) = 0;
  /// The objects that `owns` says go with it.
  virtual std::vector<ResourcePointer> ownedBy(const Resource& owner) = 0;

  /// What changed after `since`, waiting until `deadline` for a first change (an empty batch then). kGone if
  /// the changes since then are no longer known (the last kRememberedChanges are, since the store was
  /// opened): list again. kLimitExceeded if 64 watches are waiting already. kUnavailable once
  /// interruptWatches() was called.
  virtual Result<ChangeBatch> watch(int64_t since, const ListOptions& options, Time deadline) = 0;
  /// For the controller itself: not counted among the 64.
  virtual Result<ChangeBatch> watchInternal(int64_t since, Time deadline) = 0;
  /// Ends all waiting watches, and later ones at once: for shutting down.
  virtual void interruptWatches() = 0;
  virtual int64_t currentVersion() = 0;
};

}  // namespace proffer::store
