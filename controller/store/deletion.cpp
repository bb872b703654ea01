#include "controller/store/deletion.h"

#include <algorithm>

#include "base/text.h"
#include "controller/store/routes.h"

namespace proffer::store {

namespace {

/// Who takes whom along: owns(), and a run goes with what it is a run of, whoever made it.
class Ownership {
 public:
  explicit Ownership(const ResourceTransaction& transaction) {
    for (const auto& resource : transaction.list({})) {
      const Metadata& m = resource->metadata;
      if (!m.group.empty()) owned_[{"DatasetGroup", "", m.group}].push_back(resource);
      for (const auto& reference : m.ownerReferences)
        for (const ResourceKey& key :
             {ResourceKey{reference.kind, m.group, reference.name}, {reference.kind, "", reference.name}})
          if (const auto owner = transaction.find(key); owner && owner->metadata.uid == reference.uid)
            owned_[key].push_back(resource);
      if (!isRun(*resource)) continue;
      for (const auto& key : referencesOf(*resource))
        if (key.group == m.group && transaction.find(key)) owned_[key].push_back(resource);
    }
  }
  const std::vector<ResourcePointer>& ownedBy(const ResourceKey& owner) const {
    static const std::vector<ResourcePointer> none;
    const auto found = owned_.find(owner);
    return found == owned_.end() ? none : found->second;
  }

 private:
  std::map<ResourceKey, std::vector<ResourcePointer>> owned_;
};

/// A batch job that has its result needs nothing of what it was made from.
bool isFinishedBatch(const Resource& resource) {
  const bool batch = resource.kind == "BatchInferenceJob" || resource.kind == "BatchSegmentJob";
  return batch && !resource.spec.contains("schedule") && isReady(resource);
}

bool hasFinalizer(const Resource& resource, std::string_view finalizer) {
  const auto& all = resource.metadata.finalizers;
  return std::find(all.begin(), all.end(), finalizer) != all.end();
}

}  // namespace

bool isRun(const Resource& resource) {
  return resource.kind == "SolutionVersion" || resource.kind == "DatasetImport" ||
         resource.kind == "DatasetExport" || resource.kind == "DataDeletion";
}

std::string namesOf(const std::vector<ResourcePointer>& resources) {
  constexpr size_t kShown = 10;
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(kShown, resources.size()); ++i)
    names.push_back(resources[i]->key().toString());
  std::string text = join(names, ", ");
  if (resources.size() > kShown) text += fmt::format(" and {} more", resources.size() - kShown);
  return text;
}

Result<void> requireHand(const Resource& resource, const std::string& manager) {
  const std::string& owner = resource.metadata.managedBy;
  if (owner.empty() || owner == manager) return {};
  std::string hint;
  if (owner.starts_with("set/"))
    hint = fmt::format("change it in the set's manifests and apply them with --set {}", owner.substr(4));
  else
    hint = "change it in the files that " + owner + " is kept in";
  return fail(makeError(ErrorCode::kForbidden, "{} belongs to {}", resource.key().toString(), owner)
                  .in("metadata.managedBy")
                  .hinting(hint));
}

std::vector<ResourcePointer> goingWith(const ResourceTransaction& transaction,
                                       const std::vector<ResourceKey>& keys) {
  std::vector<ResourcePointer> going;
  std::set<ResourceKey> known;
  const auto take = [&](const ResourcePointer& resource) {
    if (resource && known.insert(resource->key()).second) going.push_back(resource);
  };
  for (const auto& key : keys) take(transaction.find(key));
  if (going.empty()) return going;
  const Ownership ownership(transaction);
  for (size_t i = 0; i < going.size(); ++i)
    for (const auto& owned : ownership.ownedBy(going[i]->key())) take(owned);
  return going;
}

