// The resources as rows: optimistic concurrency by resourceVersion, and a watch.
//
// Any thread. A Resource given to create or update must be normalised (manifests/kind_table.h); this layer knows
// nothing of fields. Writers of spec go through update(), reconcilers through updateStatus(); neither can touch the
// other's half.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "manifests/resource.h"

namespace proffer::store {

struct ListOptions {
  std::string kind;                           ///< empty: all kinds
  std::optional<std::string> group;           ///< absent: all groups
  std::map<std::string, std::string> labels;  ///< all must match
  std::optional<std::string> managedBy;
};

struct ResourceList {
  std::vector<Resource> items;   ///< by kind (table order), group, name
  int64_t resourceVersion = 0;   ///< of the store when the list was read: watch from here
};

enum class ChangeType { kAdded, kModified, kDeleted };
struct Change {
  ChangeType type = ChangeType::kModified;
  Resource resource;             ///< as it is now; for kDeleted: as it last was
};
struct ChangeBatch {
  std::vector<Change> changes;   ///< in the order of resourceVersion, one per object (the latest)
  int64_t resourceVersion = 0;   ///< continue from here
};

class ResourceStore {
 public:
  virtual ~ResourceStore() = default;

  virtual Result<Resource> get(const ResourceKey& key) = 0;  ///< kNotFound
  virtual Result<ResourceList> list(const ListOptions& options) = 0;

  /// Stamps uid, generation 1, creation time, ARN. kAlreadyExists.
  virtual Result<Resource> create(Resource resource) = 0;
  /// Replaces spec, labels, annotations, managedBy, owner references and finalizers; generation grows if spec differs.
  /// metadata.resourceVersion must be current, or 0 for "whatever it is"; else kConflict. Writing what is there
  /// already changes nothing and takes no number. Removing the last finalizer of an object that is being deleted
  /// removes the object.
  virtual Result<Resource> update(const Resource& resource) = 0;
  /// Replaces status only, under the same rules for resourceVersion.
  virtual Result<Resource> updateStatus(const Resource& resource) = 0;
  /// Sets deletionTimestamp, or removes the row at once if there are no finalizers. Idempotent. kNotFound, kConflict.
  /// Admission (who refers to it) is checked by store/admission.h, not here.
  virtual Result<void> remove(const ResourceKey& key, std::optional<int64_t> ifVersion = std::nullopt) = 0;

  /// What changed after `since`, waiting until `deadline` for a first change (an empty batch then). kGone if the
  /// changes since then are no longer known: list again. kLimitExceeded if 64 watches are waiting already.
  /// kUnavailable once interruptWatches() was called.
  virtual Result<ChangeBatch> watch(int64_t since, const ListOptions& options, Time deadline) = 0;
  /// For the controller itself: not counted among the 64.
  virtual Result<ChangeBatch> watchInternal(int64_t since, Time deadline) = 0;
  /// Ends all waiting watches, and later ones at once: for shutting down.
  virtual void interruptWatches() = 0;
  virtual int64_t currentVersion() = 0;
};

}  // namespace proffer::store
