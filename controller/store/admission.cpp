#include "controller/store/admission.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "controller/store/deletion.h"
#include "controller/store/quotas.h"

namespace proffer::store {

std::string_view applyActionName(ApplyAction action) {
  constexpr std::array<std::string_view, 5> kNames{"created", "configured", "unchanged", "pruned",
                                                   "recreated"};
  return kNames[static_cast<size_t>(action)];
}

namespace {

/// By the controller, which makes it again if it is wanted.
bool isMade(const Resource& resource) {
  return !resource.metadata.ownerReferences.empty() || isRun(resource);
}

Error about(const ResourceKey& key, Error error) {
  error.message = key.toString() + ": " + error.message;
  return error;
}

/// One apply inside its transaction. The steps follow each other in run(); each collects all errors it finds.
class Admission {
 public:
  Admission(ResourceTransaction& transaction, const std::vector<Resource>& resources,
            const ApplyOptions& options)
      : transaction_(transaction), resources_(resources), options_(options) {}

  void run() {
    checkSet();
    noteOwned();
    if (!errors_.empty()) return;
    replaceImmutable();
    if (!errors_.empty()) return;
    for (const Resource& resource : resources_) apply(resource);
    if (options_.prune && errors_.empty()) prune();
    if (!errors_.empty()) return;
    for (Error& error : checkQuotas(transaction_, added_)) errors_.push_back(std::move(error));
  }

  std::vector<Error> errors_;
  std::vector<ApplyOutcome> outcomes_;

 private:
  void checkSet();
  void noteOwned();
  void replaceImmutable();
  void replace(const ResourcePointer& now, const Resource& wanted);
  void apply(const Resource& resource);
  void configure(const ResourcePointer& now, const Resource& wanted);
  void createOrQueue(const Resource& wanted);
  void enqueue(const Resource& wanted, const ResourcePointer& blocker);
  bool willBePruned(const Resource& resource) const;
  void prune();
  bool sparesOthers(const std::vector<ResourceKey>& keys);
  std::vector<ResourceKey> noLongerDeclared();

  bool check(const ResourceKey& key, const Result<void>& result) {
    if (!result) errors_.push_back(about(key, result.error()));
    return result.has_value();
  }
  template <class T>
  bool check(const ResourceKey& key, const Result<T>& result) {
    if (!result) errors_.push_back(about(key, result.error()));
    return result.has_value();
  }

