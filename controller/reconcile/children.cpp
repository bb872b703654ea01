#include "controller/reconcile/children.h"

#include "base/hash.h"
#include "controller/reconcile/reconciler.h"
#include "manifests/kind_table.h"

namespace proffer::reconcile {

namespace {
constexpr size_t kLongestName = 63;
}

std::string childName(std::string_view owner, std::string_view suffix) {
  if (owner.size() + 1 + suffix.size() <= kLongestName) return fmt::format("{}-{}", owner, suffix);
  const std::string unique = hashHex(hash64(owner)).substr(0, 8);
  return fmt::format("{}-{}-{}", owner.substr(0, kLongestName - 2 - suffix.size() - unique.size()), unique,
                     suffix);
}

Resource childOf(const Resource& owner, std::string_view kind, std::string name, Json spec) {
  Resource child;
  child.kind = kind;
  child.metadata.name = std::move(name);
  child.metadata.group = owner.metadata.group.empty() ? owner.metadata.name : owner.metadata.group;
  child.metadata.ownerReferences = {{owner.kind, owner.metadata.name, owner.metadata.uid}};
  child.metadata.finalizers = {std::string(kCleanUpFinalizer)};
  child.spec = std::move(spec);
  return child;
}

Result<Handle> createChild(Objects& objects, Resource child) {
  const ResourceKey key = child.key();
  if (auto errors = normalize(child); !errors.empty())
    return fail(ErrorCode::kInternal, "cannot make {}: {}", key.toString(), formatError(errors.front()));
  const auto owners = child.metadata.ownerReferences;
  auto created = objects.create(std::move(child));
  if (created || created.error().code != ErrorCode::kAlreadyExists) return created;
  PROFFER_CHECK(objects.refresh(key));
  Handle present = objects.get(key);
  if (!present) return fail(ErrorCode::kConflict, "{} was there and went", key.toString());
  if (present->metadata.ownerReferences != owners)
    return fail(ErrorCode::kAlreadyExists,
                "{} exists already and belongs to somebody else; delete or rename it", key.toString());
  return present;
}

Result<bool> jobStopped(store::Jobs& jobs, const std::string& ownerUid, std::string_view type) {
  PROFFER_TRY(const auto job, jobs.latest(ownerUid, type));
  if (!job || job->finished) return true;
  PROFFER_CHECK(jobs.requestCancel(ownerUid));
  PROFFER_TRY(const auto after, jobs.latest(ownerUid, type));
  return !after || after->finished.has_value();
}

}  // namespace proffer::reconcile
