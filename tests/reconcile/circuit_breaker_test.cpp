// The circuit breaker on a simulated clock.
#include "controller/reconcile/circuit_breaker.h"

#include <catch2/catch.hpp>

namespace circuit_breaker_test {

using namespace proffer;
using namespace proffer::reconcile;
using namespace std::chrono_literals;
using Verdict = CircuitBreaker::Verdict;

TEST_CASE("an object that is reconciled too often is slowed, and freed when it calms down") {
  CircuitBreaker breaker;
  const ResourceKey key{"Dataset", "shop", "hot"};
  Time now = fromMicros(0);
  for (int i = 0; i < static_cast<int>(CircuitBreaker::kBurst); ++i)
    REQUIRE(breaker.ask(key, now).verdict == Verdict::kRun);
  const auto opened = breaker.ask(key, now);
  CHECK(opened.verdict == Verdict::kOpened);
  CHECK(opened.wait == CircuitBreaker::kSlowed);
  CHECK(breaker.ask(key, now + 1s).verdict == Verdict::kOpen);
  CHECK(breaker.ask({"Dataset", "shop", "cool"}, now).verdict == Verdict::kRun);

  SECTION("it still runs once in a while") {
    CHECK(breaker.ask(key, now + 10s).verdict == Verdict::kRun);
    CHECK(breaker.ask(key, now + 11s).verdict == Verdict::kOpen);
  }
  SECTION("after a calm while it is free again") {
    CHECK(breaker.ask(key, now + 60s).verdict == Verdict::kRun);
    CHECK(breaker.ask(key, now + 60s).verdict == Verdict::kRun);
  }
  SECTION("a new spec frees it at once") {
    breaker.forget(key);
    CHECK(breaker.ask(key, now).verdict == Verdict::kRun);
  }
}

TEST_CASE("a poll every ten seconds never opens it") {
  CircuitBreaker breaker;
  const ResourceKey key{"Dataset", "shop", "polled"};
  for (int i = 0; i < 10'000; ++i)
    REQUIRE(breaker.ask(key, fromMicros(0) + i * 10s).verdict == Verdict::kRun);
}

}  // namespace circuit_breaker_test
