// Checks a value against a JSON schema, as far as /openapi.json uses them. A keyword that is not known here
// is a fault of its own, so that nothing is silently left unchecked.
//
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace proffer::http {

/// What is wrong, each with the path in the value; empty if nothing is. References are looked up in `root`.
std::vector<std::string> schemaFaults(const Json& root, const Json& schema, const Json& value);

/// What the description says of an answer with this status and body: faults, empty if it is as described. The
/// route is found by method and path; unknown paths must answer with an error in their style.
std::vector<std::string> answerFaults(const Json& openApi, const std::string& method, const std::string& path,
                                      int status, const std::string& contentType, const std::string& body);

}  // namespace proffer::http