std::vector<ResourcePointer> referrersOf(const ResourceTransaction& transaction,
                                         const std::vector<ResourcePointer>& going, bool strict) {
  std::set<ResourceKey> keys;
  for (const auto& resource : going) keys.insert(resource->key());
  std::vector<ResourcePointer> referrers;
  for (const auto& other : transaction.list({})) {
    if (keys.count(other->key()) != 0 || isFinishedBatch(*other) || (other->deleting() && !strict)) continue;
    const auto references = referencesOf(*other);
    if (std::any_of(references.begin(), references.end(),
                    [&](const auto& key) { return keys.count(key) != 0; }))
      referrers.push_back(other);
  }
  return referrers;
}

namespace {

/// What was queued in place of something that goes, or in a group that goes, is not wanted any more.
Result<void> forgetQueued(ResourceTransaction& transaction, const std::vector<ResourcePointer>& going) {
  std::set<ResourceKey> keys;
  for (const auto& resource : going) keys.insert(resource->key());
  for (const auto& waiting : transaction.allQueued()) {
    const bool inGroup = keys.count({"DatasetGroup", "", waiting->metadata.group}) != 0;
    if (inGroup || keys.count(waiting->key()) != 0) PROFFER_CHECK(transaction.unqueue(waiting->key()));
  }
  return {};
}

Result<void> changeBeforeMarking(ResourceTransaction& transaction, const ResourceKey& key,
                                 const std::function<void(Metadata&)>& change) {
  Resource changed = *transaction.find(key);
  change(changed.metadata);
  PROFFER_TRY([[maybe_unused]] const auto written, transaction.update(changed));
  return {};
}

}  // namespace

Result<void> markDeleted(ResourceTransaction& transaction, const std::vector<ResourcePointer>& going) {
  PROFFER_CHECK(forgetQueued(transaction, going));
  const Ownership ownership(transaction);
  // An owner is kept by what it takes along, and knows it by uid.
  for (const auto& owner : going) {
    const auto& owned = ownership.ownedBy(owner->key());
    if (owned.empty()) continue;
    if (!hasFinalizer(*owner, kForegroundFinalizer))
      PROFFER_CHECK(changeBeforeMarking(
          transaction, owner->key(), [](Metadata& m) { m.finalizers.emplace_back(kForegroundFinalizer); }));
    for (const auto& other : owned)
      if (!owns(*owner, *transaction.find(other->key())))
        PROFFER_CHECK(changeBeforeMarking(transaction, other->key(), [&](Metadata& m) {
          m.ownerReferences.push_back({owner->kind, owner->metadata.name, owner->metadata.uid});
        }));
  }
  // Owners first; what has no finalizers goes at once, and may let an owner go that was marked before.
  for (const auto& resource : going) {
    const auto now = transaction.find(resource->key());
    if (now && now->metadata.uid == resource->metadata.uid) PROFFER_CHECK(transaction.remove(now->key()));
  }
  return {};
}

namespace {

Result<std::vector<ResourceKey>> rootsOf(ResourceTransaction& transaction,
                                         const std::vector<ResourceKey>& keys, const DeleteOptions& options) {
  std::vector<ResourceKey> roots;
  for (const auto& key : keys) {
    const ResourcePointer now = transaction.find(key);
    if (!now && transaction.queued(key)) {
      PROFFER_CHECK(transaction.unqueue(key));
      continue;
    }
    if (!now) return fail(ErrorCode::kNotFound, "{} does not exist", key.toString());
    if (options.ifVersion && *options.ifVersion != now->metadata.resourceVersion)
      return fail(ErrorCode::kConflict,
                  "{} was changed meanwhile (version {}, not {}): read it again and retry", key.toString(),
                  now->metadata.resourceVersion, *options.ifVersion);
    // What is going already only gives up what was queued in its place.
    if (now->deleting())
      PROFFER_CHECK(forgetQueued(transaction, goingWith(transaction, {key})));
    else
      roots.push_back(key);
  }
  return roots;
}

std::string verb(const std::vector<ResourcePointer>& going, size_t given) {
  return given == 1 ? going.front()->key().toString() + " is" : "objects to be deleted are";
}

}  // namespace

