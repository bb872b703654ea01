// Looks up what stands on the right side of a test: literals, placeholders, NOW, CurrentItem and CurrentUser.
// Pure; any thread.
#pragma once

#include "base/error.h"
#include "dsl/evaluate.h"
#include "dsl/plan.h"

namespace proffer::dsl::detail {

/// Whether it is the same for every request.
bool isFixed(const Operand& operand);

/// `items` may be null if no operand is of CurrentItem. kInvalidInput for placeholders (F35, F36).
Result<RightSide> rightSideOf(const Part& test, const ItemIndex* items, const Situation& situation);

/// The elements of a text as the field holds them: split at `|` if it is multi-valued, none if there are
/// none.
std::vector<std::string_view> elementsOf(const PlanField& field, std::string_view text);
/// The number of a number or boolean field; NaN if it does not parse.
double numberOf(const PlanField& field, std::string_view text);

}  // namespace proffer::dsl::detail
