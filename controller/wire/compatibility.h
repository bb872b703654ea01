// docs/compatibility.md: what of the service's three protocols is answered, written from the table of
// operations and the service's model. Pure; any thread.
#pragma once

#include <string>

namespace proffer::wire {

std::string compatibilityDocument();

}  // namespace proffer::wire
