// Filters looked at from outside of a recommendation: checked, and tried out on a group's items. Any thread.
#pragma once

#include "controller/serving/engine.h"
#include "controller/serving/served_table.h"

namespace proffer::serving {

/// REQUIRES group.catalogue.
Result<FilterCheck> checkFilter(const ServedGroup& group, const std::string& expression,
                                const std::string& dialect);
/// REQUIRES group.catalogue.
Result<FilterOutcome> tryFilter(const ServedGroup& group, const FilterTrial& trial, Time now);

}  // namespace proffer::serving
