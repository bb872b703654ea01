// What is declared and has no route to be answered by. Any thread.
#pragma once

#include <string>

#include "base/error.h"
#include "controller/store/control_store.h"

namespace proffer::serving {

/// For a name that has no route: if an object of that name is there, which condition it has and what to do
/// (kUnavailable, or kNotImplemented if that is the condition); else `otherwise`.
Error whyUnserved(store::ControlStore& store, const std::string& group, const std::string& name,
                  Error otherwise);

}  // namespace proffer::serving
