// What the personalize dialect does not have of the grammar, and what order errors are told in. Pure; any
// thread.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "dsl/syntax.h"

namespace proffer::dsl {

/// Everything in the tree that only the extended dialect has (F1, F3, F4, F12, F14, F19, F20, 1.3), but for
/// grouping parentheses, which leave no trace in it. In no particular order.
std::vector<Error> personalizeErrors(const Filter& filter, std::string_view text);

/// By position, one error a place; at most 20.
void sortErrors(std::vector<Error>& errors);

}  // namespace proffer::dsl
