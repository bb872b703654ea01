// The bounds on how much a group may hold, checked on the state that an apply would leave.
//
// For every group: one dataset of each type (DG-3), one event tracker (ET-1). For a group with `quotas: aws` also the documented limits
// (control-plane 7.1): 10 solutions, 5 campaigns, 5 recommenders, 30 filters, 1 metric
// attribution, 5 data deletions under way; and over all such groups 5 groups, 5 batch inference and 5 batch
// segment jobs under way. The limits of imports and trainings under way bind the jobs, not the objects.
// Schemas have no group to say which profile they are under, so their 500 are not counted.
#pragma once

#include <vector>

#include "controller/store/resource_store.h"

namespace proffer::store {

/// One error for each object of `added` (in its order) that goes beyond a bound. A group that changes to
/// `aws` is added as well.
std::vector<Error> checkQuotas(const ResourceTransaction& transaction, const std::vector<ResourceKey>& added);

}  // namespace proffer::store
