// Configurations between the service's form, where numbers travel as strings, and the specs of resources.
//
// Pure; any thread. What is missing stays missing both ways.
#pragma once

#include <string>

#include "base/error.h"
#include "base/json.h"

namespace proffer::wire {

/// itemExplorationConfig to `exploration`: kInvalidInput for other keys and for what is no number.
Result<Json> explorationSpec(const Json& config);
Json explorationConfig(const Json& exploration);

/// trainingDataConfig into `excludedColumns` and `includedColumns` of the spec, and back.
void setTrainingData(Json& spec, const Json& config);
Json trainingDataConfig(const Json& spec);

/// solutionConfig, eventType and the perform... members of CreateSolution to the spec of a Solution (but for
/// its recipe). kInvalidInput with the member's path.
Result<Json> solutionSpec(const Json& input, const std::string& recipe);
/// eventsConfig to `events`.
Json eventsSpec(const Json& config);
/// solutionConfig as the spec of a Solution says it.
Json solutionConfig(const Json& spec);

/// "0.3", "30", "true": how values travel in string maps.
std::string valueText(const Json& value);

}  // namespace proffer::wire
