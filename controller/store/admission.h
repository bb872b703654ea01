// Admission: every rule about who may create, change and delete objects, for all hands alike (HTTP, a
// manifest directory, a Git source, the SDK protocol).
//
// Any thread. A set is applied as one transaction: all of it or, when anything is refused, nothing. A dry run
// does the same and leaves nothing, so its answer is what apply would do.
//
// Ownership: an object of a set (metadata.managedBy) is changed and deleted by that set only; an object of
// nobody's is adopted by the set that declares it. Applying what is there already is nobody's offence.
// Deletion: what refers to an object blocks it; what it owns goes along (owns(), and the runs of it:
// SolutionVersion, DatasetImport, DatasetExport, DataDeletion), all marked in one transaction. Objects
// without finalizers are gone then; one that takes others along stays until they are gone
// (proffer/foreground). A reconciler that finalizes finds what is still there with ResourceStore::ownedBy().
// What is being deleted or is a finished batch job blocks nothing. Re-creation: what is applied while the old
// object, its group or another holder of its name is being deleted is queued, and created when that is gone.
// Deleting drops what was queued.
#pragma once

#include <string>
#include <vector>

#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"
#include "manifests/kind_table.h"

namespace proffer::store {

enum class ApplyAction { kCreated, kConfigured, kUnchanged, kPruned, kRecreated };
std::string_view applyActionName(ApplyAction action);  ///< "created", "configured", ...

struct ApplyOptions {
  std::string manager;         ///< who does it: "set/NAME", "manifests/NAME", "git/NAME"; empty: nobody's set
  bool prune = false;          ///< delete what the manager owns and the set no longer holds
  bool allowPruneAll = false;  ///< without it a prune that leaves nothing the manager owned is refused
  bool dryRun = false;
  bool replace = false;  ///< an immutable field that changed: delete and create again, instead of refusing
};

struct ApplyOutcome {
  ResourceKey key;
  ApplyAction action = ApplyAction::kUnchanged;
  std::vector<FieldChange> changes = {};  ///< for kConfigured and kRecreated
  std::string message = {};               ///< for people: what it waits for, if it is queued
};

struct ApplyResult {
  std::vector<ApplyOutcome> outcomes;  ///< in the order given, then the pruned ones
  int64_t resourceVersion = 0;
};

/// Applies normalised resources. A resourceVersion or uid that a resource carries must be the object's
/// (kConflict). An error names the object and field that was refused (immutable fields, another set's object,
/// a name taken by another kind of the same name space, a second dataset of a type, the group's quotas); the
/// result's error is the first, `all` (if given) gets every one.
Result<ApplyResult> applySet(ControlStore& store, const std::vector<Resource>& resources,
                             const ApplyOptions& options, std::vector<Error>* all = nullptr);

/// Creates one normalised object that must not be there yet, as nobody's, under the ARN that its metadata has
/// (else the one that manifests get). kAlreadyExists: its ARN or its name is taken; kInUse: what has its
/// name, or its group, is being deleted; kLimitExceeded: the group's quotas.
Result<Resource> createResource(ControlStore& store, Resource resource);

struct DeleteOptions {
  std::string manager;  ///< as in ApplyOptions
  std::optional<int64_t> ifVersion;
  bool cascade = true;  ///< owned objects go too; false (the SDK): refused (kInUse) if there are any but runs
  bool dryRun = false;
};

/// Deletes one object: kInUse if others refer to it that do not go along, naming them; kForbidden if it or
/// what goes along is another set's. Returns the keys that are going (the object first). Idempotent while it
/// is going.
Result<std::vector<ResourceKey>> deleteResource(ControlStore& store, const ResourceKey& key,
                                                const DeleteOptions& options);

/// Several at once: what refers to one of them and goes as well blocks nothing, so their order does not
/// matter.
Result<std::vector<ResourceKey>> deleteResources(ControlStore& store, const std::vector<ResourceKey>& keys,
                                                 const DeleteOptions& options);

/// Who refers to `key` by its spec and would be broken by its deletion.
Result<std::vector<ResourceKey>> dependentsOf(ControlStore& store, const ResourceKey& key);

}  // namespace proffer::store
