// What the tables say to people and editors. Pure functions over the tables; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace proffer {

/// The text of `proffer explain KIND[.field[.field]]`. kNotFound with the nearest name.
Result<std::string> explain(std::string_view path);
/// One JSON schema (draft 2020-12) for all kinds, for editors.
Json manifestSchema();
/// The whole of docs/manifests.md.
std::string manifestReference();

}  // namespace proffer
