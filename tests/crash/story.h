// What a user does in the crash tests: a shop and a streaming service are declared, fed, changed and deleted.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/crash/simulated_server.h"

namespace proffer::crash {

struct Step {
  std::string name;
  /// Changes the sources: done by somebody else, before the step.
  std::function<void(io::SimulatedFileSystem&)> outside;
  /// What the user asks of the server; asked again after a crash. May be absent.
  std::function<Result<void>(SimulatedServer&)> act;
};

/// In order. Each may be repeated.
const std::vector<Step>& story();

}  // namespace proffer::crash
