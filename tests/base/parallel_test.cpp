#include "base/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

namespace parallel_test {

using namespace proffer;

TEST_CASE("a parallel loop runs every index once, from several callers and nested") {
  std::vector<std::atomic<int>> seen(10'000);
  const auto loop = [&] {
    parallelFor(100, [&](size_t i) { parallelFor(100, [&](size_t j) { seen[i * 100 + j].fetch_add(1); }); });
  };
  std::thread other(loop);
  loop();
  other.join();
  size_t wrong = 0;
  for (const auto& count : seen) wrong += count.load() != 2;
  CHECK(wrong == 0);
}

TEST_CASE("an exception of a body reaches the caller") {
  CHECK_THROWS_AS(parallelFor(1000,
                              [](size_t i) {
                                if (i == 17) throw std::runtime_error("seventeen");
                              }),
                  std::runtime_error);
  std::atomic<int> ran{0};
  parallelFor(10, [&](size_t) { ++ran; });
  CHECK(ran == 10);
}

}  // namespace parallel_test
