// A control plane over a store in memory.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "controller/store/control_store.h"
#include "controller/wire/control_plane.h"
#include "settle.h"

namespace proffer::wire {

struct Plane {
  SimulatedClock clock{*parseTime("2026-01-02T03:04:05.678Z")};
  std::unique_ptr<store::ControlStore> store = emptyStore(clock);

  static std::unique_ptr<store::ControlStore> emptyStore(Clock& clock) {
    auto opened = store::ControlStore::openInMemory(clock);
    REQUIRE(opened);
    return std::move(*opened);
  }

  Answer raw(const std::string& operation, const std::string& body) {
    return answer(*store, "AmazonPersonalize." + operation, body);
  }
  /// The answer's body; the operation must succeed.
  Json ask(const std::string& operation, const Json& body = Json::object()) {
    const Answer answered = raw(operation, dumpJson(body));
    INFO(operation << " " << dumpJson(body) << " -> " << dumpJson(answered.body));
    REQUIRE(answered.status == 200);
    return answered.body;
  }
  /// The error's type; the operation must fail.
  std::string refused(const std::string& operation, const Json& body) {
    const Answer answered = raw(operation, dumpJson(body));
    INFO(operation << " " << dumpJson(body) << " -> " << dumpJson(answered.body));
    CHECK(answered.status == 400);
    CHECK(stringMember(answered.body, "__type") == answered.errorType);
    message = stringMember(answered.body, "message");
    return answered.errorType;
  }
  std::string message;  ///< of the last refusal

  /// Every object becomes Ready, runs have succeeded.
  void settle() { settleAll(*store, clock); }
  /// Objects that are being deleted are gone.
  void collect() { collectAll(*store); }
};

}  // namespace proffer::wire
