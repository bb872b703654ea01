// Holds a request's body against the service's model: types, required members, lengths, ranges, words and
// patterns (control-plane 1.2). Clients check little, so all of it is checked here (W16, W18).
//
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "controller/wire/service_model.h"

namespace proffer::wire {

struct InputProblems {
  std::string
      wrongType;  ///< a value of a type that cannot be read at all (SerializationException); empty: none
  std::vector<std::string> violations;  ///< in the service's words, each with its path
};

/// Members that the model does not know are ignored, null counts as absent (W5).
InputProblems checkInput(const Shape& shape, const Json& body);

/// "2 validation errors detected: ...; ...", or "" if there are none.
std::string violationText(const std::vector<std::string>& violations);

/// `value` with those members only that the shape knows, and without nulls, at every depth.
Json knownPart(const Shape& shape, const Json& value);

}  // namespace proffer::wire
