// Whether a value passes a test, once the right side is known. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

#include "dsl/plan.h"

namespace proffer::dsl::detail {

/// `left`: the elements of a text field, none for null.
bool passesTexts(const Part& test, const RightSide& right, std::span<const std::string_view> left);
/// `left`: a number or boolean field, NaN for null.
bool passesNumber(const Part& test, const RightSide& right, double left);
/// Whether a null passes.
bool passesNull(const Part& test, const RightSide& right);

}  // namespace proffer::dsl::detail
