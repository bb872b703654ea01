// Objects that reconcilers create: named after what they are for, owned by whom they serve.
// Any thread.
#pragma once

#include <string>
#include <string_view>

#include "controller/reconcile/objects.h"
#include "controller/store/jobs.h"

namespace proffer::reconcile {

/// "<owner>-<suffix>"; an owner's name too long for that is cut and made unique by a hash.
std::string childName(std::string_view owner, std::string_view suffix);

/// A new object of `kind` in the owner's group (the owner itself may be a group), with owner reference and
/// finalizer.
Resource childOf(const Resource& owner, std::string_view kind, std::string name, Json spec);

/// Fills in defaults and creates it. The one that is there already if it has the same owner: creating is
/// idempotent.
Result<Handle> createChild(Objects& objects, Resource child);

/// Asks the unfinished job of an object to stop. True once none is left.
Result<bool> jobStopped(store::Jobs& jobs, const std::string& ownerUid, std::string_view type);

}  // namespace proffer::reconcile
