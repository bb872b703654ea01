// What the handlers of operations are given, and what they do in common: finding what an ARN names, creating
// and changing through admission, and remembering what was sent.
//
// A Request belongs to one call and its thread.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "controller/store/control_store.h"
#include "controller/wire/service_model.h"
#include "controller/wire/world.h"
#include "manifests/resource.h"

namespace proffer::wire {

struct Request {
  store::ControlStore& store;
  World& world;
  const ModelOperation& operation;
  const Json& input;  ///< checked against the model: types, required members, limits
  Time now;

  std::string text(std::string_view name) const { return stringMember(input, name); }
  bool has(std::string_view name) const { return !member(input, name).is_null(); }
};

using Handler = Result<Json> (*)(Request& request);

/// kNotFound "Resource Arn ... does not exist." unless the member's ARN is that of an object of this kind.
Result<const Resource*> named(Request& request, std::string_view kind, std::string_view memberName);
tl::unexpected<Error> noSuchArn(std::string_view arn);
/// kInUse unless its status is ACTIVE.
Result<void> requireActive(Request& request, const Resource& resource);

/// "arn:aws:personalize:<region>:<account>:<suffix>" beside another ARN of this server.
std::string arnWith(std::string_view suffix);

/// Creates the object that the operation made of its input, under the ARN with this suffix: fills in
/// defaults, checks its spec (kInvalidInput), remembers what was sent, takes the tags as labels.
Result<Resource> create(Request& request, Resource resource, std::string_view arnSuffix);
/// Writes a changed spec, and remembers the request as the latest update if `asUpdate`.
Result<Resource> change(Request& request, Resource resource, bool asUpdate);

/// A new resource of `kind` in the group that `parent` belongs to (or is).
Resource fresh(std::string_view kind, const Resource* parent, std::string name, Json spec);

/// What was sent when the object was made or last changed through this protocol: the member of that request,
/// null if there is none or the spec was changed by another hand since.
Json asSent(const Resource& resource, std::string_view name);
/// The same of members that the spec does not hold (roleArn): whatever the spec says now.
Json kept(const Resource& resource, std::string_view name);
/// The record of the latest update: {"time", "generation", "request"}; null: none.
Json latestUpdate(const Resource& resource);

/// Milliseconds since 1970 as the service writes times: seconds with a fraction (W8).
Json timeJson(Time time);

}  // namespace proffer::wire