  ResourceTransaction& transaction_;
  const std::vector<Resource>& resources_;
  const ApplyOptions& options_;
  std::set<ResourceKey> declared_;
  std::vector<ResourceKey> ownedBefore_;
  std::map<ResourceKey, std::vector<FieldChange>> replaced_;
  std::vector<ResourceKey> added_;
};

/// Nothing twice, and no two of the shared name space under one name.
void Admission::checkSet() {
  std::map<std::pair<std::string, std::string>, ResourceKey> servable;
  for (const Resource& resource : resources_) {
    const ResourceKey key = resource.key();
    if (!declared_.insert(key).second) {
      errors_.push_back(
          makeError(ErrorCode::kInvalidInput, "{} is declared twice in the set", key.toString()));
      continue;
    }
    if (!isServable(key.kind)) continue;
    const auto [taken, isNew] = servable.emplace(std::pair(key.group, key.name), key);
    if (!isNew)
      errors_.push_back(
          makeError(ErrorCode::kAlreadyExists, "{} has the name of {} in the same set", key.toString(),
                    taken->second.toString())
              .in("metadata.name")
              .hinting("recommenders, campaigns and experiments of a group share one name space"));
  }
  if (options_.prune && options_.manager.empty())
    errors_.push_back(
        makeError(ErrorCode::kInvalidInput, "only a named set can be pruned").hinting("name it with --set"));
}

void Admission::noteOwned() {
  if (!options_.prune) return;
  ListOptions owned;
  owned.managedBy = options_.manager;
  for (const auto& resource : transaction_.list(owned))
    if (!resource->deleting()) ownedBefore_.push_back(resource->key());
}

// ---- Immutable fields

/// All of them before anything else is written: what a replaced group takes along is then created again like
/// new.
void Admission::replaceImmutable() {
  for (const Resource& wanted : resources_) {
    const ResourcePointer now = transaction_.find(wanted.key());
    if (!now || now->deleting()) continue;
    auto frozen = checkImmutable(*now, wanted);
    if (frozen.empty()) continue;
    if (options_.replace) {
      replace(now, wanted);
      continue;
    }
    for (Error& error : frozen) {
      error.hint += error.hint.empty() ? "" : "; ";
      error.hint += "or apply with --replace, which deletes it with all it owns and creates it again";
      errors_.push_back(about(wanted.key(), std::move(error)));
    }
  }
}

void Admission::replace(const ResourcePointer& now, const Resource& wanted) {
  const ResourceKey key = wanted.key();
  if (!check(key, requireHand(*now, options_.manager))) return;
  const auto going = goingWith(transaction_, {key});
  std::vector<ResourcePointer> lost;
  for (const auto& resource : going)
    if (declared_.count(resource->key()) == 0 && !isMade(*resource)) lost.push_back(resource);
  if (!lost.empty()) {
    errors_.push_back(makeError(ErrorCode::kInUse,
                                "{}: replacing it would delete {}, which the set does not declare",
                                key.toString(), namesOf(lost))
                          .hinting("declare those in the set, or delete them first"));
    return;
  }
  replaced_[key] = differences(*now, wanted);
  for (const auto& resource : going) replaced_.emplace(resource->key(), std::vector<FieldChange>{});
  check(key, markDeleted(transaction_, going));
}

// ---- One object

void Admission::apply(const Resource& resource) {
  Resource wanted = resource;
  wanted.metadata.managedBy = options_.manager;
  const ResourcePointer now = transaction_.find(wanted.key());
  const Metadata& given = resource.metadata;
  const bool stale =
      given.resourceVersion != 0 && (!now || now->metadata.resourceVersion != given.resourceVersion);
  const bool other = !given.uid.empty() && (!now || now->metadata.uid != given.uid);
  if ((stale || other) && replaced_.count(wanted.key()) == 0) {
    errors_.push_back(makeError(ErrorCode::kConflict, "{} was changed meanwhile: read it again and retry",
                                wanted.key().toString())
                          .in("metadata.resourceVersion"));
    return;
  }
  if (now && !now->deleting())
    configure(now, wanted);
  else
    createOrQueue(wanted);
}

void Admission::configure(const ResourcePointer& now, const Resource& wanted) {
  const ResourceKey key = wanted.key();
  auto changes = differences(*now, wanted);
  const bool mine = now->metadata.managedBy.empty() || now->metadata.managedBy == options_.manager;
  if (!mine && (!changes.empty() || !options_.manager.empty())) {
    errors_.push_back(requireHand(*now, options_.manager).error());
    return;
  }
  const bool adopted = mine && now->metadata.managedBy != options_.manager;
  if (adopted) changes.push_back({"metadata.managedBy", Json(), options_.manager});
  if (changes.empty()) {
    outcomes_.push_back({key, ApplyAction::kUnchanged});
    return;
  }
  Resource next = *now;
  next.spec = wanted.spec;
  next.metadata.labels = wanted.metadata.labels;
  next.metadata.annotations = wanted.metadata.annotations;
  next.metadata.managedBy = options_.manager;
  if (!check(key, transaction_.update(next))) return;
  // A group that goes over to a stricter profile is held to it with all it has.
  if (key.kind == "DatasetGroup" &&
      stringMember(now->spec, "quotas") != stringMember(wanted.spec, "quotas")) {
    added_.push_back(key);
    ListOptions members;
    members.group = key.name;
    for (const auto& member : transaction_.list(members)) added_.push_back(member->key());
  }
  outcomes_.push_back({key, ApplyAction::kConfigured, std::move(changes)});
}

void Admission::createOrQueue(const Resource& wanted) {
  const ResourceKey key = wanted.key();
  Resource fresh;
  fresh.kind = wanted.kind;
  fresh.spec = wanted.spec;
  fresh.metadata.name = key.name;
  fresh.metadata.group = key.group;
  fresh.metadata.labels = wanted.metadata.labels;
  fresh.metadata.annotations = wanted.metadata.annotations;
  fresh.metadata.managedBy = wanted.metadata.managedBy;
  if (const auto blocker = transaction_.blocker(key)) {
    enqueue(fresh, blocker);
    return;
  }
  if (!check(key, transaction_.create(std::move(fresh)))) return;
  added_.push_back(key);
  const auto replaced = replaced_.find(key);
  if (replaced == replaced_.end())
    outcomes_.push_back({key, ApplyAction::kCreated});
  else
    outcomes_.push_back({key, ApplyAction::kRecreated, replaced->second});
}

void Admission::enqueue(const Resource& wanted, const ResourcePointer& blocker) {
  const ResourceKey key = wanted.key();
  const std::string blocking = blocker->key().toString();
  if (!blocker->deleting() && !willBePruned(*blocker)) {
    errors_.push_back(
        makeError(ErrorCode::kAlreadyExists, "{}: its name is taken by {}", key.toString(), blocking)
            .in("metadata.name")
            .hinting("recommenders, campaigns and experiments of a group share one name space"));
    return;
  }
  const std::string message = "created again when " + blocking + " is deleted";
  const auto waiting = transaction_.queued(key);
  if (waiting && differences(*waiting, wanted).empty() &&
      waiting->metadata.managedBy == wanted.metadata.managedBy) {
    outcomes_.push_back({key, ApplyAction::kUnchanged, {}, message});
    return;
  }
  if (!check(key, transaction_.queue(wanted))) return;
  added_.push_back(key);
  const auto replaced = replaced_.find(key);
  outcomes_.push_back({key, ApplyAction::kRecreated,
                       replaced == replaced_.end() ? std::vector<FieldChange>{} : replaced->second, message});
}

// ---- Pruning

bool Admission::willBePruned(const Resource& resource) const {
  return options_.prune && resource.metadata.managedBy == options_.manager &&
         declared_.count(resource.key()) == 0;
}

std::vector<ResourceKey> Admission::noLongerDeclared() {
  std::vector<ResourceKey> keys;
  for (const auto& key : ownedBefore_)
    if (declared_.count(key) == 0) keys.push_back(key);
  return keys;
}

// A group takes along what is in it: nothing that the set still declares, and nothing of other hands.
bool Admission::sparesOthers(const std::vector<ResourceKey>& keys) {
  const std::set<ResourceKey> owned(ownedBefore_.begin(), ownedBefore_.end());
  std::vector<ResourcePointer> declared, foreign;
  for (const auto& resource : goingWith(transaction_, keys)) {
    if (resource->deleting()) continue;
    if (declared_.count(resource->key()) != 0)
      declared.push_back(resource);
    else if (owned.count(resource->key()) == 0 && !isMade(*resource))
      foreign.push_back(resource);
  }
  const auto refuse = [&](const std::vector<ResourcePointer>& lost, std::string_view why, std::string hint) {
    if (lost.empty()) return;
    errors_.push_back(
        makeError(ErrorCode::kInUse, "pruning would delete {}, which {}", namesOf(lost), why).hinting(hint));
  };
  refuse(declared, "the set declares", "declare what they belong to as well, or take them out of the set");
  refuse(foreign, options_.manager + " does not own",
         "delete those first, or what they belong to by its name (proffer delete)");
  return declared.empty() && foreign.empty();
}

void Admission::prune() {
  for (const auto& waiting : transaction_.allQueued()) {
    if (!willBePruned(*waiting)) continue;
    if (check(waiting->key(), transaction_.unqueue(waiting->key())))
      outcomes_.push_back({waiting->key(), ApplyAction::kPruned});
  }
  const auto keys = noLongerDeclared();
  if (keys.empty()) return;
  if (keys.size() == ownedBefore_.size() && !options_.allowPruneAll) {
    errors_.push_back(
        makeError(ErrorCode::kForbidden, "pruning would delete everything that {} owns ({} objects)",
                  options_.manager, keys.size())
            .hinting("check that the right files were given; if it is meant, say --allow-prune-all"));
    return;
  }
  if (!sparesOthers(keys)) return;
  DeleteOptions deletion;
  deletion.manager = options_.manager;
  for (const auto& key : deleteTogether(transaction_, keys, deletion, errors_))
    outcomes_.push_back({key, ApplyAction::kPruned});
}

}  // namespace

Result<ApplyResult> applySet(ControlStore& store, const std::vector<Resource>& resources,
                             const ApplyOptions& options, std::vector<Error>* all) {
  ApplyResult applied;
  std::vector<Error> errors;
  const auto version = store.resources().transact([&](ResourceTransaction& transaction) -> Result<void> {
    Admission admission(transaction, resources, options);
    admission.run();
    errors = std::move(admission.errors_);
    applied.outcomes = std::move(admission.outcomes_);
    if (!errors.empty()) return fail(errors.front());
    if (options.dryRun) transaction.discard();
    return {};
  });
  if (all != nullptr) *all = errors;
  if (!version) return fail(version.error());
  applied.resourceVersion = options.dryRun ? store.resources().currentVersion() : *version;
  return applied;
}

}  // namespace proffer::store
