// Time zones by their names in the IANA database, from the system's data; they are kept once read. Pure but
// for that; any thread.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "base/error.h"

namespace proffer {

/// "UTC", "Europe/Berlin". kInvalidInput: there is no such zone; kNotFound: this system has no time zones but
/// UTC.
Result<absl::TimeZone> timeZoneNamed(const std::string& name);

}  // namespace proffer
