// Which host names are this machine's own: where nothing is asked for, only requests for these are answered.
//
// Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace proffer::http {

/// Whether a Host header names this machine: localhost or a loopback address, with any port. A page of
/// another site that made its own name point here (DNS rebinding) sends that name.
bool isLoopbackHost(std::string_view hostHeader);

}  // namespace proffer::http
