#include "recipes/sequence/catalogue_scan.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <thread>

#include "recipes/sequence/near_best.h"
#include "recipes/sequence/scorer.h"
#include "tests/recipes/memory_views.h"

namespace catalogue_scan_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

std::vector<float> someNumbers(Random& random, size_t count, double size) {
  std::vector<float> numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(static_cast<float>(size * (2 * random.unit() - 1)));
  return numbers;
}

}  // namespace

TEST_CASE("a scan's products are as near to the exact ones as it says", "[sequence]") {
  struct {
    size_t items, dimension;
    double size;
    const char* reason;
  } const rows[] = {
      {1, 1, 1, "the least there is"},        {64, 8, 0.5, "one whole block"},
      {65, 149, 0.1, "a block and one item"}, {1000, 149, 3, "many, of the usual dimension"},
      {200, 64, 1e-6, "small numbers"},       {200, 16, 1e6, "large numbers"},
      {130, 7, 0, "nothing but zeros"},
  };
  Random random(3);
  for (size_t at = 0; at < 2 * std::size(rows); ++at) {
    const auto& row = rows[at / 2];
    const bool narrow = at % 2 == 1;
    INFO(row.reason << (narrow ? ", 8 bits a number" : ", 16 bits a number"));
    const auto vectors = someNumbers(random, row.items * row.dimension, row.size);
    const CatalogueScan scan(vectors, row.dimension, narrow ? 0 : vectors.size() + 1);
    const auto answer = someNumbers(random, row.dimension, 2);
    std::vector<float> products(row.items);
    scan.products(answer, products);
    const double offBy = static_cast<double>(scan.offBy(answer));
    CHECK(offBy <= (narrow ? 5e-3 : 1e-4) * row.size * 2 * static_cast<double>(row.dimension));
    CHECK(scan.bytes() >= row.items * row.dimension * (narrow ? 1 : 2));
    for (Index item = 0; item < row.items; ++item) {
      double exact = 0;
      for (size_t k = 0; k < row.dimension; ++k)
        exact += double{vectors[item * row.dimension + k]} * double{answer[k]};
      REQUIRE(std::abs(static_cast<double>(products[item]) - exact) <= offBy);
      REQUIRE(scan.product(item, answer) == products[item]);
    }
  }
}

TEST_CASE("who asks beside changes no bit of a scan", "[sequence]") {
  constexpr size_t kItems = 3001, kDimension = 33, kCallers = 12;
  Random random(4);
  const auto vectors = someNumbers(random, kItems * kDimension, 1);
  const CatalogueScan scan(vectors, kDimension);
  std::vector<std::vector<float>> answers, alone;
  for (size_t i = 0; i < kCallers; ++i) {
    answers.push_back(someNumbers(random, kDimension, 1));
    scan.products(answers.back(), alone.emplace_back(kItems));
  }
  std::atomic<int> different = 0;
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i)
    callers.emplace_back([&, i] {
      std::vector<float> products(kItems);
      for (size_t round = 0; round < 40; ++round) {
        scan.products(answers[(i + round) % kCallers], products);
        different += products != alone[(i + round) % kCallers];
      }
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(different == 0);
}

TEST_CASE("calls that wait are done together, each once", "[sequence]") {
  struct Call {
    std::atomic<int> done = 0;
  };
  constexpr size_t kPlaces = 2, kMost = 3, kCalls = 200;
  AskedTogether<Call> together(kPlaces, kMost);
  std::atomic<size_t> working = 0, beyond = 0;
  std::vector<Call> calls(10 * kCalls);
  std::vector<std::thread> callers;
  for (size_t thread = 0; thread < 10; ++thread)
    callers.emplace_back([&, thread] {
      for (size_t i = 0; i < kCalls; ++i)
        together.ask(calls[thread * kCalls + i], [&](std::span<Call* const> some) {
          if (++working > kPlaces || some.size() > kMost || some.empty()) ++beyond;
          for (Call* one : some) ++one->done;
          --working;
        });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(beyond == 0);
  for (const Call& call : calls) REQUIRE(call.done == 1);
}

TEST_CASE("what may be among the best is kept, however its score is off", "[sequence]") {
  constexpr uint64_t kSeed = 5;
  Random random(kSeed);
  for (int round = 0; round < 500; ++round) {
    INFO("seed " << kSeed << ", round " << round);
    const size_t items = 1 + random.below(2000), limit = random.below(40);
    const auto offBy = static_cast<float>(round % 5 == 0 ? 0 : 0.1 * random.unit());
    const bool alike = round % 7 == 0;  // all but the same score
    std::vector<BestItems::Entry> exact;
    NearBest near(limit, offBy);
    for (Index item = 0; item < items; ++item) {
      const auto score = static_cast<float>(alike ? 1.0 : std::round(30 * random.unit()) / 10);
      exact.push_back({score, item});
      near.offer(item, score + offBy * 0.999F * static_cast<float>(2 * random.unit() - 1));
    }
    std::sort(exact.begin(), exact.end(), BestItems::before);
    exact.resize(std::min(limit, exact.size()));
    const auto kept = near.take();
    for (const BestItems::Entry& one : exact)
      REQUIRE(std::any_of(kept.begin(), kept.end(),
                          [&](const BestItems::Entry& other) { return other.item == one.item; }));
  }
}

TEST_CASE("a sum of exponentials is the plain one, also when logits are replaced", "[sequence]") {
  struct {
    size_t count;
    double size;
    const char* reason;
  } const rows[] = {{1, 1, "one"},
                    {15, 5, "less than a register"},
                    {100'003, 10, "a catalogue"},
                    {5'000, 200, "most of them as good as nothing"},
                    {300, 0, "all alike"}};
  Random random(6);
  for (const auto& row : rows) {
    INFO(row.reason);
    auto logits = someNumbers(random, row.count, row.size);
    const auto plain = [&] {
      double most = -1e300, sum = 0;
      for (const float logit : logits) most = std::max(most, double{logit});
      for (const float logit : logits) sum += std::exp(double{logit} - most);
      return most + std::log(sum);
    };
    ExponentialSum sum(logits);
    CHECK(sum.log() == Approx(plain()).margin(1e-6));
    for (size_t i = 0; i < row.count; i += 97) {
      const float now = logits[i] - 0.25F;
      sum.replace(logits[i], now);
      logits[i] = now;
    }
    CHECK(sum.log() == Approx(plain()).margin(1e-6));
  }
  CHECK(ExponentialSum({}).log() == -std::numeric_limits<double>::infinity());
}

}  // namespace catalogue_scan_test
