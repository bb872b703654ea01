// What the story leads to when nothing goes wrong, and how another end is compared with it.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/crash/story.h"

namespace proffer::crash {

inline uint64_t numberFrom(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

inline const Time kStart = fromMicros(1'700'000'000'000'000);

/// What the story leads to when nothing happens.
struct Reference {
  std::vector<std::vector<std::string>> after;  ///< fingerprint of each step
  int64_t changes = 0;

  Reference() {
    SimulatedClock clock(kStart);
    io::SimulatedFileSystem files(clock);
    SimulatedServer server(files, clock);
    files.put("/sources/.keep", "");
    REQUIRE(server.start());
    for (const Step& step : story()) {
      step.outside(files);
      if (step.act) REQUIRE(step.act(server));
      const auto converged = server.converge();
      if (!converged) FAIL(step.name << ": " << formatError(converged.error()));
      after.push_back(server.fingerprint());
      CHECK(server.orphans() == std::vector<std::string>{});
    }
    server.stop();
    changes = files.changes();
  }
};

inline const Reference& reference() {
  static const Reference instance;
  return instance;
}

/// What one has and the other lacks.
inline std::string difference(const std::vector<std::string>& is, const std::vector<std::string>& should) {
  std::string text;
  for (const auto& line : is)
    if (std::count(should.begin(), should.end(), line) < std::count(is.begin(), is.end(), line))
      text += "\n+ " + line;
  for (const auto& line : should)
    if (std::count(is.begin(), is.end(), line) < std::count(should.begin(), should.end(), line))
      text += "\n- " + line;
  return text;
}

}  // namespace proffer::crash
