// Creating one object by a call of its own, as the service's protocol does: it succeeds or is refused at
// once, and is never queued.
#include "controller/store/admission.h"
#include "controller/store/quotas.h"

namespace proffer::store {
namespace {

Result<void> checkFree(const ResourceTransaction& transaction, const Resource& resource) {
  const ResourceKey key = resource.key();
  const std::string& arn = resource.metadata.arn;
  ListOptions sameKind;
  sameKind.kind = resource.kind;
  for (const auto& other : transaction.list(sameKind))
    if (!arn.empty() && other->metadata.arn == arn)
      return fail(ErrorCode::kAlreadyExists, "Another resource with Arn {} already exists.", arn);
  const ResourcePointer blocker = transaction.blocker(key);
  if (blocker && blocker->deleting())
    return fail(ErrorCode::kInUse, "{} is being deleted", blocker->key().toString());
  const ResourcePointer taken = blocker ? blocker : transaction.find(key);
  if (taken)
    return fail(ErrorCode::kAlreadyExists, "{}: its name is taken by {}, which has the Arn {}",
                key.toString(), taken->key().toString(), taken->metadata.arn);
  if (transaction.queued(key))
    return fail(ErrorCode::kAlreadyExists, "{} is declared in a manifest and waits to be created",
                key.toString());
  return {};
}

}  // namespace

Result<Resource> createResource(ControlStore& store, Resource resource) {
  ResourcePointer made;
  const auto version = store.resources().transact([&](ResourceTransaction& transaction) -> Result<void> {
    PROFFER_CHECK(checkFree(transaction, resource));
    PROFFER_TRY(made, transaction.create(resource));
    const auto errors = checkQuotas(transaction, {made->key()});
    if (!errors.empty()) return fail(errors.front());
    return {};
  });
  if (!version) return fail(version.error());
  return *made;
}

}  // namespace proffer::store
