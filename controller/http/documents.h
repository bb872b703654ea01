// Reading what requests say of resources, shared by the handlers. Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "controller/http/call.h"
#include "controller/store/admission.h"
#include "controller/store/resource_store.h"
#include "manifests/kind_table.h"
#include "manifests/reader.h"

namespace proffer::http {

/// The key that a path with {plural}, {name} and perhaps {group} names. kNotFound for an unknown kind,
/// kInvalidInput for a grouped kind without a group and the other way round, saying the right path.
Result<ResourceKey> keyFromPath(const Call& call);

/// What `kind`, `group`, `labelSelector` and `managedBy` of path and query select.
Result<store::ListOptions> selectionOf(const Call& call);

/// "a=b,c=d" as a map; kInvalidInput for anything but equality.
Result<std::map<std::string, std::string>> parseLabelSelector(std::string_view text);

/// One resource from a JSON or YAML body, not normalised. Kind, group and name may be left out of JSON and
/// must otherwise be the key's. `all` receives every error of a YAML body.
Result<Resource> resourceFromBody(const Call& call, const ResourceKey& key, std::vector<Error>& all);

/// Whose hand it is, by `set` of the query; empty if it names none.
Result<std::string> managerOf(const Call& call);
/// `set`, `prune`, `allowPruneAll`, `dryRun`, `replace` of the query.
Result<store::ApplyOptions> applyOptionsOf(const Call& call);

/// kInvalidInput, with the nearest name, unless `object` is an object with no other members than `known`.
Result<void> checkMembers(const Json& object, std::span<const std::string> known);

Json keyJson(const ResourceKey& key);
Json changesJson(const std::vector<FieldChange>& changes);

}  // namespace proffer::http