std::vector<ResourceKey> deleteTogether(ResourceTransaction& transaction,
                                        const std::vector<ResourceKey>& keys, const DeleteOptions& options,
                                        std::vector<Error>& errors) {
  const auto roots = rootsOf(transaction, keys, options);
  if (!roots) {
    errors.push_back(roots.error());
    return {};
  }
  if (roots->empty()) return keys;
  const auto going = goingWith(transaction, *roots);
  const size_t before = errors.size();
  for (const auto& resource : going)
    if (auto allowed = requireHand(*resource, options.manager); !allowed) errors.push_back(allowed.error());
  std::vector<ResourcePointer> held;
  for (size_t i = roots->size(); i < going.size(); ++i)
    if (!isRun(*going[i])) held.push_back(going[i]);
  if (!options.cascade && !held.empty())
    errors.push_back(
        makeError(ErrorCode::kInUse, "{} not empty: it holds {}", verb(going, roots->size()), namesOf(held))
            .hinting("delete those first"));
  const auto referrers = referrersOf(transaction, going, !options.cascade);
  if (!referrers.empty())
    errors.push_back(
        makeError(ErrorCode::kInUse, "{} used by {}", verb(going, roots->size()), namesOf(referrers))
            .hinting("delete or change those first"));
  if (errors.size() > before) return {};
  if (auto marked = markDeleted(transaction, going); !marked) errors.push_back(marked.error());
  std::vector<ResourceKey> gone = keys;
  for (const auto& resource : going)
    if (std::find(keys.begin(), keys.end(), resource->key()) == keys.end()) gone.push_back(resource->key());
  return gone;
}

namespace {

// Whether some replica answers with the version, or is about to. One that none could load is served by
// nobody.
Result<bool> isServed(ControlStore& store, const Route& route) {
  PROFFER_TRY(const auto reports, store.routes().loaded(route.group, route.name));
  for (const auto& [replica, report] : reports)
    if (report.error.empty() || report.revision < route.revision || report.version == route.version)
      return true;
  return reports.empty();
}

// A version that answers requests stays, whoever asks: nobody refers to it by a spec, but its route does.
Result<void> refuseServedVersions(ControlStore& store, const std::vector<ResourceKey>& keys) {
  const auto goes = [&](const ResourceKey& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (const auto& key : keys) {
    if (key.kind != "SolutionVersion") continue;
    PROFFER_TRY(const RouteTable table, store.routes().read());
    for (const auto& route : table.routes) {
      const ResourceKey server{route.kind, route.group, route.name};
      if (route.group != key.group || route.version != key.name || goes(server) ||
          goes({"DatasetGroup", "", key.group}))
        continue;
      PROFFER_TRY(const bool served, isServed(store, route));
      if (!served) continue;
      return fail(makeError(ErrorCode::kInUse, "{} is what {} serves", key.toString(), server.toString())
                      .hinting("let it serve another version, or delete it, first"));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<ResourceKey>> deleteResources(ControlStore& store, const std::vector<ResourceKey>& keys,
                                                 const DeleteOptions& options) {
  PROFFER_CHECK(refuseServedVersions(store, keys));
  std::vector<ResourceKey> gone;
  const auto version = store.resources().transact([&](ResourceTransaction& transaction) -> Result<void> {
    std::vector<Error> errors;
    gone = deleteTogether(transaction, keys, options, errors);
    if (!errors.empty()) return fail(errors.front());
    if (options.dryRun) transaction.discard();
    return {};
  });
  if (!version) return fail(version.error());
  return gone;
}

Result<std::vector<ResourceKey>> deleteResource(ControlStore& store, const ResourceKey& key,
                                                const DeleteOptions& options) {
  return deleteResources(store, {key}, options);
}

Result<std::vector<ResourceKey>> dependentsOf(ControlStore& store, const ResourceKey& key) {
  std::vector<ResourceKey> dependents;
  const auto version = store.resources().transact([&](ResourceTransaction& transaction) -> Result<void> {
    transaction.discard();
    if (!transaction.find(key)) return fail(ErrorCode::kNotFound, "{} does not exist", key.toString());
    for (const auto& other : referrersOf(transaction, goingWith(transaction, {key}), false))
      dependents.push_back(other->key());
    return {};
  });
  if (!version) return fail(version.error());
  return dependents;
}

}  // namespace proffer::store
