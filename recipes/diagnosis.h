// What a group's data can and cannot carry: how events are spread over users, items and time, what is
// missing, and what to do about it.
//
// Pure and deterministic; the users are looked at on all cores.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/progress.h"
#include "recipes/recipe.h"

namespace proffer::recipes {

struct Bar {
  std::string label;
  double value = 0;
};
struct BarChart {
  std::string name;   ///< "eventsPerUser"
  std::string title;  ///< "Events per user"
  std::string unit;   ///< "users", "events", "% of the events"
  std::vector<Bar> bars;
};

struct DiagnosisFinding {
  enum class Grade { kGood, kNotice, kProblem };
  Grade grade = Grade::kGood;
  std::string about;    ///< "ties in time"
  std::string message;  ///< what was found
  std::string remedy;   ///< what to do; empty if nothing is to be done
};

/// What a use case asks of the data.
struct UseCaseNeed {
  std::string name;
  std::vector<std::string> requiredEvents;     ///< one of them; empty: any event
  std::vector<std::string> recommendedEvents;  ///< better with them
  bool needsItems = false;
};
struct UseCaseState {
  std::string name;
  bool possible = false;
  int64_t events = 0;   ///< of the required types
  std::string message;  ///< what is missing, or would be better
};

struct Diagnosis {
  int64_t interactions = 0, users = 0, items = 0;
  int64_t firstTime = 0, lastTime = 0;        ///< epoch seconds; 0 without events
  std::map<std::string, int64_t> eventTypes;  ///< "" counts events without a type
  std::vector<BarChart> charts;
  std::vector<DiagnosisFinding> findings;  ///< problems first
  std::vector<UseCaseState> useCases;
};

/// `now`: epoch seconds. kCancelled.
Result<Diagnosis> diagnose(const TrainingInput& input, const std::vector<UseCaseNeed>& useCases, int64_t now,
                           Progress& progress);
Json toJson(const Diagnosis& diagnosis);

}  // namespace proffer::recipes
