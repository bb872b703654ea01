// Admission: every rule about who may create, change and delete objects, for all hands alike (HTTP, a
// manifest directory, a Git source, the SDK protocol).
//
// Any thread. A set is applied as one transaction: all of it or, when anything is refused, nothing.
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
  std::string manager;  ///< who does it: "set/NAME", "manifests/NAME", "git/NAME"; empty: nobody's set
  bool prune = false;   ///< delete what the manager owns and the set no longer holds
  bool allowPruneAll =
      false;  ///< without it a prune that would delete everything the manager owns is refused
  bool dryRun = false;
  bool replace = false;  ///< an immutable field that changed: delete and create again, instead of refusing
};

struct ApplyOutcome {
  ResourceKey key;
  ApplyAction action = ApplyAction::kUnchanged;
  std::vector<FieldChange> changes;  ///< for kConfigured and kRecreated
};

struct ApplyResult {
  std::vector<ApplyOutcome> outcomes;  ///< in the order given, then the pruned ones
  int64_t resourceVersion = 0;
};

/// Applies normalised resources. An error names the object and field that was refused (immutable fields,
/// another set's object, a name taken by another kind of the same name space, the group's quotas); `errors`
/// of the result's unexpected side hold the first, `all` (if given) every one.
Result<ApplyResult> applySet(ControlStore& store, const std::vector<Resource>& resources,
                             const ApplyOptions& options, std::vector<Error>* all = nullptr);

enum class Cascade { kBackground, kForeground, kRefuse };

struct DeleteOptions {
  std::string manager;  ///< as in ApplyOptions
  std::optional<int64_t> ifVersion;
  bool cascade = true;  ///< owned objects go too; false (the SDK): refused if there are any
  bool dryRun = false;
};

/// Deletes one object: kInUse if others refer to it that are not owned by it, naming them; a DatasetGroup
/// takes all it owns along, in order. Returns the keys that are going (the object first).
Result<std::vector<ResourceKey>> deleteResource(ControlStore& store, const ResourceKey& key,
                                                const DeleteOptions& options);

/// Who refers to `key` by its spec and would be broken by its deletion.
Result<std::vector<ResourceKey>> dependentsOf(ControlStore& store, const ResourceKey& key);

}  // namespace proffer::store
