// What goes when objects are deleted, and what stands against it. Inside a transaction; see admission.h for
// the rules.
#pragma once

#include <set>
#include <vector>

#include "controller/store/admission.h"

namespace proffer::store {

/// One run of something else: it goes with that, whoever made it.
bool isRun(const Resource& resource);

/// kForbidden if another set than `manager` owns it.
Result<void> requireHand(const Resource& resource, const std::string& manager);

/// `keys` and all that goes along, the given ones first. Keys that are not there are left out.
std::vector<ResourcePointer> goingWith(const ResourceTransaction& transaction,
                                       const std::vector<ResourceKey>& keys);

/// Who, not being in `going`, refers to something in it. `strict`: also those that are being deleted
/// themselves.
std::vector<ResourcePointer> referrersOf(const ResourceTransaction& transaction,
                                         const std::vector<ResourcePointer>& going, bool strict);

/// Marks all of `going` deleted, in one transaction, and forgets what was queued in their place.
Result<void> markDeleted(ResourceTransaction& transaction, const std::vector<ResourcePointer>& going);

/// Checks and marks: what deleteResource does. Errors about each object go to `errors`.
std::vector<ResourceKey> deleteTogether(ResourceTransaction& transaction,
                                        const std::vector<ResourceKey>& keys, const DeleteOptions& options,
                                        std::vector<Error>& errors);

/// "Campaign/shop/a, Campaign/shop/b and 3 more".
std::string namesOf(const std::vector<ResourcePointer>& resources);

}  // namespace proffer::store
