// Errors on the wire, in both styles. Pure functions; any thread.
//
// Native: {"error": {"type", "message", "field", "position", "hint", "requestId"}, "errors": [...]}, the list
// only when there is more than one. Service (spec data-plane 2.9, 7.4): {"__type", "message"} and the header
// x-amzn-ErrorType.
#pragma once

#include <span>
#include <string>

#include "controller/http/call.h"

namespace proffer::http {

int statusOf(ErrorCode code);

/// The name and status by which SDK clients know an error.
struct ServiceError {
  std::string_view type;
  int status;
};
ServiceError serviceErrorOf(const Error& error);

/// `status` 0: what the first error's code says. `errors` is not empty.
Reply errorReply(Style style, std::span<const Error> errors, const std::string& requestId, int status = 0);
Reply errorReply(Style style, const Error& error, const std::string& requestId, int status = 0);
/// The same under another service type, "SerializationException" or "UnknownOperationException".
Reply serviceReply(std::string_view type, std::string_view message, int status);

}  // namespace proffer::http
