// The values of placeholders: the request's filterValues (1.6). Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace proffer::dsl {

/// Placeholder name without $ (case counts) -> its values as text. Names the filter does not use are ignored
/// (F38).
using Parameters = std::map<std::string, std::vector<std::string>, std::less<>>;

/// One value of filterValues: `"comedy","drama"` -> comedy, drama (F34); bare words and numbers split at
/// commas, blanks around them dropped (F35); a comma within quotes belongs to the value (F39); \" \' and
/// \\ are escapes within quotes. kInvalidInput if it is longer than 1000 characters, has no value, or an
/// empty bare one, an open quote, or text after a closing one.
Result<std::vector<std::string>> parseParameter(std::string_view text);

/// All of them; kInvalidInput also for more than 25 entries or a name that is not 1..50 of [A-Za-z0-9_]
/// (F33). Errors have the field "filterValues.NAME".
Result<Parameters> parseParameters(const std::map<std::string, std::string>& filterValues);

}  // namespace proffer::dsl
