// An Error as JSON: how servers send it, clients read it, and rows keep it. Pure functions; any thread.
#pragma once

#include "base/error.h"
#include "base/json.h"

namespace proffer {

/// {"type", "message", "field", "position": {"file", "line", "column"}, "hint", "sourceLine"}; what is empty
/// is left out.
Json toJson(const Error& error);
/// Reads what toJson writes. Members that are missing or of another type are left empty; never fails.
Error errorFromJson(const Json& json);

}  // namespace proffer
