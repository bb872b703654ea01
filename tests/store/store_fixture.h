// What the store's tests share: small resources made by hand, and a store that can be reopened.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "controller/store/control_store.h"
#include "controller/store/files.h"
#include "controller/store/jobs.h"
#include "controller/store/journal.h"
#include "controller/store/resource_store.h"
#include "controller/store/routes.h"
#include "tests/io/temporary_directory.h"

namespace proffer::store {

using namespace std::chrono_literals;

inline Resource resource(const std::string& kind, const std::string& group, const std::string& name,
                         Json spec = Json::object()) {
  Resource made;
  made.kind = kind;
  made.metadata.group = group;
  made.metadata.name = name;
  made.spec = std::move(spec);
  return made;
}

inline Time testTime() {
  return fromMicros(1'700'000'000'000'000);
}

/// A store in a directory of its own.
struct StoredStore {
  StoredStore() { reopen(); }
  void reopen() {
    store.reset();
    auto opened = ControlStore::open(directory / "data", clock);
    INFO((opened ? "" : formatError(opened.error())));
    REQUIRE(opened);
    store = std::move(*opened);
  }
  ResourceStore& resources() { return store->resources(); }

  SimulatedClock clock{testTime()};
  TemporaryDirectory directory;
  std::unique_ptr<ControlStore> store;
};

/// Unwraps, or throws: not by an assertion, because those are for Catch2's own thread and these are not.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(formatError(result.error()));
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(formatError(result.error()));
}

/// Of a failure; throws when there is none.
template <class T>
ErrorCode codeOf(const Result<T>& result) {
  if (result) throw std::runtime_error("expected an error, but it succeeded");
  return result.error().code;
}

}  // namespace proffer::store
