// Who may talk to the server: only this machine unless a token is asked for, and then only who has it.
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

/// Whether the two are equal, in a time that does not depend on where they differ.
bool equalSecrets(std::string_view a, std::string_view b);

/// kUnauthorized unless `authorization` is "Bearer <token>". An empty token asks for nothing.
Result<void> checkToken(std::string_view authorization, std::string_view token);

}  // namespace proffer::http
