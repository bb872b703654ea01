// A hand that plays the controller: it writes the conditions that reconcilers would.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "base/clock.h"
#include "controller/store/control_store.h"
#include "controller/store/resource_store.h"

namespace proffer::wire {

/// A second later every object is Ready, and runs have succeeded.
inline void settleAll(store::ControlStore& store, SimulatedClock& clock) {
  clock.advance(std::chrono::seconds(1));
  const auto list = store.resources().list({});
  REQUIRE(list);
  for (Resource resource : list->items) {
    if (resource.deleting()) continue;
    for (const char* run : {"DatasetImport", "DatasetExport", "SolutionVersion", "DataDeletion"})
      if (resource.kind == run)
        resource.status["run"] = {{"state", "Succeeded"},
                                  {"started", formatTime(resource.metadata.creationTimestamp)},
                                  {"finished", formatTime(clock.now())}};
    if (resource.kind == "SolutionVersion") resource.status["metrics"] = {{"coverage", 0.5}};
    setCondition(resource, kReady, ConditionStatus::kTrue, "Available", "", clock.now());
    REQUIRE(store.resources().updateStatus(resource));
  }
}

/// Objects that are being deleted are gone.
inline void collectAll(store::ControlStore& store) {
  for (int round = 0; round < 5; ++round) {
    const auto list = store.resources().list({});
    REQUIRE(list);
    for (Resource resource : list->items) {
      if (!resource.deleting()) continue;
      resource.metadata.finalizers.clear();
      (void)store.resources().update(resource);
    }
  }
}

inline const std::string kInteractions =
    R"({"type":"record","name":"Interactions","namespace":"com.amazonaws.personalize.schema","fields":[)"
    R"({"name":"USER_ID","type":"string"},{"name":"ITEM_ID","type":"string"},)"
    R"({"name":"EVENT_TYPE","type":["null","string"]},{"name":"TIMESTAMP","type":"long"}],"version":"1.0"})";

}  // namespace proffer::wire
